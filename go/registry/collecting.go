package registry

import (
	"time"

	"tandem/go/collecting"
	"tandem/go/events"
	"tandem/go/trial"
)

var collectingVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		tasks, unit := p.String("tasks"), p.Duration("unit")
		return collected(func(note events.Note) ([]int, error) {
			return collecting.Sequential(tasks, unit, note)
		})
	},
	"all-at-once":  pooled(collecting.AllAtOnce),
	"in-order":     pooled(collecting.InOrder),
	"as-completed": pooled(collecting.AsCompleted),
}

// pooled is a variant that has workers do the tasks.
func pooled(f func(tasks string, workers int, unit time.Duration, note events.Note) ([]int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		tasks, workers, unit := p.String("tasks"), p.Int("workers"), p.Duration("unit")
		return collected(func(note events.Note) ([]int, error) {
			return f(tasks, workers, unit, note)
		})
	}
}

// collected is work whose answer is what has reached the caller.
func collected(f func(note events.Note) ([]int, error)) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		reached, err := f(note)
		return trial.Result{Answer: collecting.Answer(reached)}, err
	}
}
