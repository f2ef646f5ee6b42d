package replicas

import (
	"context"
	"errors"
	"sync"
	"time"

	"tandem/go/events"
)

// Hedged asks one replica, and another one only if there is no answer
// after the delay, or at once if one fails; and so on. So it asks for
// little more than one, and still does not wait for a slow one. Errors
// and late ones are as with First.
func Hedged[T any](ctx context.Context, asks []Ask[T],
	delay time.Duration) (T, error) {
	var none T
	if len(asks) == 0 {
		return none, ErrNone
	}
	ctx, cancel := context.WithCancel(ctx)
	replies := make(chan reply[T], len(asks))
	var asked sync.WaitGroup
	defer asked.Wait()
	defer cancel()

	late := time.NewTimer(delay)
	defer late.Stop()
	waiting := 0
	var errs []error
	for {
		if len(asks) > 0 {
			ask := asks[0]
			asks = asks[1:]
			asked.Go(func() { replies <- replied(ask(ctx)) })
			waiting++
			late.Reset(delay)
		}
		select {
		case <-late.C:
		case reply := <-replies:
			if reply.err == nil {
				return reply.value, nil
			}
			errs = append(errs, reply.err)
			waiting--
		}
		if ctx.Err() != nil {
			return none, errors.Join(append(errs, ctx.Err())...)
		}
		if waiting == 0 && len(asks) == 0 {
			return none, errors.Join(errs...)
		}
	}
}

// withHedged puts many queries by Hedged.
func withHedged(p Params, note events.Note) (Outcome, error) {
	return loaded(func(ctx context.Context, asks []Ask[int]) (int, error) {
		return Hedged(ctx, asks, p.Delay)
	})(p, note)
}
