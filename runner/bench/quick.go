package main

import (
	"context"
	"path/filepath"
	"time"
)

// quick is the main job, as make calls it once all is set up.
var quick = benchmark{
	name: "quick", rounds: 1, // a minute each
	doc: "tandem run in the quick profile, with its report",
	setUp: func(ctx context.Context, b *bench) error {
		tandem, err := b.build(ctx, "./runner/cmd/tandem")
		if err != nil {
			return err
		}
		const job = "tandem run counting urlcheck"
		b.contestant(job, "s", func(ctx context.Context) (float64, error) {
			begin := time.Now()
			_, err := b.output(ctx, tandem, "run", "counting", "urlcheck", "--out", filepath.Join(b.dir, "run"))
			return time.Since(begin).Seconds(), err
		})
		b.budget(budget{who: job, atMost: 60})
		return nil
	},
}
