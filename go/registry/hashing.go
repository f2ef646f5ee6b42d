package registry

import (
	"tandem/go/events"
	"tandem/go/hashing"
	"tandem/go/trial"
)

var hashingVariants = map[string]trial.Func{
	"sequential":       hashed(hashing.Sequential, false),
	"goroutines":       hashed(hashing.Goroutines, false),
	"sequential-small": hashed(hashing.Sequential, true),
	"goroutines-small": hashed(hashing.Goroutines, true),
}

// hashed is a variant that may make its steps smaller. The buffer is made here,
// before the clock runs.
func hashed(f func(data []byte, workers, step int, note events.Note) (int, error), smaller bool) trial.Func {
	return func(p *trial.Params) trial.Work {
		size, workers, step := p.Int("size"), p.Int("workers"), p.Int("step")
		if smaller {
			step = min(step, p.Int("small"))
		}
		data := hashing.Data(size)
		return count(func(note events.Note) (int, error) {
			return f(data, workers, step, note)
		})
	}
}
