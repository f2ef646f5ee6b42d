package registry

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"tandem/go/deadlock"
	"tandem/go/events"
	"tandem/go/trial"
)

var deadlockVariants = map[string]trial.Func{
	"broken": watched("broken"),
	"fixed":  watched("fixed"),
}

// watched is a variant that runs in the program beside this one.
func watched(variant string) trial.Func {
	return func(p *trial.Params) trial.Work {
		items := p.Int("items")
		return func(note events.Note) (trial.Result, error) {
			self, err := os.Executable()
			if err != nil {
				return trial.Result{}, fmt.Errorf("looking for the program that deadlocks: %w", err)
			}
			program := filepath.Join(filepath.Dir(self), "deadlock")
			if _, err := os.Stat(program); err != nil {
				return trial.Result{}, trial.Skip(fmt.Sprintf("%v: run make build", err))
			}
			outcome, err := deadlock.Watch(program, variant, items, note)
			if err != nil {
				return trial.Result{}, err
			}
			stuck := 0.0
			if outcome.Report != "" {
				stuck = 1
				fmt.Fprint(os.Stderr, outcome.Report) // for the trial's log
			}
			return trial.Result{
				Answer:  strconv.Itoa(outcome.Received),
				Metrics: map[string]float64{"stuck": stuck},
			}, nil
		}
	}
}
