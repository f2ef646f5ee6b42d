// Package urlcheck asks for each URL of a list and says what came of
// it: work that waits for the network and does little else.
//
// Its one decision: the variants differ only in how checks wait at
// once. One deadline holds for a whole check, from looking up the name
// to the body's last byte, and no check follows a redirect. What one
// check comes to stands in http.go.
//
// It is read beside python/tandem/urlcheck.py: same names, same order.
package urlcheck

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/urlcheck.toml has, with the URLs of the site
// that the runner serves.
type Params struct {
	Targets []string
	Workers int
	Timeout time.Duration
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", func(p Params, note events.Note) (Results, error) {
		return Sequential(context.Background(), p.Targets, p.Timeout, note)
	}, "targets", "timeout"),
	trial.Variant("goroutines", checks(Goroutines)),
	trial.Variant("worker-pool", checks(WorkerPool)),
	trial.Variant("select", checks(Select)),
}

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
