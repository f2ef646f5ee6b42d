package main

import (
	"context"
	"time"

	"tandem/runner/trial"
)

// goReady is how soon a Go child is ready, beside a Go program that speaks the
// protocol and has nothing else in it.
func (b *bench) goReady(ctx context.Context, pairs string) error {
	empty, err := b.build(ctx, "./runner/trial/testdata/empty")
	if err != nil {
		return err
	}
	d, err := newHarness(b, false)
	if err != nil {
		return err
	}
	rows := []row{{name: "Go is ready", unit: "ms"}, {name: "a Go program that does nothing", unit: "ms"}}
	b.group(rows, func(ctx context.Context) ([]float64, error) {
		var took [2][]float64
		for range 20 {
			for i, program := range []string{pairs, empty} {
				out, _, err := d.run(ctx, trial.Spec{
					Argv: []string{program}, Dir: b.root, Deadline: time.Minute,
					Request: trial.Request{Topic: "counting", Variant: "sequential", Params: map[string]any{"n": int64(0)}},
				})
				if err != nil {
					return nil, err
				}
				took[i] = append(took[i], out.Startup.Seconds()*1e3)
			}
		}
		return []float64{median(took[0]), median(took[1])}, nil
	})
	b.budget(budget{who: rows[0].name, less: rows[1].name, atMost: 2})
	return nil
}
