package urlcheck

import (
	"context"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

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
