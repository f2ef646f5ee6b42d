package registry

import (
	"tandem/go/events"
	"tandem/go/parallelcpu"
	"tandem/go/trial"
)

var parallelCPUVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		n, steps := p.Int("n"), p.Int("steps")
		return count(func(note events.Note) (int, error) {
			return parallelcpu.Sequential(n, steps, note)
		})
	},
	"pool": computed(parallelcpu.Pool),
	"do":   computed(parallelcpu.Do),
}

// computed is a variant that has workers compute units of so many steps.
func computed(f func(n, workers, steps int, note events.Note) (int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		n, workers, steps := p.Int("n"), p.Int("workers"), p.Int("steps")
		return count(func(note events.Note) (int, error) {
			return f(n, workers, steps, note)
		})
	}
}
