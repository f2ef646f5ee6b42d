// Package urlcheck asks for each URL of a list and says what came of
// it: work that waits for the network and does little else.
//
// Its one decision: the variants differ only in how checks wait at
// once. One deadline holds for a whole check, from looking up the name
// to the body's last byte, and no check follows a redirect. What one
// check comes to stands in classify.go.
//
// It is read beside python/tandem/urlcheck.py: same names, same order.
package urlcheck

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tandem/go/events"
)

// Lanes is how many of the workers have something to do.
func Lanes(urls []string, workers int) (int, error) {
	if workers < 1 {
		return 0, fmt.Errorf("workers is %d, want at least 1", workers)
	}
	return min(workers, max(len(urls), 1)), nil
}

// Sequential makes one check after the other.
func Sequential(ctx context.Context, urls []string,
	timeout time.Duration, note events.Note) ([]Result, error) {
	client := NewClient(1)
	defer client.CloseIdleConnections()

	results := make([]Result, len(urls))
	for i, url := range urls {
		note(0, "start", Name(url))
		results[i] = Check(ctx, client, url, timeout)
		note(0, "finish", Name(url))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	return results, nil
}

// Goroutines makes each check in a goroutine of its own. A channel that
// holds a number for each worker is the semaphore: who has a number may
// check, and gives it back.
func Goroutines(ctx context.Context, urls []string, workers int,
	timeout time.Duration, note events.Note) ([]Result, error) {
	lanes, err := Lanes(urls, workers)
	if err != nil {
		return nil, err
	}
	client := NewClient(lanes)
	defer client.CloseIdleConnections()

	free := make(chan int, lanes)
	for lane := range lanes {
		free <- lane
	}
	results := make([]Result, len(urls))
	var all sync.WaitGroup
	for i, url := range urls {
		lane := <-free
		if ctx.Err() != nil {
			break
		}
		all.Go(func() {
			note(lane, "start", Name(url))
			results[i] = Check(ctx, client, url, timeout)
			note(lane, "finish", Name(url))
			free <- lane
		})
	}
	all.Wait()

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}

// WorkerPool makes the checks in a fixed number of goroutines, which
// take them from a channel. Who sends the jobs closes their channel.
func WorkerPool(ctx context.Context, urls []string, workers int,
	timeout time.Duration, note events.Note) ([]Result, error) {
	lanes, err := Lanes(urls, workers)
	if err != nil {
		return nil, err
	}
	client := NewClient(lanes)
	defer client.CloseIdleConnections()

	// Each result has a place of its own, so nobody waits to store one.
	results := make([]Result, len(urls))
	jobs := make(chan int)
	var pool sync.WaitGroup
	for lane := range lanes {
		pool.Go(func() {
			for i := range jobs {
				note(lane, "start", Name(urls[i]))
				results[i] = Check(ctx, client, urls[i], timeout)
				note(lane, "finish", Name(urls[i]))
			}
		})
	}
	for i := range urls {
		if ctx.Err() != nil {
			break
		}
		jobs <- i
	}
	close(jobs)
	pool.Wait()

	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}

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
