package parallel

import (
	"context"
	"runtime"
)

// Do returns what f makes of each item, in the order of the items. The
// first error ends the context of the work that still runs, keeps the
// rest from being started, and is what Do returns. It is also over when
// ctx is: then the error is the cause.
func Do[I, O any](ctx context.Context, items []I, workers int,
	f Func[I, O]) ([]O, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	values := make([]O, len(items))
	failed := func(_ int, err error) (goOn bool) {
		cancel(err)
		return false
	}
	spread(ctx, len(items), workers, func(mine *share) (goOn bool) {
		for i, ok := mine.take(); ok; i, ok = mine.take() {
			value, err := f(ctx, items[i])
			if err != nil {
				return failed(i, err)
			}
			values[i] = value // its place is known: order is free
		}
		return true
	}, failed)

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return values, nil
}

// Each is Do that goes on after errors: it returns a result for each
// item, in the order of the items. Those that were not started when ctx
// ended have its cause as their error.
func Each[I, O any](ctx context.Context, items []I, workers int,
	f Func[I, O]) []Result[O] {
	results := make([]Result[O], len(items))
	for i := range results {
		results[i] = Result[O]{Index: i, Err: errNotStarted}
	}
	spread(ctx, len(items), workers, func(mine *share) (goOn bool) {
		for i, ok := mine.take(); ok; i, ok = mine.take() {
			value, err := f(ctx, items[i])
			results[i].Value, results[i].Err = value, err
		}
		return true
	}, func(i int, panicked error) (goOn bool) {
		results[i].Err = panicked
		return true
	})

	for i := range results {
		if results[i].Err == errNotStarted {
			results[i].Err = context.Cause(ctx)
		}
	}
	return results
}

func atLeastOne(workers int) int {
	if workers < 1 {
		return runtime.GOMAXPROCS(0)
	}
	return workers
}
