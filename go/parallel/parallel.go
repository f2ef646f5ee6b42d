// Package parallel does many pieces of work with a number of workers,
// and hands back what became of them.
//
// Its one decision: nobody is left behind. When a function returns, or
// a loop over a stream ends, none of its goroutines runs any more. In
// the first four, work that panics is work that failed: the error is a
// *Panic and has the stack.
//
//	Do          a slice, in the order given; the first error stops all
//	Each        a slice, in the order given; every error is kept
//	InOrder     a stream, in the order given
//	AsCompleted a stream, as completed
//	Sequential  without workers, to compare with
//	Pool        channels in and out: the plainest pool
//	Limited     a goroutine for each piece of work, and a semaphore
//
// Workers below 1 mean as many as processors may be used.
//
// It is read beside python/tandem/parallel.py: same names, same order.
package parallel

import (
	"context"
	"sync"
	"time"

	"tandem/go/trial"
)

// Params are what runner/catalog/parallel.toml has.
type Params struct {
	N, Workers int
	Unit       time.Duration
}

// Topic has the variants. Work that is idle does not even sleep.
var Topic = trial.Topic{
	trial.Variant("sequential", sleepers(oneByOne), "n", "unit"),
	trial.Variant("pool", sleepers(pooled)),
	trial.Variant("do", sleepers(Do[int, int])),
	trial.Variant("limited", sleepers(Limited[int, int])),
	trial.Variant("pool-idle", sleepers(pooled), "n", "workers"),
	trial.Variant("do-idle", sleepers(Do[int, int]), "n", "workers"),
}

// A Func does one piece of work. Its context ends when nobody needs the
// result any more.
type Func[I, O any] func(ctx context.Context, item I) (O, error)

// A Result is what became of one item.
type Result[O any] struct {
	Index int // of the item, from 0
	Value O
	Err   error
}

// Sequential does one item after the other, up to the first error.
func Sequential[I, O any](ctx context.Context, items []I,
	f Func[I, O]) ([]O, error) {
	values := make([]O, 0, len(items))
	for _, item := range items {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		value, err := f(ctx, item)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// Pool hands items to workers through one channel, and collects results
// from another: whichever is completed first comes first. Each channel
// has room for so many. It cannot be cancelled, and work that panics
// ends the program: see Do.
func Pool[I, O any](items []I, workers, room int,
	f Func[I, O]) []Result[O] {
	ctx := context.Background()
	jobs := make(chan int, room)
	results := make(chan Result[O], room)

	var pool sync.WaitGroup
	for range atLeastOne(workers) {
		pool.Go(func() {
			for i := range jobs {
				value, err := f(ctx, items[i])
				results <- Result[O]{i, value, err}
			}
		})
	}
	// Somebody else sends, so that the results are taken out meanwhile:
	// or else all wait for each other as soon as both channels are full.
	go func() {
		for i := range items {
			jobs <- i
		}
		close(jobs)
		pool.Wait()
		close(results)
	}()

	all := make([]Result[O], 0, len(items))
	for result := range results {
		all = append(all, result)
	}
	return all
}

// Limited starts all at once, and lets so many of them work. Up to the
// first error, like Do.
func Limited[I, O any](ctx context.Context, items []I, workers int,
	f Func[I, O]) ([]O, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	values := make([]O, len(items))
	semaphore := make(chan struct{}, atLeastOne(workers))

	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() {
			semaphore <- struct{}{}
			defer func() { <-semaphore }()
			if ctx.Err() != nil {
				return
			}
			value, err := f(ctx, item)
			if err != nil {
				cancel(err)
				return
			}
			values[i] = value
		})
	}
	all.Wait()

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return values, nil
}
