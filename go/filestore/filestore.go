// Package filestore keeps a stream in numbered chunks, each a file of
// its own, and shows what it takes to write several of them at once.
//
// Its one decision: a file is there as a whole or not at all. Chunks
// are written to a folder that nobody looks at, the manifest comes
// last, and then the folder gets its name. What fails or is cancelled
// leaves nothing behind; what a killed process leaves begins with
// ".partial-" and may be deleted.
//
// It is read beside python/tandem/filestore.py: same names, same order.
package filestore

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/filestore.toml has.
type Params struct {
	Size, Chunk, Buffers, Block, Writers int
	Disk, Sync                           bool
	Cap                                  int

	dir      string // a folder for the file
	inMemory bool   // where that is
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", stored(Sequential),
		"size", "chunk", "disk", "sync", "cap"),
	trial.Variant("per-chunk", stored(PerChunk),
		"size", "chunk", "disk", "sync"),
	trial.Variant("pool", stored(Pool),
		"size", "chunk", "buffers", "disk", "sync", "cap"),
	trial.Variant("blocks", stored(Blocks),
		"size", "chunk", "block", "writers", "disk", "sync", "cap"),
	trial.Variant("read-back", readBack, "size", "chunk", "disk"),
}

// A Config says where and how to store.
type Config struct {
	Dir     string // a folder that exists, on one file system
	Chunk   int    // bytes of a chunk
	Buffers int    // the most buffers where their number is bounded
	Block   int    // bytes of a buffer in Blocks
	Writers int    // who take turns in Blocks, with a buffer each
	// Sync waits until all is on the disk, so that a file that is there
	// survives a power failure. Without, the kernel writes later.
	Sync bool

	// create is os.OpenFile for a new file but in tests.
	create func(path string) (*os.File, error)
}

// Stored is what came of storing.
type Stored struct {
	Manifest
	Held int // the most bytes that buffers held at once
}

// Answer sums a manifest up: size, chunks, and a checksum of all.
func Answer(m Manifest) string {
	sum := crc32.ChecksumIEEE([]byte(m.Text()))
	const line = "size=%d chunks=%d crc=%08x"
	return fmt.Sprintf(line, m.Size, len(m.Sums), sum)
}

// Sequential reads a chunk, writes it, reads the next one.
func Sequential(ctx context.Context, config Config, name string,
	source io.Reader, note events.Note) (Stored, error) {
	return store(config, name, note, func(w *writer) error {
		data := w.buffer(config.Chunk)
		for i, last := 0, false; !last; i++ {
			n, end, err := w.read(ctx, source, data)
			if err != nil {
				return err
			}
			if n > 0 {
				if err := w.put(1, i, data[:n]); err != nil {
					return err
				}
			}
			last = end
		}
		return nil
	})
}

// PerChunk starts a goroutine for each chunk, with a buffer of its own.
// Nothing bounds them: where the disk is slower than the source, the
// whole file ends up in memory. It stands here to be compared with.
func PerChunk(ctx context.Context, config Config, name string,
	source io.Reader, note events.Note) (Stored, error) {
	return store(config, name, note, func(w *writer) error {
		all, ctx := errgroup.WithContext(ctx)
		var failed error
		for i, last := 0, false; !last && failed == nil; i++ {
			data := w.buffer(config.Chunk)
			n, end, err := w.read(ctx, source, data)
			if last, failed = end, err; n > 0 && err == nil {
				all.Go(func() error {
					defer w.forget(data)
					return w.put(i+1, i, data[:n])
				})
			}
		}
		// Who fails to write makes the reader stop, so ask that first.
		if err := all.Wait(); err != nil {
			return err
		}
		return failed
	})
}

// Pool is the same with a bounded number of buffers. They wait in a
// channel; who has written one puts it back, and the reader waits for
// it. A buffer is made when it is needed for the first time.
func Pool(ctx context.Context, config Config, name string,
	source io.Reader, note events.Note) (Stored, error) {
	return store(config, name, note, func(w *writer) error {
		free := make(chan buffer, config.Buffers)
		for i := range config.Buffers {
			free <- buffer{number: i + 1}
		}
		all, ctx := errgroup.WithContext(ctx)
		var failed error
		for i, last := 0, false; !last && failed == nil; i++ {
			b := <-free
			if b.data == nil {
				b.data = w.buffer(config.Chunk)
			}
			n, end, err := w.read(ctx, source, b.data)
			if last, failed = end, err; n > 0 && err == nil {
				all.Go(func() error {
					defer func() { free <- b }()
					return w.put(b.number, i, b.data[:n])
				})
			}
		}
		if err := all.Wait(); err != nil {
			return err
		}
		return failed
	})
}

// A buffer of a pool; its number is that of the worker in events.
type buffer struct {
	number int
	data   []byte
}

// Blocks has writers who take turns: one reads a small block, and while
// it writes that into the chunk, the next one reads. A block does not
// change hands, so it is still in the cache of the processor that
// writes it; and a chunk may be large, for nobody holds all of it.
func Blocks(ctx context.Context, config Config, name string,
	source io.Reader, note events.Note) (Stored, error) {
	return store(config, name, note, func(w *writer) error {
		all, ctx := errgroup.WithContext(ctx)
		c := cutter{writer: w, source: source}
		for i := range config.Writers {
			data := w.buffer(config.Block)
			all.Go(func() error {
				for {
					b, err := c.next(ctx, data)
					if b.part == nil {
						return err
					}
					w.note(i+1, "start", "write")
					_, err = b.WriteAt(b.data, b.at)
					w.note(i+1, "finish", "write")
					err = errors.Join(err, b.release(w))
					if err != nil {
						return err
					}
				}
			})
		}
		err := all.Wait()
		return errors.Join(err, c.finish())
	})
}

// A cutter cuts a source into chunks, and these into blocks.
type cutter struct {
	*writer
	source io.Reader

	turn  sync.Mutex // guards all below
	chunk int
	size  int    // bytes of the chunk so far,
	sum   uint32 // and their checksum
	out   *part  // where they go; nil before the first of them
	last  bool   // the source is at its end, or broken
}

// next reads a block. One without a part says that there is no more.
func (c *cutter) next(ctx context.Context, data []byte) (block, error) {
	c.turn.Lock()
	defer c.turn.Unlock()
	if c.last {
		return block{}, nil
	}
	data = data[:min(len(data), c.config.Chunk-c.size)]
	n, end, err := c.read(ctx, c.source, data)
	if c.last = end || err != nil; n == 0 || err != nil {
		return block{}, err
	}
	if c.out == nil {
		file, err := c.open(strconv.Itoa(c.chunk))
		if err != nil {
			c.last = true
			return block{}, err
		}
		c.out = &part{File: file}
		c.out.users.Add(1)
	}
	b := block{c.out, int64(c.size), data[:n]}
	b.users.Add(1)
	c.size += n
	c.sum = crc32.Update(c.sum, crc32.IEEETable, b.data)
	if c.size == c.config.Chunk {
		err = c.finish() // never fails: the block still uses the file
	}
	return b, err
}

// finish enters the chunk into the manifest, and goes on to the next.
func (c *cutter) finish() error {
	if c.out == nil {
		return nil
	}
	c.count(c.chunk, c.size, c.sum)
	out := c.out
	c.chunk, c.size, c.sum, c.out = c.chunk+1, 0, 0, nil
	return out.release(c.writer)
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

// A block is some bytes, and where in which file they belong.
type block struct {
	*part
	at   int64
	data []byte
}

// Load reads a stored file chunk by chunk, checks each against the
// manifest, and passes it on only then.
func Load(config Config, name string, sink io.Writer,
	note events.Note) (Manifest, error) {
	folder := filepath.Join(config.Dir, name)
	text, err := os.ReadFile(filepath.Join(folder, manifest))
	if err != nil {
		return Manifest{}, fmt.Errorf("loading %q: %w", name, err)
	}
	m, err := ParseManifest(string(text))
	if err != nil {
		const what = "loading %q: its manifest is damaged: %w"
		return Manifest{}, fmt.Errorf(what, name, err)
	}
	data := make([]byte, m.length(0)+1) // one more than there should be
	for i, want := range m.Sums {
		note(0, "start", "read")
		n, err := fetch(filepath.Join(folder, strconv.Itoa(i)), data)
		note(0, "finish", "read")
		switch {
		case err != nil:
			return m, fmt.Errorf("loading %q: %w", name, err)
		case n != m.length(i):
			const what = "loading %q: chunk %d has the wrong length"
			return m, fmt.Errorf(what, name, i)
		case crc32.ChecksumIEEE(data[:n]) != want:
			const what = "loading %q: chunk %d is damaged"
			return m, fmt.Errorf(what, name, i)
		}
		if _, err := sink.Write(data[:n]); err != nil {
			return m, fmt.Errorf("loading %q: %w", name, err)
		}
	}
	return m, nil
}

// fetch reads a file into data, as far as it has room.
func fetch(path string, data []byte) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	n, err := io.ReadFull(file, data)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return n, err
}
