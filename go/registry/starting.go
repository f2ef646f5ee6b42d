package registry

import (
	"tandem/go/events"
	"tandem/go/starting"
	"tandem/go/trial"
)

var startingVariants = map[string]trial.Func{
	"goroutines": started(starting.Goroutines),
	"threads":    started(starting.Threads),
}

// started is a variant that starts so many workers.
func started(f func(workers int, note events.Note) (int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		workers := p.Int("workers")
		return count(func(note events.Note) (int, error) { return f(workers, note) })
	}
}
