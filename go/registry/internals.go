package registry

import (
	"tandem/go/events"
	"tandem/go/internals"
	"tandem/go/trial"
)

var internalsVariants = map[string]trial.Func{
	"inspect": func(p *trial.Params) trial.Work {
		workers, parked := p.Int("workers"), p.Int("parked")
		return func(note events.Note) (trial.Result, error) {
			facts, err := internals.Look(workers, parked, note)
			return trial.Result{Answer: "inspected", Metrics: facts}, err
		}
	},
}
