package registry

import (
	"time"

	"tandem/go/events"
	"tandem/go/selecting"
	"tandem/go/trial"
)

var selectingVariants = map[string]trial.Func{
	"in-turn": received(selecting.InTurn),
	"select":  received(selecting.Select),
	"select-default": receivedCounting("vain_polls",
		selecting.SelectDefault),
	"select-timer": receivedCounting("timeouts",
		selecting.SelectTimer),
	"select-full": func(p *trial.Params) trial.Work {
		messages, draws := p.Int("messages"), p.Int("draws")
		return func(note events.Note) (trial.Result, error) {
			order, err := selecting.SelectFull(messages, note)
			result := reception(order)
			result.Metrics["first_share"] = selecting.FirstShare(draws)
			return result, err
		}
	},
}

// received is a variant that receives messages at a pace.
func received(f func(messages int, unit time.Duration, note events.Note) ([]string, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		messages, unit := p.Int("messages"), p.Duration("unit")
		return func(note events.Note) (trial.Result, error) {
			order, err := f(messages, unit, note)
			return reception(order), err
		}
	}
}

// receivedCounting is the same for one that also counts something.
func receivedCounting(metric string, f func(messages int, unit time.Duration, note events.Note) ([]string, int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		messages, unit := p.Int("messages"), p.Duration("unit")
		return func(note events.Note) (trial.Result, error) {
			order, count, err := f(messages, unit, note)
			result := reception(order)
			result.Metrics[metric] = float64(count)
			return result, err
		}
	}
}

// reception is the result of what was received in this order.
func reception(order []string) trial.Result {
	return trial.Result{
		Answer: selecting.Counts(order),
		Metrics: map[string]float64{
			"fast_per_slow": selecting.FastPerSlow(order),
		},
	}
}
