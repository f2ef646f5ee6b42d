package registry

import (
	"tandem/go/events"
	"tandem/go/fibonacci"
	"tandem/go/trial"
)

var fibonacciVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		n := p.Int("n")
		return count(func(note events.Note) (int, error) {
			return fibonacci.Sequential(n, note)
		})
	},
	"worker-pool":         split(fibonacci.WorkerPool),
	"worker-pool-counted": split(fibonacci.WorkerPoolCounted),
}
