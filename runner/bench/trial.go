package main

import (
	"context"
	"path/filepath"
	"time"

	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/trial"
)

// wholeTrial is what tandem run does for each trial, of a program that counts
// to nothing: handshake, sampling, the samples' file and the synced line.
var wholeTrial = benchmark{
	name: "trial", rounds: 12,
	doc: "a whole trial of Go counting to 0: handshake, sampling, synced journal line; and how soon Python is ready",
	setUp: func(ctx context.Context, b *bench) error {
		pairs, err := b.build(ctx, "./go/cmd/pairs")
		if err != nil {
			return err
		}
		if err := b.goReady(ctx, pairs); err != nil {
			return err
		}
		// Beside the checkout's own results: a temporary folder may be in
		// memory, where a sync costs nothing.
		run, err := b.tempRun(model.Manifest{ID: "bench"})
		if err != nil {
			return err
		}
		params := map[string]any{"n": int64(0)}
		spec := trial.Spec{
			Argv: []string{pairs}, Dir: b.root, Deadline: time.Minute,
			Request: trial.Request{Topic: "counting", Variant: "sequential", Params: params},
		}
		one := func(ctx context.Context, d *harness) (parts [4]time.Duration, err error) {
			begin := time.Now()
			out, used, err := d.run(ctx, spec)
			if err != nil {
				return parts, err
			}
			t := model.Trial{
				Pair: "counting", Side: "go", Variant: "sequential", Runtime: "go", Params: params,
				Round: 1, Status: out.Status, WallNS: out.Wall.Nanoseconds(), StartupNS: out.Startup.Nanoseconds(),
				CPUUserNS: used.User.Nanoseconds(), CPUSysNS: used.Sys.Nanoseconds(),
				PeakRSSBytes: used.PeakRSS, PeakThreads: used.PeakThreads, Answer: out.Answer,
				Methods: used.Methods, StartedAt: out.StartedAt,
			}
			saving := time.Now()
			if t.Samples, err = run.SaveSamples(t, used.Samples); err != nil {
				return parts, err
			}
			err = run.Append(t)
			whole := time.Since(begin)
			return [...]time.Duration{whole, out.Startup, time.Since(saving), whole - out.Startup - out.Wall}, err
		}
		if err := b.pythonReady(ctx); err != nil {
			return err
		}
		return b.harnesses("a trial", func(name string, d *harness) {
			const turn = 20
			rows := [...]row{{name: name, unit: "ms"}, {name: name + ": until ready", unit: "ms"}, {name: name + ": its line and samples", unit: "ms"}, {name: name + ": neither start-up nor work", unit: "ms"}}
			b.group(rows[:], func(ctx context.Context) ([]float64, error) {
				var parts [len(rows)][]float64
				for range turn {
					took, err := one(ctx, d)
					if err != nil {
						return nil, err
					}
					for i, part := range took {
						parts[i] = append(parts[i], part.Seconds()*1e3)
					}
				}
				return []float64{median(parts[0]), median(parts[1]), median(parts[2]), median(parts[3])}, nil
			})
			b.budget(budget{who: name, atMost: 5})
			b.budget(budget{who: rows[3].name, atMost: 6})
		})
	},
}

// tempRun opens a run below results/, which goes at the end.
func (b *bench) tempRun(m model.Manifest) (*store.Run, error) {
	dir, err := b.tempIn(filepath.Join(b.root, "results"))
	if err != nil {
		return nil, err
	}
	run, err := store.Create(filepath.Join(dir, m.ID), m)
	if err == nil {
		b.close(run.Close)
	}
	return run, err
}
