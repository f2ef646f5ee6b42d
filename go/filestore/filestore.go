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
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sync/errgroup"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/filestore.toml has.
type Params struct {
	Size, Chunk, Buffers, Block, Writers int
	Disk, Sync                           bool
	Cap                                  int

	Dir      string // a folder for the file
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

// The manifest's name beside the chunks, which are called 0, 1, ...
const manifest = "manifest"

// check says what is wrong with a name.
func check(name string) error {
	hidden := strings.HasPrefix(name, ".") // as unfinished folders are
	if name == "" || hidden || strings.ContainsAny(name, "/\x00") {
		const want = "name is %q, want one without slash or leading dot"
		return fmt.Errorf(want, name)
	}
	return nil
}

// store makes the folder, has fill write the chunks, and publishes all.
func store(config Config, name string, note events.Note,
	fill func(w *writer) error) (Stored, error) {
	if err := check(name); err != nil {
		return Stored{}, err
	}
	folder, err := os.MkdirTemp(config.Dir, ".partial-")
	if err != nil {
		return Stored{}, fmt.Errorf("storing %q: %w", name, err)
	}
	w := &writer{config: config, folder: folder, note: note}
	w.stored.Chunk = config.Chunk
	if err = fill(w); err == nil {
		err = w.publish(name)
	}
	if err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			err = fmt.Errorf("%w (the disk is full)", err)
		}
		err = fmt.Errorf("storing %q: %w", name, err)
		return Stored{}, errors.Join(err, os.RemoveAll(w.folder))
	}
	return w.stored, nil
}

// A writer stores one file. Several goroutines may put chunks.
type writer struct {
	config Config
	folder string
	note   events.Note

	held   atomic.Int64
	mu     sync.Mutex // guards stored
	stored Stored
}

// buffer makes one, and counts it as held.
func (w *writer) buffer(size int) []byte {
	now := int(w.held.Add(int64(size)))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stored.Held = max(w.stored.Held, now)
	return make([]byte, size)
}

// forget says that a buffer is not held any more.
func (w *writer) forget(data []byte) { w.held.Add(-int64(len(data))) }

// read fills the buffer as far as the source goes, and says whether
// that was its end.
func (w *writer) read(ctx context.Context, source io.Reader,
	data []byte) (n int, end bool, err error) {
	if err := ctx.Err(); err != nil {
		return 0, true, err
	}
	w.note(0, "start", "read")
	n, err = io.ReadFull(source, data)
	w.note(0, "finish", "read")
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return n, true, nil
	}
	return n, false, err
}

// put writes a chunk.
func (w *writer) put(worker, chunk int, data []byte) error {
	w.note(worker, "start", "write")
	defer w.note(worker, "finish", "write")
	w.count(chunk, len(data), crc32.ChecksumIEEE(data))
	return w.save(strconv.Itoa(chunk), data)
}

// count enters a chunk into the manifest.
func (w *writer) count(chunk, size int, sum uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.stored.Sums) <= chunk {
		w.stored.Sums = append(w.stored.Sums, 0)
	}
	w.stored.Sums[chunk] = sum
	w.stored.Size += int64(size)
}

// save writes a whole file.
func (w *writer) save(name string, data []byte) error {
	file, err := w.open(name)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, w.close(file))
}

// open makes a file that is not there yet.
func (w *writer) open(name string) (*os.File, error) {
	path := filepath.Join(w.folder, name)
	if w.config.create != nil {
		return w.config.create(path)
	}
	const flags = os.O_WRONLY | os.O_CREATE | os.O_EXCL
	return os.OpenFile(path, flags, 0o666)
}

// close also tells of errors: some file systems find out only now that
// a write has failed.
func (w *writer) close(file *os.File) error {
	var err error
	if w.config.Sync {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// publish writes the manifest and gives the folder its name. That fails
// where there is such a file already.
func (w *writer) publish(name string) error {
	if err := w.save(manifest, []byte(w.stored.Text())); err != nil {
		return err
	}
	if err := w.syncFolder(w.folder); err != nil {
		return err
	}
	final := filepath.Join(w.config.Dir, name)
	if err := os.Rename(w.folder, final); err != nil {
		return err
	}
	w.folder = final // what is to be removed if this fails
	return w.syncFolder(w.config.Dir)
}

// syncFolder brings the names in a folder to the disk.
func (w *writer) syncFolder(path string) error {
	if !w.config.Sync {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
