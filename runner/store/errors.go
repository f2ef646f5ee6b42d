package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"syscall"
)

// What can be wrong with a run's folder. The errors of this package wrap one of
// these where it applies, and say in their text what to do about it.
var (
	ErrNotRun  = errors.New("not a run")
	ErrLocked  = errors.New("locked by another run")
	ErrDamaged = errors.New("damaged")
	ErrSchema  = errors.New("of another schema version")
	ErrForeign = errors.New("of another run")
	ErrGone    = errors.New("the run's folder was deleted")
)

// A SamplesError says that the samples of one trial cannot be had. Everything
// else of the run still can, so a report goes on without them.
type SamplesError struct {
	Path string
	Err  error
}

func (e *SamplesError) Error() string {
	return fmt.Sprintf("%s: samples are left out: %v", e.Path, e.Err)
}

// Unwrap returns the cause: fs.ErrNotExist, ErrDamaged, ErrSchema, ...
func (e *SamplesError) Unwrap() error { return e.Err }

// at is path:line:column, as far as they are known.
func at(path string, line int, column int64) string {
	if line > 0 {
		path += ":" + strconv.Itoa(line)
		if column > 0 {
			path += ":" + strconv.FormatInt(column, 10)
		}
	}
	return path
}

// schemaError refuses a file or line of a version that this package cannot read.
func schemaError(where string, version, newest int) error {
	if version < 1 {
		return fmt.Errorf("%s: %w: no schema version; restore the file, or start a new run", where, ErrDamaged)
	}
	return fmt.Errorf("%s: %w: it is schema %d and this tandem reads %d; use the tandem that wrote it",
		where, ErrSchema, version, newest)
}

// hint adds to an error of the operating system what the user can do about it.
func hint(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w; free some space, or choose another disk with --out", err)
	case errors.Is(err, syscall.EFBIG):
		return fmt.Errorf("%w; raise the limit on file sizes (ulimit -f)", err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w; make the folder writable, or choose another with --out", err)
	}
	return err
}
