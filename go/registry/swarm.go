package registry

import (
	"tandem/go/events"
	"tandem/go/swarm"
	"tandem/go/trial"
)

var swarmVariants = map[string]trial.Func{
	"parked":           weighed(swarm.Parked, "workers"),
	"threads":          weighed(swarm.Threads, "threads"),
	"blocked":          weighed(swarm.Blocked, "threads"),
	"handover":         weighed(swarm.Handover, "rounds"),
	"handover-threads": weighed(swarm.HandoverThreads, "rounds"),
	"grown":            weighed(swarm.Grown, "deep"),
}

// weighed is a variant whose result is its metrics; it reads one count.
func weighed(f func(count int, note events.Note) (swarm.Facts, error), count string) trial.Func {
	return func(p *trial.Params) trial.Work {
		n := p.Int(count)
		return func(note events.Note) (trial.Result, error) {
			facts, err := f(n, note)
			return trial.Result{Answer: "all came and went", Metrics: facts}, err
		}
	}
}
