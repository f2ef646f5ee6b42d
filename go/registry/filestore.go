package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"

	"tandem/go/events"
	"tandem/go/filestore"
	"tandem/go/trial"
)

var filestoreVariants = map[string]trial.Func{
	"sequential": storing(filestore.Sequential, func(p *trial.Params, _ *filestore.Config) int {
		return p.Int("cap")
	}),
	"per-chunk": storing(filestore.PerChunk, func(*trial.Params, *filestore.Config) int { return 0 }),
	"pool": storing(filestore.Pool, func(p *trial.Params, config *filestore.Config) int {
		config.Buffers = p.Int("buffers")
		return p.Int("cap")
	}),
	"blocks": storing(filestore.Blocks, func(p *trial.Params, config *filestore.Config) int {
		config.Block, config.Writers = p.Int("block"), p.Int("writers")
		return p.Int("cap")
	}),
	"read-back": readBack,
}

// storing is a variant that stores a file. Its more fills in what it alone
// reads, and returns the limit of memory in bytes, 0 for none. What it allocates is counted from
// before the clock runs until it has stored. To remove the file is part of the
// work, for nobody else would; the mark says how long it took until then.
func storing(f store, more func(p *trial.Params, config *filestore.Config) int) trial.Func {
	return func(p *trial.Params) trial.Work {
		size := int64(p.Int("size"))
		config := filestore.Config{Chunk: p.Int("chunk"), Buffers: 1, Block: 1, Writers: 1, Sync: p.Bool("sync")}
		memory := int64(more(p, &config))
		// A limit of memory would count files that are kept in it.
		disk := p.Bool("disk") || config.Sync || memory > 0
		if p.Err() != nil {
			return nil
		}
		inMemory, cannot := warm(&config, size, disk)
		return func(note events.Note) (result trial.Result, err error) {
			if cannot != nil {
				return result, cannot
			}
			defer func() { err = errors.Join(err, os.RemoveAll(config.Dir)) }()
			var limit *filestore.Limit
			if memory > 0 {
				if limit, err = filestore.Cap(memory); err != nil {
					return result, trial.Skip(err.Error())
				}
				defer func() { err = errors.Join(err, limit.Leave()) }()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			stored, err := f(context.Background(), config, "file", filestore.NewSource(size), note)
			if err != nil {
				return result, err
			}
			note(0, "mark", "stored")
			runtime.ReadMemStats(&after)
			result = trial.Result{
				Answer: filestore.Answer(stored.Manifest),
				Metrics: map[string]float64{
					"held_bytes":      float64(stored.Held),
					"allocated_bytes": float64(after.TotalAlloc - before.TotalAlloc),
					"allocs_count":    float64(after.Mallocs - before.Mallocs),
					"is_in_memory":    inMemory,
				},
			}
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
}

// A store is one of the ways to store.
type store func(context.Context, filestore.Config, string, io.Reader, events.Note) (filestore.Stored, error)

// readBack is the variant that loads a file and checks it. The file is stored
// here, before the clock runs.
func readBack(p *trial.Params) trial.Work {
	size, chunk, disk := int64(p.Int("size")), p.Int("chunk"), p.Bool("disk")
	config := filestore.Config{Chunk: chunk, Buffers: 1, Block: 1, Writers: 1}
	if p.Err() != nil {
		return nil
	}
	inMemory, err := folder(&config, size, disk)
	if err == nil {
		_, err = filestore.Sequential(context.Background(), config, "file", filestore.NewSource(size), events.Silent)
	}
	return func(note events.Note) (result trial.Result, _ error) {
		if err != nil {
			return result, err
		}
		m, err := filestore.Load(config, "file", io.Discard, note)
		note(0, "mark", "loaded")
		result.Answer = filestore.Answer(m)
		result.Metrics = map[string]float64{"is_in_memory": inMemory}
		return result, errors.Join(err, os.RemoveAll(config.Dir))
	}
}

// warm makes a folder for a file of that size, and writes and removes such a
// file before. A virtual machine may have to ask its host for each page that
// has not been in use lately, which takes longer than to fill it and hits
// whoever comes first. With a large file the host takes pages back meanwhile,
// and to warm it would take longer than the trial, so that goes without.
func warm(config *filestore.Config, size int64, disk bool) (inMemory float64, err error) {
	if inMemory, err = folder(config, size, disk); err != nil {
		return 0, err
	}
	if size > warmest {
		return inMemory, nil
	}
	file, err := os.Create(config.Dir + "/warm")
	if err != nil {
		return 0, err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{file}, filestore.NewSource(size), make([]byte, 1<<20))
	return inMemory, errors.Join(err, file.Close(), os.Remove(file.Name()))
}

const warmest = 128 << 20

// folder makes a folder for files of that size: in memory, unless they are for
// a disk or have not enough room there. Where there is not enough on a disk
// either the work is skipped.
func folder(config *filestore.Config, size int64, disk bool) (inMemory float64, err error) {
	parent := os.Getenv("TANDEM_MEMORY")
	if parent != "" && !disk {
		if free, err := room(parent); err == nil && free >= 2*size {
			config.Dir, err = os.MkdirTemp(parent, "filestore-")
			return 1, err
		}
	}
	parent = os.TempDir()
	free, err := room(parent)
	if err != nil {
		return 0, err
	}
	if free < 2*size {
		return 0, trial.Skip(fmt.Sprintf("%s has %d MiB free, want twice the %d MiB of the file: set TMPDIR to a larger disk",
			parent, free>>20, size>>20))
	}
	config.Dir, err = os.MkdirTemp(parent, "filestore-")
	return 0, err
}

// room is how many bytes fit onto a file system.
func room(path string) (int64, error) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(path, &disk); err != nil {
		return 0, fmt.Errorf("looking for room in %s: %w", path, err)
	}
	return int64(disk.Bavail) * int64(disk.Bsize), nil
}
