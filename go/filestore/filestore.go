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
	"io"
	"os"

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
