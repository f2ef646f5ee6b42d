package replicas

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// A Query is one of the ways to ask.
type Query func(ctx context.Context, asks []Ask[int]) (int, error)

// loaded puts many queries.
func loaded(query Query) func(Params, events.Note) (Outcome, error) {
	return func(p Params, note events.Note) (Outcome, error) {
		return Load(query, p.Queries, max(p.Replicas, 1), p.Unit, note)
	}
}

// An Outcome is what came of many queries.
type Outcome struct {
	Sum       int             // of all answers: the same whoever won
	Latencies []time.Duration // of each query, the shortest first
	Asked     int             // how often a replica was asked
	Left      int             // goroutines that never ended
}

// Result is the outcome as the runner has it.
func (o Outcome) Result() trial.Result {
	return trial.Result{
		Answer: strconv.Itoa(o.Sum),
		Metrics: trial.Metrics{
			"latency_p50_ns":  float64(o.Percentile(50)),
			"latency_p90_ns":  float64(o.Percentile(90)),
			"latency_p99_ns":  float64(o.Percentile(99)),
			"asked_per_query": float64(o.Asked) / float64(len(o.Latencies)),
			"left_workers":    float64(o.Left),
		},
	}
}

// Percentile is the latency that so many of a hundred queries did not
// exceed.
func (o Outcome) Percentile(percent int) time.Duration {
	return o.Latencies[(len(o.Latencies)*percent+99)/100-1]
}

// Load puts so many queries, one after the other, to so many replicas. How long
// each takes is what Latency says, in units.
func Load(query Query, queries, replicas int, unit time.Duration, note events.Note) (Outcome, error) {
	var outcome Outcome
	var asked, working atomic.Int64
	before := runtime.NumGoroutine()
	for q := range queries {
		asks := make([]Ask[int], replicas)
		for r := range asks {
			asks[r] = func(ctx context.Context) (int, error) {
				asked.Add(1)
				working.Add(1)
				defer working.Add(-1)
				note(r, "start", strconv.Itoa(q))
				defer note(r, "finish", strconv.Itoa(q))
				return q, pause(ctx, time.Duration(Latency(q, r))*unit/1000)
			}
		}
		start := time.Now()
		value, err := query(context.Background(), asks)
		if err != nil {
			return outcome, fmt.Errorf("query %d: %w", q, err)
		}
		outcome.Latencies = append(outcome.Latencies, time.Since(start))
		outcome.Sum += value
	}
	note(0, events.Mark, "answered")
	slices.Sort(outcome.Latencies)
	outcome.Left = left(before, &working)
	outcome.Asked = int(asked.Load())
	return outcome, nil
}

// Latency is how long a replica takes for a query, in thousandths of a unit:
// from a half to one and a half, and ten times as much for one in ten. It looks
// random and is always the same, in both languages.
func Latency(query, replica int) int {
	// The finalizer of SplitMix64, which leaves no pattern.
	z := (uint64(query)<<32 + uint64(replica) + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	thousandths := 500 + int(z%1000)
	if z/1000%10 == 0 {
		thousandths *= 10
	}
	return thousandths
}

// pause sleeps, unless the context is done before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// left is how many more goroutines there are than before when no replica works
// any more. Those that can end are given time to.
func left(before int, working *atomic.Int64) int {
	const patience = 20 * time.Millisecond
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		more := runtime.NumGoroutine() - before
		if more <= 0 || time.Now().After(end) {
			return max(0, more)
		}
		if working.Load() > 0 {
			end = time.Now().Add(patience)
		}
	}
}
