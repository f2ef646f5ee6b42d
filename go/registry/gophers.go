package registry

import (
	"runtime"

	"tandem/go/events"
	"tandem/go/gophers"
	"tandem/go/trial"
)

var gophersVariants = map[string]trial.Func{
	"one":                   waiting(gophers.One),
	"shared-cart":           waiting(gophers.SharedCart),
	"two-carts":             waiting(gophers.TwoCarts),
	"two-piles":             waiting(gophers.TwoPiles),
	"three":                 waiting(gophers.Three),
	"four":                  waiting(gophers.Four),
	"eight":                 waiting(gophers.Eight),
	"staging":               waiting(gophers.Staging),
	"two-staging":           waiting(gophers.TwoStaging),
	"staging-eight":         waiting(gophers.StagingEight),
	"sixteen":               waiting(gophers.Sixteen),
	"one-computing":         computing(gophers.One),
	"shared-cart-computing": computing(gophers.SharedCart),
	"two-piles-computing":   computing(gophers.TwoPiles),
	"four-computing":        computing(gophers.Four),
	"eight-computing":       computing(gophers.Eight),
	"sixteen-computing":     computing(gophers.Sixteen),
}

// A design is one of the talk's.
type design func(loads, way int, step gophers.Step, note events.Note) ([]int, error)

// waiting is a design whose steps need no core.
func waiting(f design) trial.Func {
	return func(p *trial.Params) trial.Work {
		return moved(f, p, gophers.Waiting(p.Duration("unit")))
	}
}

// computing is a design whose steps do.
func computing(f design) trial.Func {
	return func(p *trial.Params) trial.Work {
		return moved(f, p, gophers.Computing(p.Int("work")))
	}
}

// moved is work whose answer is what was burnt. The number of cores is set
// here, before the clock runs, and for good: a trial has its process to itself.
func moved(f design, p *trial.Params, step gophers.Step) trial.Work {
	loads, way, procs := p.Int("loads"), p.Int("way"), p.Int("procs")
	if procs > 0 {
		runtime.GOMAXPROCS(procs)
	}
	return func(note events.Note) (trial.Result, error) {
		burnt, err := f(loads, way, step, note)
		return trial.Result{Answer: gophers.Answer(burnt)}, err
	}
}
