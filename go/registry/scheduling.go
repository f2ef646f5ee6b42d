package registry

import (
	"tandem/go/events"
	"tandem/go/scheduling"
	"tandem/go/trial"
)

var schedulingVariants = map[string]trial.Func{
	"sequential": busy(scheduling.Sequential),
	"sleeping": func(p *trial.Params) trial.Work {
		letters, unit := p.Int("letters"), p.Duration("unit")
		return printed(func(note events.Note) (string, error) {
			return scheduling.Sleeping(letters, unit, note)
		})
	},
	"running-briefly": func(p *trial.Params) trial.Work {
		letters := p.Int("letters")
		return printed(func(note events.Note) (string, error) {
			return scheduling.Running(letters, 0, note)
		})
	},
	"running":  busy(scheduling.Running),
	"parallel": busy(scheduling.Parallel),
}

// busy is a variant whose workers compute between two letters. How many steps
// fill the time is found out here, before the clock runs.
func busy(f func(letters, steps int, note events.Note) (string, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		letters, steps := p.Int("letters"), scheduling.StepsIn(p.Duration("work"))
		return printed(func(note events.Note) (string, error) {
			return f(letters, steps, note)
		})
	}
}

// printed is work whose result is the order of the letters on a page.
func printed(f func(note events.Note) (string, error)) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		order, err := f(note)
		if err != nil {
			return trial.Result{}, err
		}
		return trial.Result{
			Answer: scheduling.Counts(order),
			Metrics: map[string]float64{
				"longest_run":  float64(scheduling.LongestRun(order)),
				"switches":     float64(scheduling.Switches(order)),
				"first_worker": float64(scheduling.First(order)),
			},
		}, nil
	}
}
