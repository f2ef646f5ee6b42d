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

	"golang.org/x/sync/errgroup"

	"tandem/go/events"
)

// Blocks has writers who take turns: one reads a small block, then sums
// it up, and while it writes that into the chunk, the next ones read and
// sum up. A block does not
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

	turn  sync.Mutex // to read: guards all below, but the last
	chunk int
	size  int   // bytes of the chunk so far
	out   *part // where they go; nil before the first of them
	last  bool  // the source is at its end, or broken

	summing sync.Mutex // is entered with the turn, so in its order
	sum     uint32     // of the chunk's bytes so far
}

// next reads a block. One without a part says that there is no more.
func (c *cutter) next(ctx context.Context, data []byte) (block, error) {
	c.turn.Lock()
	b, full, err := c.cut(ctx, data)
	if b.part == nil {
		c.turn.Unlock()
		return block{}, err
	}
	chunk, size := c.chunk, c.size
	if full {
		c.chunk, c.size, c.out = c.chunk+1, 0, nil
	}
	c.summing.Lock()
	c.turn.Unlock()
	defer c.summing.Unlock()
	c.sum = crc32.Update(c.sum, crc32.IEEETable, b.data)
	if full {
		c.count(chunk, size, c.sum)
		c.sum = 0
		b.users.Add(-1) // the block still uses the file
	}
	return b, nil
}

// cut reads the next bytes of the chunk, and says whether it is full.
func (c *cutter) cut(ctx context.Context, data []byte) (b block,
	full bool, err error) {
	if c.last {
		return b, false, nil
	}
	data = data[:min(len(data), c.config.Chunk-c.size)]
	n, end, err := c.read(ctx, c.source, data)
	if c.last = end || err != nil; n == 0 || err != nil {
		return b, false, err
	}
	if c.out == nil {
		file, err := c.open(strconv.Itoa(c.chunk))
		if err != nil {
			c.last = true
			return b, false, err
		}
		c.out = &part{File: file}
		c.out.users.Add(1)
	}
	b = block{c.out, int64(c.size), data[:n]}
	b.users.Add(1)
	c.size += n
	return b, c.size == c.config.Chunk, nil
}

// finish enters the last chunk, which is not full, into the manifest.
func (c *cutter) finish() error {
	if c.out == nil {
		return nil
	}
	c.count(c.chunk, c.size, c.sum)
	return c.out.release(c.writer)
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
