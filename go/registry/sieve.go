package registry

import (
	"tandem/go/events"
	"tandem/go/sieve"
	"tandem/go/sievesegmented"
	"tandem/go/trial"
)

var sieveVariants = map[string]trial.Func{
	"sequential": limited(sieve.Sequential),
	"goroutines-one": limited(func(n int, note events.Note) (int, error) {
		return sieve.Goroutines(n, 1, note)
	}),
	"goroutines": func(p *trial.Params) trial.Work {
		n, processors := p.Int("n"), p.Int("processors")
		return count(func(note events.Note) (int, error) {
			return sieve.Goroutines(n, processors, note)
		})
	},
}

var sieveSegmentedVariants = map[string]trial.Func{
	"sequential": limited(sievesegmented.Sequential),
	"segmented":  split(sievesegmented.Segmented),
}

// limited is a variant that reads n alone.
func limited(f func(n int, note events.Note) (int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		n := p.Int("n")
		return count(func(note events.Note) (int, error) { return f(n, note) })
	}
}
