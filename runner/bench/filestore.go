package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"tandem/runner/model"
	"tandem/runner/scratch"
	"tandem/runner/trial"
)

const (
	storedBytes = 1000 << 20
	chunkBytes  = 10 << 20
	smallMemory = 512 << 20
)

// fileStore stores 1000 MiB in each way, as a user's trial does: with its own
// files gone after each, so that the space it takes is that of one.
var fileStore = benchmark{
	name: "filestore", rounds: 8,
	doc: "1000 MiB in chunks of 10: sequential, a goroutine a chunk, a pool of 4, blocks; and the same with 512 MB of memory",
	setUp: func(ctx context.Context, b *bench) error {
		pairs, err := b.build(ctx, "./go/cmd/pairs")
		if err != nil {
			return err
		}
		folders, err := scratch.New()
		if err != nil {
			return err
		}
		b.close(folders.Close)
		d, err := newHarness(b, false)
		if err != nil {
			return err
		}
		s := storing{b: b, d: d, pairs: pairs, folders: folders}
		where := "a file system in memory"
		if !s.fits(folders.Memory()) {
			if where = "the disk of " + filepath.Dir(folders.Disk()); !s.fits(folders.Disk()) {
				return fmt.Errorf("%s has no room for %d MiB twice; set TMPDIR to a larger disk", folders.Disk(), storedBytes>>20)
			}
			s.disk = true
		}
		fmt.Fprintf(b.out, "  written to %s; with 512 MB to the disk, for files in memory count\n", where)
		for _, way := range []string{"sequential", "per-chunk", "pool", "blocks"} {
			s.candidate(way, way, 0)
		}
		s.copying()
		b.budget(budget{who: "blocks", over: "pool", atMost: 1})
		b.budget(budget{who: "blocks, allocated", atMost: 3})
		for _, way := range []string{"sequential", "pool", "blocks"} {
			s.candidate(way+", 512 MB", way, smallMemory)
		}
		b.budget(budget{who: "blocks, 512 MB", over: "pool, 512 MB", atMost: 1 / 1.1})
		return nil
	},
}

type storing struct {
	b       *bench
	d       *harness
	pairs   string
	folders *scratch.Folders
	disk    bool // files go to the disk though no limit asks for it
}

func (s *storing) fits(folder string) bool {
	free, err := room(folder)
	return folder != "" && err == nil && free >= 2*storedBytes
}

// candidate adds a way to store. One that cannot be limited here is missing.
func (s *storing) candidate(name, way string, limit int64) {
	rows := []row{{name: name, unit: "ms"}, {name: name + ", allocated", unit: "MB"}, {name: name + ", peak memory", unit: "MB"}}
	run := func(ctx context.Context) ([]float64, error) {
		out := s.run(ctx, way, limit, storedBytes)
		if err := finished(out.Outcome); err != nil {
			return nil, err
		}
		return []float64{out.Metrics["stored_ns"] / 1e6, out.Metrics["allocated_bytes"] / 1e6, out.peak / 1e6}, nil
	}
	if limit > 0 {
		if out := s.run(context.Background(), way, limit, chunkBytes); out.Status == model.Skipped {
			for _, r := range rows {
				s.b.missing(r.name, errors.New(out.Message))
			}
			return
		}
	}
	s.b.group(rows, run)
}

// room is how many bytes fit onto a file system.
func room(folder string) (int64, error) {
	var fs syscall.Statfs_t
	err := syscall.Statfs(folder, &fs)
	return int64(fs.Bavail) * int64(fs.Bsize), err
}

// stored is what came of a trial, and the most memory that it had.
type stored struct {
	trial.Outcome
	peak float64
}

// run stores once. It also ends, and removes everything, when ctx does.
func (s *storing) run(ctx context.Context, way string, limit, size int64) stored {
	spec := trial.Spec{
		Argv: []string{s.pairs}, Env: append(os.Environ(), s.folders.Environ()...), Dir: s.b.root,
		Request: trial.Request{Topic: "filestore", Variant: way, Params: map[string]any{
			"size": size, "chunk": int64(chunkBytes), "buffers": int64(4), "block": int64(256 << 10), "writers": int64(2),
			"disk": s.disk, "sync": false, "cap": limit,
		}},
		Deadline: 2 * time.Minute,
	}
	out, used, _ := s.d.run(ctx, spec) // what went wrong is in its outcome
	if err := s.folders.Clear(); err != nil && out.Status == model.OK {
		out.Status, out.Message = model.Crashed, err.Error()
	}
	return stored{out, float64(used.PeakRSS)}
}

// copying is dd, for orientation: it makes no checksums and keeps one file.
func (s *storing) copying() {
	const name = "dd"
	if _, err := exec.LookPath(name); err != nil {
		s.b.missing(name, err)
		return
	}
	folder := s.folders.Memory()
	if s.disk {
		folder = s.folders.Disk()
	}
	s.b.candidate(name, "ms", func(ctx context.Context) (float64, error) {
		begin := time.Now()
		_, err := s.b.output(ctx, "dd", "if=/dev/zero", "of="+filepath.Join(folder, "file"), "bs=256k", fmt.Sprintf("count=%d", storedBytes/(256<<10)))
		took := time.Since(begin)
		return float64(took.Microseconds()) / 1000, errors.Join(err, s.folders.Clear())
	})
}
