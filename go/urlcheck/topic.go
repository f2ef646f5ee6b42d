package urlcheck

import (
	"context"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/urlcheck.toml has, with the URLs of the site
// that the runner serves.
type Params struct {
	Targets []string
	Workers int
	Timeout time.Duration
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", func(p Params, note events.Note) (Results, error) {
		return Sequential(context.Background(), p.Targets, p.Timeout, note)
	}, "targets", "timeout"),
	trial.Variant("goroutines", checks(Goroutines)),
	trial.Variant("worker-pool", checks(WorkerPool)),
	trial.Variant("select", checks(Select)),
}

// Results are what came of all checks.
type Results []Result

// Result sums them up.
func (r Results) Result() trial.Result { return trial.Result{Answer: Answer(r)} }

// checks has a function check the targets.
func checks(f func(ctx context.Context, urls []string, workers int, timeout time.Duration, note events.Note) ([]Result, error)) func(Params, events.Note) (Results, error) {
	return func(p Params, note events.Note) (Results, error) {
		return f(context.Background(), p.Targets, p.Workers, p.Timeout, note)
	}
}
