package main

import (
	"context"

	"tandem/runner/model"
	"tandem/runner/sample"
	"tandem/runner/trial"
)

// truth holds what a trial is said to have used against what its processes say
// themselves.
var truth = benchmark{
	name: "truth", rounds: 6,
	doc: "what a trial is said to have used, in % of what it says itself",
	setUp: func(ctx context.Context, b *bench) error {
		pinned, err := own("pinned")
		if err != nil {
			return err
		}
		pool, _ := own("pool")
		memory, _ := own("memory")
		return b.harnesses("", func(suffix string, d *harness) {
			core, others := "a pinned child's core"+suffix, "a pinned child on other cores"+suffix
			b.group([]row{{name: core, unit: "%"}, {name: others, unit: "%"}}, func(ctx context.Context) ([]float64, error) {
				out, used, err := d.run(ctx, pinned)
				if err != nil {
					return nil, err
				}
				on, off := shares(used.Samples, int(out.Metrics["core"]))
				return []float64{100 * on / out.Metrics["cores"], 100 * off}, nil
			})
			b.budget(budget{who: core, atLeast: 98, atMost: 102})
			b.budget(budget{who: others, atMost: 2})

			percent := func(name string, spec trial.Spec, stated string, got func(sample.Usage) float64) {
				b.candidate(name, "%", func(ctx context.Context) (float64, error) {
					out, used, err := d.run(ctx, spec)
					return 100 * got(used) / out.Metrics[stated], err
				})
			}
			cpu := "CPU of four workers and an orphan" + suffix
			percent(cpu, pool, "burnt", func(u sample.Usage) float64 { return float64(u.User + u.Sys) })
			b.budget(budget{who: cpu, atLeast: 97, atMost: 103})
			held := "memory of four workers of 100 MB" + suffix
			percent(held, memory, "held", func(u sample.Usage) float64 { return float64(u.PeakRSS) })
			b.budget(budget{who: held, atLeast: 90, atMost: 110})
		})
	},
}

// shares are a trial's mean share of one core, and the largest that it had of
// any other.
func shares(s model.Samples, core int) (on, off float64) {
	for c := range s.Own {
		sum, last := 0.0, int64(0)
		for i, at := range s.AtNS {
			sum += s.Own[c][i] * float64(at-last)
			last = at
		}
		if mean := sum / float64(last); c == core {
			on = mean
		} else {
			off = max(off, mean)
		}
	}
	return on, off
}
