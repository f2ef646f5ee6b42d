package registry

import (
	"tandem/go/events"
	"tandem/go/internals"
	"tandem/go/trial"
)

// The two differ in what the runtime was told when it started.
var internalsVariants = map[string]trial.Func{
	"inspect": func(p *trial.Params) trial.Work {
		return inspect(p.Int("workers"), p.Int("parked"))
	},
	// What parked workers weigh is asked once.
	"inspect-cooperative": func(p *trial.Params) trial.Work {
		return inspect(p.Int("workers"), 1)
	},
}

func inspect(workers, parked int) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		facts, err := internals.Look(workers, parked, note)
		return trial.Result{Answer: "inspected", Metrics: facts}, err
	}
}
