package registry

import (
	"strconv"

	"tandem/go/balancer"
	"tandem/go/events"
	"tandem/go/trial"
)

var balancerVariants = map[string]trial.Func{
	"shared":      balanced(balancer.Shared),
	"random":      balanced(balancer.Random),
	"two-choices": balanced(balancer.TwoChoices),
	"heap":        balanced(balancer.Heap),
	"heap-listening": func(p *trial.Params) trial.Work {
		load := balancerLoad(p, 1)
		return func(note events.Note) (trial.Result, error) {
			report, result, err := balance(balancer.HeapListening, load, note)
			if err == nil {
				stuck := 0.0
				if report.DeadlockAfter > 0 {
					stuck = 1
				}
				result.Metrics["would_deadlock"] = stuck
				result.Metrics["would_deadlock_after_requests"] = float64(report.DeadlockAfter)
			}
			return result, err
		}
	},
}

// balanced is a variant that puts a load on a balancer.
func balanced(f func(balancer.Load, events.Note) (balancer.Report, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		load := balancerLoad(p, p.Int("queue"))
		return func(note events.Note) (trial.Result, error) {
			_, result, err := balance(f, load, note)
			return result, err
		}
	}
}

func balancerLoad(p *trial.Params, queue int) balancer.Load {
	return balancer.Load{
		Requests: p.Int("requests"), Requesters: p.Int("requesters"), Workers: p.Int("workers"),
		Queue: queue, Unit: p.Duration("unit"), Heavy: p.Bool("heavy"),
	}
}

func balance(f func(balancer.Load, events.Note) (balancer.Report, error), load balancer.Load,
	note events.Note) (balancer.Report, trial.Result, error) {
	report, err := f(load, note)
	if err != nil {
		return report, trial.Result{}, err
	}
	return report, trial.Result{
		Answer: strconv.Itoa(report.Sum),
		Metrics: map[string]float64{
			"latency_p50_ns": float64(report.Percentile(50)),
			"latency_p99_ns": float64(report.Percentile(99)),
			"busiest_share":  report.Busiest(),
			"requests_per_s": float64(load.Requests) / report.Elapsed.Seconds(),
		},
	}, nil
}
