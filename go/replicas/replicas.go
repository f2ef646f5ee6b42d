// Package replicas asks several replicas the same and takes the answer
// that comes first.
//
// Its one decision: whoever asks also cleans up. First and Hedged tell
// the late ones to stop and return when they have, so nothing is left
// behind. The ways before them are what one would write first, and what
// becomes of the late ones there.
//
// It is read beside python/tandem/replicas.py: same names, same order.
package replicas

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"tandem/go/trial"
)

// Params are what runner/catalog/replicas.toml has.
type Params struct {
	Queries, Replicas int
	Unit, Delay       time.Duration
}

// Topic has the variants, each under many queries.
var Topic = trial.Topic{
	trial.Variant("single", loaded(Single[int]), "queries", "unit"),
	trial.Variant("leaky", loaded(Leaky[int]), without...),
	trial.Variant("buffered", loaded(Buffered[int]), without...),
	trial.Variant("first", loaded(First[int]), without...),
	trial.Variant("hedged", withHedged),
}

// without is all parameters but the delay.
var without = []string{"queries", "replicas", "unit"}

// An Ask puts the question to one replica. It should return soon after
// its context is done: who waits for it cannot end it otherwise.
type Ask[T any] func(ctx context.Context) (T, error)

// ErrNone is returned where there is no replica to ask.
var ErrNone = errors.New("there is no replica to ask")

// Single asks the first replica and leaves the others alone.
func Single[T any](ctx context.Context, asks []Ask[T]) (T, error) {
	if len(asks) == 0 {
		var none T
		return none, ErrNone
	}
	return asks[0](ctx)
}

// Leaky asks all and takes the first reply. It is wrong: nobody receives
// from the others, so each of them waits for ever, and its memory is
// never freed.
func Leaky[T any](ctx context.Context, asks []Ask[T]) (T, error) {
	if len(asks) == 0 {
		var none T
		return none, ErrNone
	}
	replies := make(chan reply[T])
	for _, ask := range asks {
		go func() { replies <- replied(ask(ctx)) }()
	}
	first := <-replies
	return first.value, first.err
}

// Buffered is the same with a place for each reply: the late ones put
// theirs down and go. Until then they keep working for nobody, and a
// replica that fails fast wins.
func Buffered[T any](ctx context.Context, asks []Ask[T]) (T, error) {
	if len(asks) == 0 {
		var none T
		return none, ErrNone
	}
	replies := make(chan reply[T], len(asks))
	for _, ask := range asks {
		go func() { replies <- replied(ask(ctx)) }()
	}
	first := <-replies
	return first.value, first.err
}

// First asks all, takes the first answer, cancels the others and waits
// for them to go. A replica that fails does not win; if all fail, the
// error joins theirs in the order of asks. The wait is as long as the
// slowest replica takes to notice that its context is done.
func First[T any](ctx context.Context, asks []Ask[T]) (T, error) {
	var answer T
	if len(asks) == 0 {
		return answer, ErrNone
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var won atomic.Bool
	errs := make([]error, len(asks))
	try := func(i int) {
		value, err := asks[i](ctx)
		if errs[i] = err; err == nil && won.CompareAndSwap(false, true) {
			answer = value
			cancel()
		}
	}
	var others sync.WaitGroup
	for i := range len(asks) - 1 {
		others.Go(func() { try(i) })
	}
	try(len(asks) - 1) // the caller has nothing else to do
	others.Wait()
	if won.Load() {
		return answer, nil
	}
	return answer, errors.Join(errs...)
}

// A reply is what a replica returned.
type reply[T any] struct {
	value T
	err   error
}

func replied[T any](value T, err error) reply[T] {
	return reply[T]{value, err}
}
