package filestore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"

	"tandem/go/events"
	"tandem/go/trial"
)

// stored is a variant that stores a file. What it allocates is counted from
// before it begins until it has stored. To remove the file is part of the work,
// for nobody else would; the mark says how long it took until then.
func stored(f func(context.Context, Config, string, io.Reader, events.Note) (Stored, error)) func(Params, events.Note) (trial.Result, error) {
	return func(p Params, note events.Note) (result trial.Result, err error) {
		defer func() { err = errors.Join(err, os.RemoveAll(p.dir)) }()
		var limit *Limit
		if p.Cap > 0 {
			if limit, err = Cap(int64(p.Cap)); err != nil {
				return result, trial.Skip(err.Error())
			}
			defer func() { err = errors.Join(err, limit.Leave()) }()
		}
		source := NewSource(int64(p.Size))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		stored, err := f(context.Background(), p.config(), "file", source, note)
		if err != nil {
			return result, err
		}
		note(0, events.Mark, "stored")
		runtime.ReadMemStats(&after)
		result = p.result(stored.Manifest)
		result.Metrics["held_bytes"] = float64(stored.Held)
		result.Metrics["allocated_bytes"] = float64(after.TotalAlloc - before.TotalAlloc)
		result.Metrics["allocs_count"] = float64(after.Mallocs - before.Mallocs)
		if limit != nil {
			peak, hits, err := limit.Used()
			switch {
			case err == nil:
				result.Metrics["group_peak_bytes"], result.Metrics["limit_hits_count"] = float64(peak), float64(hits)
			case !errors.Is(err, os.ErrNotExist): // kernels before 5.19 do not have it in version 2
				return result, fmt.Errorf("reading what the group used: %w", err)
			}
		}
		return result, nil
	}
}

func (p Params) config() Config {
	return Config{Dir: p.dir, Chunk: p.Chunk, Buffers: p.Buffers, Block: p.Block, Writers: p.Writers, Sync: p.Sync}
}

func (p Params) result(m Manifest) trial.Result {
	metrics := trial.Metrics{"is_in_memory": 0}
	if p.inMemory {
		metrics["is_in_memory"] = 1
	}
	return trial.Result{Answer: Answer(m), Metrics: metrics}
}

// A reading is the parameters of the variant that loads a file and checks it.
type reading struct{ Params }

// Prepare stores the file, before the clock runs.
func (p *reading) Prepare() error {
	if err := p.folder(p.Disk); err != nil {
		return err
	}
	_, err := Sequential(context.Background(), p.config(), "file", NewSource(int64(p.Size)), events.Silent)
	return err
}

func readBack(p reading, note events.Note) (trial.Result, error) {
	m, err := Load(p.config(), "file", io.Discard, note)
	note(0, events.Mark, "loaded")
	return p.result(m), errors.Join(err, os.RemoveAll(p.dir))
}

// Prepare makes a folder for the file, and writes and removes such a
// file, before the clock runs. A virtual machine may have to ask its host for each page that
// has not been in use lately, which takes longer than to fill it and hits
// whoever comes first. With a large file the host takes pages back meanwhile,
// and to warm it would take longer than the trial, so that goes without.
func (p *Params) Prepare() error {
	// A limit of memory would count files that are kept in it.
	if err := p.folder(p.Disk || p.Sync || p.Cap > 0); err != nil || p.Size > warmest {
		return err
	}
	file, err := os.Create(p.dir + "/warm")
	if err != nil {
		return err
	}
	if err := os.Remove(file.Name()); err != nil { // now, for who is killed cannot
		return errors.Join(err, file.Close())
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{file}, NewSource(int64(p.Size)), make([]byte, 1<<20))
	return errors.Join(err, file.Close())
}

const warmest = 128 << 20

// folder makes a folder for the file: in memory, unless it is for a disk or has
// not enough room there. Where there is not enough on a disk either the work is
// skipped.
func (p *Params) folder(disk bool) (err error) {
	twice := 2 * int64(p.Size)
	parent := os.Getenv("TANDEM_MEMORY")
	if parent != "" && !disk {
		if free, err := room(parent); err == nil && free >= twice {
			p.inMemory = true
			p.dir, err = os.MkdirTemp(parent, "filestore-")
			return err
		}
	}
	parent = os.TempDir()
	free, err := room(parent)
	if err != nil {
		return err
	}
	if free < twice {
		return trial.Skip(fmt.Sprintf("%s has %d MiB free, want twice the %d MiB of the file: set TMPDIR to a larger disk",
			parent, free>>20, p.Size>>20))
	}
	p.dir, err = os.MkdirTemp(parent, "filestore-")
	return err
}

// room is how many bytes fit onto a file system.
func room(path string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(path, &disk); err != nil {
		return 0, fmt.Errorf("looking for room in %s: %w", path, err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil
}
