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

	"tandem/go/events"
)

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
