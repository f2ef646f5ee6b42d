// Package scratch gives trials folders for their files: one on a disk, and one
// in memory where the system has such a file system.
//
// Its one decision: the folders belong to the runner, not to the child, which
// may be killed at any moment (for using too much memory, say) and cleans up
// nothing then. The runner empties them after each trial. That in memory has no
// name, where the system allows it, and goes with the runner. Other folders of
// a runner that was killed itself are found unlocked, and removed by its guard
// (Sweep) or by the next runner.
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// prefix starts the name of every folder that this package makes.
const prefix = "tandem-scratch-"

// Folders are those of one runner.
type Folders struct {
	disk   *os.File
	memory *os.File // nil: there is none here
	named  bool     // and it has to be removed
}

// New makes the folders, in the system's folder for temporary files and, on
// Linux, in /dev/shm. The error says where none can be made; to have none in
// memory is no error.
func New() (*Folders, error) {
	disk, err := in(os.TempDir())
	if err != nil {
		return nil, fmt.Errorf("make a folder for the trials' files: %w; TMPDIR names where", err)
	}
	f := &Folders{disk: disk}
	if where := memory(); where != "" {
		if f.memory, err = unnamed(); err != nil {
			f.memory, err = in(where)
			f.named = err == nil
		}
		if err != nil {
			f.memory = nil // a full or foreign one is as good as none
		}
	}
	return f, nil
}

// Sweep removes the folders of runners that are dead.
func Sweep() {
	for _, parent := range []string{os.TempDir(), memory()} {
		if parent != "" {
			sweep(parent)
		}
	}
}

func sweep(parent string) {
	old, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, path := range old {
		if folder, err := lock(path); err == nil {
			_ = os.RemoveAll(path) // nobody asked for it
			_ = unlink(path)
			_ = folder.Close()
		}
	}
}

// in makes a folder that is locked as long as this process lives.
func in(parent string) (*os.File, error) {
	sweep(parent)
	for {
		path, err := os.MkdirTemp(parent, prefix)
		if err != nil {
			return nil, err
		}
		folder, err := lock(path)
		if err == nil {
			if _, err = os.Stat(path); err == nil {
				return folder, nil
			}
			_ = folder.Close()
		}
		// Another runner that began just now may have found it unlocked.
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(err, os.RemoveAll(path))
		}
	}
}

// lock opens a folder of this user's and locks it. Anybody may put anything
// under our names into these places: a link, or a FIFO, which to open would
// take forever.
func lock(path string) (*os.File, error) {
	const flags = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC
	fd, err := unix.Open(path, flags, 0)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	folder := os.NewFile(uintptr(fd), path)
	var info unix.Stat_t
	if err := unix.Fstat(fd, &info); err != nil || int(info.Uid) != os.Geteuid() {
		return nil, errors.Join(fmt.Errorf("lock %s: it is another user's", path), err, folder.Close())
	}
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), folder.Close())
	}
	return folder, nil
}

// Disk is the folder on a disk: in TMPDIR, or wherever the system puts
// temporary files.
func (f *Folders) Disk() string { return f.disk.Name() }

// Memory is the folder in memory, empty where there is none.
func (f *Folders) Memory() string {
	if f.memory == nil {
		return ""
	}
	return f.memory.Name()
}

// Environ tells a child of the folders: TMPDIR, and TANDEM_MEMORY, which is
// empty where there is none.
func (f *Folders) Environ() []string {
	return []string{"TMPDIR=" + f.Disk(), "TANDEM_MEMORY=" + f.Memory()}
}

// Clear removes what is in the folders. Nobody may write to them meanwhile.
func (f *Folders) Clear() error {
	errs := []error{unlink(f.Disk())}
	for _, path := range []string{f.Disk(), f.Memory()} {
		if path == "" {
			continue
		}
		left, err := os.ReadDir(path)
		errs = append(errs, err)
		for _, entry := range left {
			errs = append(errs, os.RemoveAll(filepath.Join(path, entry.Name())))
		}
	}
	return errors.Join(errs...)
}

// unlink removes the semaphores that are called after a folder on disk, as those
// of Python's pools are: a semaphore's name has no folders.
func unlink(path string) error {
	if memory() == "" {
		return nil
	}
	left, err := filepath.Glob(filepath.Join(memory(), "sem."+filepath.Base(path)+"-*"))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

// Close removes the folders.
func (f *Folders) Close() error {
	err := errors.Join(unlink(f.Disk()), os.RemoveAll(f.Disk()), f.disk.Close())
	if f.named {
		err = errors.Join(err, os.RemoveAll(f.Memory()))
	}
	if f.memory != nil {
		err = errors.Join(err, f.memory.Close())
	}
	return err
}
