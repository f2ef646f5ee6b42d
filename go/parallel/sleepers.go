package parallel

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// sleepers has a function do n units of work that each sleep. The answer is the sum
// of their numbers. times_ideal is how often as long it takes as it would if
// workers cost nothing and slept exactly.
func sleepers(do func(ctx context.Context, items []int, workers int, f Func[int, int]) ([]int, error)) func(Params, events.Note) (trial.Result, error) {
	return func(p Params, note events.Note) (trial.Result, error) {
		items := make([]int, p.N)
		for i := range items {
			items[i] = i
		}
		began := time.Now()
		values, err := do(context.Background(), items, p.Workers, func(_ context.Context, i int) (int, error) {
			note(i, "start", "unit")
			if p.Unit > 0 {
				time.Sleep(p.Unit)
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
		if p.Unit > 0 {
			workers := max(p.Workers, 1) // one after the other is one
			ideal := time.Duration((p.N+workers-1)/workers) * p.Unit
			result.Metrics = trial.Metrics{"times_ideal": took.Seconds() / ideal.Seconds()}
		}
		return result, nil
	}
}

func oneByOne(ctx context.Context, items []int, _ int, f Func[int, int]) ([]int, error) {
	return Sequential(ctx, items, f)
}

// pooled is the pool of channels with room for all.
func pooled(_ context.Context, items []int, workers int, f Func[int, int]) ([]int, error) {
	values := make([]int, 0, len(items))
	for _, r := range Pool(items, workers, len(items), f) {
		if r.Err != nil {
			return nil, r.Err
		}
		values = append(values, r.Value)
	}
	return values, nil
}
