package parallel

import (
	"context"
	"iter"
	"sync"
)

// InOrder yields what f makes of each item, in the order of the items. No
// more than twice as many items as workers are held at a time, however many
// there are to come.
//
// An error is that of one item, and the loop decides: break at the first one,
// or go on. When ctx ends, its cause is the last error. Leaving the loop ends
// the context of the work that still runs and waits for it. Items must not
// block for ever.
func InOrder[I, O any](ctx context.Context, items iter.Seq[I], workers int, f Func[I, O]) iter.Seq2[O, error] {
	return func(yield func(O, error) bool) {
		inner, leave := join(ctx)
		defer leave()

		// The consumer reads the slots in the order in which they were
		// made, whoever fills them first.
		slots := make(chan chan Result[O], atLeastOne(workers))
		jobs := hire(inner, workers, f)
		inner.feeder.Go(func() {
			defer close(jobs)
			defer close(slots)
			give := func(j job[I, O]) bool { return send(inner, slots, j.result) && send(inner, jobs, j) }
			items := guarded(items, func(err error) {
				slot := make(chan Result[O], 1)
				slot <- Result[O]{Err: err}
				send(inner, slots, slot)
			})
			for item := range items {
				if !give(job[I, O]{item, make(chan Result[O], 1)}) {
					return
				}
			}
		})
		for slot := range slots {
			result, ok := receive(inner, slot)
			if !ok {
				break
			}
			if !yield(result.Value, result.Err) {
				return
			}
		}
		last(ctx, yield)
	}
}

// AsCompleted is InOrder that yields whatever is completed first. No more than
// one item for each worker, and one more, are held at a time.
func AsCompleted[I, O any](ctx context.Context, items iter.Seq[I], workers int, f Func[I, O]) iter.Seq2[O, error] {
	return func(yield func(O, error) bool) {
		inner, leave := join(ctx)
		defer leave()

		results := make(chan Result[O])
		jobs := hire(inner, workers, f)
		inner.feeder.Go(func() {
			defer close(results)
			defer inner.workers.Wait()
			defer close(jobs)
			items := guarded(items, func(err error) { send(inner, results, Result[O]{Err: err}) })
			for item := range items {
				if !send(inner, jobs, job[I, O]{item, results}) {
					return
				}
			}
		})
		for result := range results {
			if ctx.Err() != nil {
				break
			}
			if !yield(result.Value, result.Err) {
				return
			}
		}
		last(ctx, yield)
	}
}

// A group is the context and the goroutines of one loop.
type group struct {
	context.Context
	feeder, workers sync.WaitGroup
}

// join returns a group, and what ends it and waits for it.
func join(ctx context.Context) (g *group, leave func()) {
	ctx, cancel := context.WithCancel(ctx)
	g = &group{Context: ctx}
	return g, func() {
		cancel()
		g.feeder.Wait()
		g.workers.Wait()
	}
}

// A job is an item, and where its result is sent.
type job[I, O any] struct {
	item   I
	result chan Result[O]
}

// hire starts workers, which end when the channel it returns is closed.
func hire[I, O any](g *group, workers int, f Func[I, O]) chan job[I, O] {
	jobs := make(chan job[I, O])
	for range atLeastOne(workers) {
		g.workers.Go(func() { serve(g, jobs, f) })
	}
	return jobs
}

// serve does jobs. If one of them ends this goroutine, another one says so and
// goes on in its place.
func serve[I, O any](g *group, jobs <-chan job[I, O], f Func[I, O]) {
	var at job[I, O]
	busy := false
	defer func() {
		if !busy {
			return
		}
		err := Ended(recover())
		g.workers.Go(func() {
			if send(g, at.result, Result[O]{Err: err}) {
				serve(g, jobs, f)
			}
		})
	}()
	for at = range jobs {
		busy = true
		value, err := f(g, at.item)
		busy = false
		if !send(g, at.result, Result[O]{Value: value, Err: err}) {
			return
		}
	}
}

// guarded is the items up to where getting the next one panics, which is told.
func guarded[I any](items iter.Seq[I], tell func(error)) iter.Seq[I] {
	return func(yield func(I) bool) {
		finished := false
		defer func() {
			if !finished {
				tell(Ended(recover()))
			}
		}()
		items(yield)
		finished = true
	}
}

func send[T any](ctx context.Context, to chan<- T, what T) bool {
	select {
	case to <- what:
		return true
	case <-ctx.Done():
		return false
	}
}

func receive[T any](ctx context.Context, from <-chan T) (what T, ok bool) {
	select {
	case what = <-from:
		return what, true
	case <-ctx.Done():
		return what, false
	}
}

// last yields why a stream ended early, if it did.
func last[O any](ctx context.Context, yield func(O, error) bool) {
	if ctx.Err() != nil {
		var none O
		yield(none, context.Cause(ctx))
	}
}
