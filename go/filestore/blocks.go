package filestore

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"tandem/go/events"
)

// Blocks cuts chunks into small buffers, four for each of its writers.
// The checksum is taken while a block is still in the processor's
// cache, and two writers can be at the same chunk. So it needs little
// memory, whatever the size of a chunk.
func Blocks(ctx context.Context, config Config, name string,
	source io.Reader, note events.Note) (Stored, error) {
	return store(config, name, note, func(w *writer) error {
		ctx, stop := context.WithCancelCause(ctx)
		defer stop(nil)
		// There is room for all blocks, so nobody waits to put one.
		free := make(chan []byte, 4*config.Writers)
		jobs := make(chan job, 4*config.Writers)
		for range cap(free) {
			free <- nil
		}
		var all sync.WaitGroup
		for i := range config.Writers {
			all.Go(func() {
				for job := range jobs {
					w.note(i+1, "start", "write")
					_, err := job.WriteAt(job.data, job.at)
					w.note(i+1, "finish", "write")
					err = errors.Join(err, job.release(w))
					if err != nil {
						stop(err)
					}
					free <- job.data[:cap(job.data)]
				}
			})
		}
		for chunk, last := 0, false; !last; chunk++ {
			var err error
			last, err = w.cut(ctx, chunk, source, free, jobs)
			if err != nil {
				stop(err)
				break
			}
		}
		close(jobs)
		all.Wait()
		return context.Cause(ctx)
	})
}

// cut reads a chunk and hands it out block by block.
func (w *writer) cut(ctx context.Context, chunk int, source io.Reader,
	free <-chan []byte, jobs chan<- job) (last bool, err error) {
	var sum uint32
	var out *part
	size := 0
	for size < w.config.Chunk && !last && err == nil {
		data := <-free
		if data == nil {
			data = w.buffer(w.config.Block)
		}
		room := min(len(data), w.config.Chunk-size)
		var n int
		n, last, err = w.read(ctx, source, data[:room])
		if n == 0 || err != nil {
			break
		}
		if out == nil {
			file, err := w.open(strconv.Itoa(chunk))
			if err != nil {
				return true, err
			}
			out = &part{File: file}
			out.users.Store(1)
		}
		sum = crc32.Update(sum, crc32.IEEETable, data[:n])
		out.users.Add(1)
		jobs <- job{out, int64(size), data[:n]}
		size += n
	}
	if out == nil {
		return last, err
	}
	w.count(chunk, size, sum)
	return last, errors.Join(err, out.release(w))
}

// A part is a chunk's file, open as long as somebody may write to it.
type part struct {
	*os.File
	users atomic.Int32
}

// release closes the file if nobody else uses it.
func (p *part) release(w *writer) error {
	if p.users.Add(-1) > 0 {
		return nil
	}
	return w.close(p.File)
}

// A job is one block, and where in its file it belongs.
type job struct {
	*part
	at   int64
	data []byte
}
