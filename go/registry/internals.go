package registry

import (
	"tandem/go/events"
	"tandem/go/internals"
	"tandem/go/trial"
)

// The two differ in what the runtime was told when it started.
var internalsVariants = map[string]trial.Func{
	"inspect":             inspect,
	"inspect-cooperative": inspect,
}

func inspect(p *trial.Params) trial.Work {
	workers, parked := p.Int("workers"), p.Int("parked")
	return func(note events.Note) (trial.Result, error) {
		facts, err := internals.Look(workers, parked, note)
		return trial.Result{Answer: "inspected", Metrics: facts}, err
	}
}
