package registry

import (
	"tandem/go/events"
	"tandem/go/hashing"
	"tandem/go/trial"
)

var hashingVariants = map[string]trial.Func{
	"sequential":       hashed(hashing.Sequential, "step"),
	"goroutines":       hashed(hashing.Goroutines, "step"),
	"sequential-small": hashed(hashing.Sequential, "small"),
	"goroutines-small": hashed(hashing.Goroutines, "small"),
}

// hashed is a variant whose steps are the named parameter. The buffer is made
// here, before the clock runs.
func hashed(f func(data []byte, workers, step int, note events.Note) (int, error), stepName string) trial.Func {
	return func(p *trial.Params) trial.Work {
		size, workers, step := p.Int("size"), p.Int("workers"), p.Int(stepName)
		data := hashing.Data(size)
		return count(func(note events.Note) (int, error) {
			return f(data, workers, step, note)
		})
	}
}
