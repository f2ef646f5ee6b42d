package registry

import (
	"context"
	"strconv"

	"tandem/go/events"
	"tandem/go/replicas"
	"tandem/go/trial"
)

var replicasVariants = map[string]trial.Func{
	"single": func(p *trial.Params) trial.Work {
		return loaded(replicas.Single[int], 1, p)
	},
	"leaky":    queried(replicas.Leaky[int]),
	"buffered": queried(replicas.Buffered[int]),
	"first":    queried(replicas.First[int]),
	"hedged": func(p *trial.Params) trial.Work {
		delay := p.Duration("delay")
		return loaded(func(ctx context.Context, asks []replicas.Ask[int]) (int, error) {
			return replicas.Hedged(ctx, asks, delay)
		}, p.Int("replicas"), p)
	},
}

// queried is a variant that asks so many replicas.
func queried(query replicas.Query) trial.Func {
	return func(p *trial.Params) trial.Work {
		return loaded(query, p.Int("replicas"), p)
	}
}

// loaded is work that puts many queries to replicas.
func loaded(query replicas.Query, count int, p *trial.Params) trial.Work {
	queries, unit := p.Int("queries"), p.Duration("unit")
	return func(note events.Note) (trial.Result, error) {
		outcome, err := replicas.Load(query, queries, count, unit, note)
		if err != nil {
			return trial.Result{}, err
		}
		return trial.Result{
			Answer: strconv.Itoa(outcome.Sum),
			Metrics: map[string]float64{
				"latency_p50_ns":  float64(outcome.Percentile(50)),
				"latency_p90_ns":  float64(outcome.Percentile(90)),
				"latency_p99_ns":  float64(outcome.Percentile(99)),
				"asked_per_query": float64(outcome.Asked) / float64(queries),
				"left_workers":    float64(outcome.Left),
			},
		}, nil
	}
}
