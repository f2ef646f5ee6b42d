package registry

import (
	"strconv"
	"time"

	"tandem/go/events"
	"tandem/go/idioms"
	"tandem/go/trial"
)

var idiomsVariants = map[string]trial.Func{
	"call":   tiny(idioms.Call),
	"launch": tiny(idioms.Launch),
	"timer":  tiny(idioms.Timer),
	"poll": func(p *trial.Params) trial.Work {
		items, unit := p.Int("items"), p.Duration("unit")
		return func(note events.Note) (trial.Result, error) {
			done, vain, err := idioms.Poll(items, unit, note)
			return trial.Result{
				Answer:  strconv.Itoa(done),
				Metrics: map[string]float64{"vain_polls": float64(vain)},
			}, err
		}
	},
	"daemon": tiny(idioms.Daemon),
}

// tiny is a variant that gets items done.
func tiny(f func(items int, unit time.Duration, note events.Note) (int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		items, unit := p.Int("items"), p.Duration("unit")
		return func(note events.Note) (trial.Result, error) {
			done, err := f(items, unit, note)
			return trial.Result{Answer: strconv.Itoa(done)}, err
		}
	}
}
