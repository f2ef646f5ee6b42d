package urlcheck

import (
	"context"
	"time"

	"tandem/go/events"
)

// A check that is under way, as Select sees it.
type check struct {
	number, lane int
	due          time.Time
	cancel       context.CancelCauseFunc
	over         bool
	result       Result
}

// Select makes the checks in goroutines that one loop looks after. The
// loop alone knows what is under way, so it needs no lock: it waits at
// once for results, for the next deadline and for the caller to give
// up. All checks have the same timeout, so the oldest is due first: a
// queue and one timer do for all deadlines.
func Select(ctx context.Context, urls []string, workers int,
	timeout time.Duration, note events.Note) ([]Result, error) {
	lanes, err := Lanes(urls, workers)
	if err != nil {
		return nil, err
	}
	client := NewClient(lanes)
	defer client.CloseIdleConnections()

	results := make([]Result, len(urls))
	var queue []*check // oldest first; some may be over
	// Nobody waits for the loop to take a result.
	finished := make(chan *check, lanes)
	started, running := 0, 0
	start := func(lane int) {
		url := urls[started]
		ctx, cancel := context.WithCancelCause(ctx)
		c := &check{number: started, lane: lane, cancel: cancel,
			due: time.Now().Add(timeout)}
		queue = append(queue, c)
		started++
		running++
		go func() {
			note(lane, "start", Name(url))
			c.result = fetch(ctx, client, url)
			note(lane, "finish", Name(url))
			finished <- c
		}()
	}

	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	quit := ctx.Done()
	for lane := range min(lanes, len(urls)) {
		start(lane)
	}
	for running > 0 {
		select {
		case c := <-finished:
			c.over = true
			c.cancel(nil)
			running--
			results[c.number] = c.result
			if started < len(urls) && ctx.Err() == nil {
				start(c.lane)
			}
			for len(queue) > 0 && queue[0].over {
				queue = queue[1:]
			}
		case now := <-deadline.C:
			for len(queue) > 0 && !queue[0].due.After(now) {
				queue[0].cancel(context.DeadlineExceeded)
				queue = queue[1:]
			}
			// The timer is not set for each check, but left to ring
			// and set for the check that is the oldest then.
			next := timeout
			if len(queue) > 0 {
				next = time.Until(queue[0].due)
			}
			deadline.Reset(next)
		case <-quit:
			// Every check has this context too, and ends now. Wait
			// for all of them, but not again for this.
			quit = nil
		}
	}

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}
