// Package registry lists what the Go half can run: a topic's variants under
// the names of runner/catalog. The Python half is python/tandem/registry.py.
package registry

import (
	"strconv"

	"tandem/go/counting"
	"tandem/go/events"
	"tandem/go/trial"
)

// Topics holds every topic. A new one adds a line here and a map below.
var Topics = trial.Topics{
	"counting": countingVariants,
}

var countingVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		n := p.Int("n")
		return count(func(note events.Note) (int, error) {
			return counting.Sequential(n, note)
		})
	},
	"goroutines":  split(counting.Goroutines),
	"worker-pool": split(counting.WorkerPool),
}

// split is a variant that splits n between workers.
func split(f func(n, workers int, note events.Note) (int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		n, workers := p.Int("n"), p.Int("workers")
		return count(func(note events.Note) (int, error) {
			return f(n, workers, note)
		})
	}
}

// count is work whose answer is a number.
func count(f func(note events.Note) (int, error)) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		total, err := f(note)
		return trial.Result{Answer: strconv.Itoa(total)}, err
	}
}
