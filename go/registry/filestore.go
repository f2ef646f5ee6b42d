package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"tandem/go/events"
	"tandem/go/filestore"
	"tandem/go/trial"
)

var filestoreVariants = map[string]trial.Func{
	"sequential": storing(filestore.Sequential, func(*trial.Params, *filestore.Config) {}),
	"per-chunk":  storing(filestore.PerChunk, func(*trial.Params, *filestore.Config) {}),
	"pool": storing(filestore.Pool, func(p *trial.Params, config *filestore.Config) {
		config.Buffers = p.Int("buffers")
	}),
	"blocks": storing(filestore.Blocks, func(p *trial.Params, config *filestore.Config) {
		config.Block, config.Writers = p.Int("block"), p.Int("writers")
	}),
	"read-back": readBack,
}

// storing is a variant that stores a file. What it allocates is counted from
// before the clock runs until it has stored. To remove the file is part of the
// work, for nobody else would; the mark says how long it took until then.
func storing(f func(context.Context, filestore.Config, string, io.Reader, events.Note) (filestore.Stored, error),
	more func(p *trial.Params, config *filestore.Config)) trial.Func {
	return func(p *trial.Params) trial.Work {
		size, memory := int64(p.Int("size")), int64(p.Int("cap"))
		config := filestore.Config{Chunk: p.Int("chunk"), Buffers: 1, Block: 1, Writers: 1, Sync: p.Bool("sync")}
		more(p, &config)
		return func(note events.Note) (result trial.Result, err error) {
			if config.Dir, err = scratch(size); err != nil {
				return result, err
			}
			defer func() { err = errors.Join(err, os.RemoveAll(config.Dir)) }()
			if memory > 0 {
				leave, cannot := filestore.Cap(memory)
				if cannot != nil {
					return result, trial.Skip(cannot.Error())
				}
				defer func() { err = errors.Join(err, leave()) }()
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			stored, err := f(context.Background(), config, "file", filestore.NewSource(size), note)
			if err != nil {
				return result, err
			}
			note(0, "mark", "stored")
			runtime.ReadMemStats(&after)
			return trial.Result{
				Answer: filestore.Answer(stored.Manifest),
				Metrics: map[string]float64{
					"held_bytes":      float64(stored.Held),
					"allocated_bytes": float64(after.TotalAlloc - before.TotalAlloc),
					"allocs_count":    float64(after.Mallocs - before.Mallocs),
				},
			}, nil
		}
	}
}

// readBack is the variant that loads a file and checks it. The file is stored
// here, before the clock runs.
func readBack(p *trial.Params) trial.Work {
	size, chunk := int64(p.Int("size")), p.Int("chunk")
	config := filestore.Config{Chunk: chunk, Buffers: 1, Block: 1, Writers: 1}
	if p.Err() != nil {
		return nil
	}
	var err error
	if config.Dir, err = scratch(size); err == nil {
		_, err = filestore.Sequential(context.Background(), config, "file", filestore.NewSource(size), events.Silent)
	}
	return func(note events.Note) (result trial.Result, _ error) {
		if err != nil {
			return result, err
		}
		m, err := filestore.Load(config, "file", io.Discard, note)
		note(0, "mark", "loaded")
		result.Answer = filestore.Answer(m)
		return result, errors.Join(err, os.RemoveAll(config.Dir))
	}
}

// scratch makes a folder for files of that size, after removing those of dead
// processes, such as one that had too little memory. Where there is not enough
// room the work is skipped.
func scratch(size int64) (string, error) {
	const prefix = "tandem-filestore-"
	old, _ := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	for _, folder := range old {
		pid, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), prefix), "-")
		if id, err := strconv.Atoi(pid); err == nil && syscall.Kill(id, 0) == syscall.ESRCH {
			_ = os.RemoveAll(folder) // the next one tries again
		}
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(os.TempDir(), &disk); err != nil {
		return "", fmt.Errorf("looking for room in %s: %w", os.TempDir(), err)
	}
	if free := int64(disk.Bavail) * int64(disk.Bsize); free < 2*size {
		return "", trial.Skip(fmt.Sprintf("%s has %d MiB free, want twice the %d MiB of the file: set TMPDIR to a larger disk",
			os.TempDir(), free>>20, size>>20))
	}
	return os.MkdirTemp("", fmt.Sprintf("%s%d-", prefix, os.Getpid()))
}
