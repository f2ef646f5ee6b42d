package registry

import (
	"time"

	"tandem/go/buffering"
	"tandem/go/events"
	"tandem/go/trial"
)

var bufferingVariants = map[string]trial.Func{
	"unbuffered": func(p *trial.Params) trial.Work {
		unit := p.Duration("unit")
		return delivered(func(note events.Note) (buffering.Delivery, error) {
			return buffering.Unbuffered(unit, note)
		})
	},
	"buffered": func(p *trial.Params) trial.Work {
		return buffered(p.Int("capacity"), p.Duration("unit"))
	},
	"roomy": func(p *trial.Params) trial.Work {
		return buffered(len(buffering.Messages), p.Duration("unit"))
	},
}

func buffered(capacity int, unit time.Duration) trial.Work {
	return delivered(func(note events.Note) (buffering.Delivery, error) {
		return buffering.Buffered(capacity, unit, note)
	})
}

// delivered is work whose result is a delivery.
func delivered(f func(note events.Note) (buffering.Delivery, error)) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		delivery, err := f(note)
		return trial.Result{
			Answer:  buffering.Answer(delivery),
			Metrics: map[string]float64{"sent_early": float64(delivery.Early)},
		}, err
	}
}
