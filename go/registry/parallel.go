package registry

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tandem/go/events"
	"tandem/go/parallel"
	"tandem/go/trial"
)

var parallelVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		n, unit := p.Int("n"), p.Duration("unit")
		return units(n, 1, unit, func(items []int, f parallel.Func[int, int]) ([]int, error) {
			return parallel.Sequential(context.Background(), items, f)
		})
	},
	"pool":      sleepers(plainPool, true),
	"do":        sleepers(parallel.Do[int, int], true),
	"limited":   sleepers(parallel.Limited[int, int], true),
	"pool-idle": sleepers(plainPool, false),
	"do-idle":   sleepers(parallel.Do[int, int], false),
}

// A way does work with so many workers.
type way = func(ctx context.Context, items []int, workers int, f parallel.Func[int, int]) ([]int, error)

// plainPool is the pool of channels with room for all.
func plainPool(_ context.Context, items []int, workers int, f parallel.Func[int, int]) ([]int, error) {
	values := make([]int, 0, len(items))
	for _, r := range parallel.Pool(items, workers, len(items), f) {
		if r.Err != nil {
			return nil, r.Err
		}
		values = append(values, r.Value)
	}
	return values, nil
}

// sleepers is a variant whose units of work sleep, or do nothing.
func sleepers(f way, sleep bool) trial.Func {
	return func(p *trial.Params) trial.Work {
		n, workers, unit := p.Int("n"), p.Int("workers"), time.Duration(0)
		if sleep {
			unit = p.Duration("unit")
		}
		return units(n, workers, unit, func(items []int, work parallel.Func[int, int]) ([]int, error) {
			return f(context.Background(), items, workers, work)
		})
	}
}

// units is work on n units that each sleep for so long. Its answer is the sum
// of their numbers. times_ideal is how often as long it takes as it would if
// workers cost nothing and slept exactly.
func units(n, workers int, unit time.Duration,
	f func(items []int, work parallel.Func[int, int]) ([]int, error)) trial.Work {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	return func(note events.Note) (trial.Result, error) {
		began := time.Now()
		values, err := f(items, func(_ context.Context, i int) (int, error) {
			note(i, "start", "unit")
			if unit > 0 {
				time.Sleep(unit)
			}
			note(i, "finish", "unit")
			return i, nil
		})
		took := time.Since(began)
		if err != nil {
			return trial.Result{}, fmt.Errorf("sleeping: %w", err)
		}
		sum := 0
		for _, value := range values {
			sum += value
		}
		result := trial.Result{Answer: strconv.Itoa(sum)}
		if unit > 0 {
			ideal := time.Duration((n+workers-1)/workers) * unit
			result.Metrics = map[string]float64{"times_ideal": took.Seconds() / ideal.Seconds()}
		}
		return result, nil
	}
}
