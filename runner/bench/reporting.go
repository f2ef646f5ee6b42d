package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/runtimes"
	"tandem/runner/store"
)

// reporting is tandem report on a run of 10,000 trials, as the user calls it.
var reporting = benchmark{
	name: "report", rounds: 6,
	doc: "tandem report on a run of 10,000 trials",
	setUp: func(ctx context.Context, b *bench) error {
		tandem, err := b.build(ctx, "./runner/cmd/tandem")
		if err != nil {
			return err
		}
		dir, err := b.syntheticRun(ctx, 10_000)
		if err != nil {
			return err
		}
		b.group([]row{{name: "tandem report", unit: "s"}, {name: "report.html", unit: "MB"}}, func(ctx context.Context) ([]float64, error) {
			begin := time.Now()
			if _, err := b.output(ctx, tandem, "report", dir); err != nil {
				return nil, err
			}
			took := time.Since(begin)
			page, err := os.Stat(filepath.Join(dir, "report.html"))
			if err != nil {
				return nil, err
			}
			return []float64{took.Seconds(), float64(page.Size()) / 1e6}, nil
		})
		b.budget(budget{who: "tandem report", atMost: 3})
		b.budget(budget{who: "report.html", atMost: 8})
		return nil
	},
}

// syntheticRun writes a run of so many trials: every pair, swept over workers,
// in as many rounds as that takes. Each trial has its samples.
func (b *bench) syntheticRun(ctx context.Context, trials int) (dir string, err error) {
	pairs, err := catalog.All(os.DirFS("runner/catalog"))
	if err != nil {
		return "", err
	}
	python, err := runtimes.Default(ctx, b.root)
	if err != nil {
		return "", err
	}
	found := []model.Runtime{runtimes.Go("bin/pairs"), python}
	cells, err := plan.Build(plan.Selection{
		Pairs: pairs, Profile: catalog.Quick, Runtimes: found, Set: []string{"workers=1,2,4,8"},
	})
	if err != nil {
		return "", err
	}
	// In memory, where there is such a folder: 10,000 syncs are another
	// benchmark.
	where, err := b.tempIn("/dev/shm")
	if err != nil {
		where = b.dir
	}
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	run, err := store.Create(filepath.Join(where, "synthetic"), model.Manifest{
		ID: "synthetic", Command: []string{"tandem", "run"}, CreatedAt: began, EndedAt: began.Add(time.Hour), Complete: true,
		Profile: catalog.Quick, Seed: seed, Plan: cells, Runtimes: found, Machine: model.Machine{Cores: 2, Capacity: 2},
	})
	if err != nil {
		return "", err
	}
	b.close(run.Close)
	draw := rand.New(rand.NewPCG(seed, 0))
	for n := range trials {
		c := cells[n%len(cells)]
		wall := (0.1 + float64(n%len(cells))/100) * (1 + 0.1*draw.ExpFloat64())
		t := model.Trial{
			Pair: c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params,
			Round: 1 + n/len(cells), Status: model.OK, WallNS: int64(wall * 1e9), StartupNS: draw.Int64N(1e8),
			CPUUserNS: int64(wall * 1e9), CPUSysNS: draw.Int64N(1e7), Parallelism: 1 + draw.Float64(),
			PeakRSSBytes: 1e7 + draw.Int64N(1e8), PeakThreads: 1 + draw.IntN(9), CtxVoluntary: draw.Int64N(1000), CtxInvoluntary: draw.Int64N(1000),
			Answer: "the same for all", Metrics: map[string]float64{"pool_ns": 1e8 * draw.Float64()},
			Methods:   map[string]string{"cpu": "drawn", "rss": "drawn", "threads": "drawn", "ctx": "drawn", "cores": "drawn"},
			StartedAt: began.Add(time.Duration(n) * time.Second), Capacity: 2, ForeignCPU: 0.05 * draw.Float64(),
			Log: "worker " + strconv.Itoa(n) + " of many\n",
		}
		if t.Samples, err = run.SaveSamples(t, drawSamples(draw, wall)); err != nil {
			return "", err
		}
		if err := run.Append(t); err != nil {
			return "", fmt.Errorf("trial %d: %w", n, err)
		}
	}
	return run.Dir(), nil
}

// drawSamples is a trial on two cores, seen every 50 ms.
func drawSamples(draw *rand.Rand, wall float64) model.Samples {
	s := model.Samples{Method: "drawn", Own: make([][]float64, 2), Other: make([][]float64, 2)}
	for at := int64(0); at <= int64(wall*1e9); at += 50e6 {
		s.AtNS, s.RSS, s.Threads = append(s.AtNS, at), append(s.RSS, draw.Int64N(1e8)), append(s.Threads, draw.IntN(9))
		for core := range s.Own {
			own := draw.Float64()
			s.Own[core], s.Other[core] = append(s.Own[core], own), append(s.Other[core], (1-own)*draw.Float64())
		}
	}
	return s
}

// tempIn makes a folder below one that exists; it goes at the end.
func (b *bench) tempIn(parent string) (string, error) {
	dir, err := os.MkdirTemp(parent, ".bench-")
	if err == nil {
		b.close(func() error { return os.RemoveAll(dir) })
	}
	return dir, err
}
