// Package dynpoolsites checks URLs of several endpoints, some of which
// must be asked more gently than others: each has a limit of its own.
//
// Its one decision: the ways differ only in who waits while a limit is
// reached. It may be a worker, or only the URL.
//
// It is read beside python/tandem/dynpool_sites.py: same names, same
// order.
package dynpoolsites

import (
	"context"
	"sync"
	"time"

	"tandem/go/dynpool"
	"tandem/go/trial"
)

// Params are what runner/catalog/dynpool-sites.toml has, with the URLs
// of the site that the runner serves.
type Params struct {
	Targets []string
	Workers int
	Limits  string
	Timeout time.Duration
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("semaphores", surveyed(Semaphores)),
	trial.Variant("split", surveyed(Split)),
	trial.Variant("queues", surveyed(Queues)),
	trial.Variant("pool", surveyed(Pool)),
}

// Semaphores has all workers take URLs from one queue, an endpoint's
// after the other's. A worker waits with its URL in its hand until the
// endpoint may be asked, and cannot do anything else meanwhile.
func Semaphores(endpoints []Endpoint, workers int,
	check func(url int)) error {
	type job struct {
		url  int
		asks chan struct{} // has room for as many as may ask
	}
	jobs := make(chan job)
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for j := range jobs {
				j.asks <- struct{}{}
				check(j.url)
				<-j.asks
			}
		})
	}
	for _, e := range endpoints {
		asks := make(chan struct{}, e.Limit)
		for _, url := range e.URLs {
			jobs <- job{url, asks}
		}
	}
	close(jobs)
	pool.Wait()
	return nil
}

// Split deals the workers out to the endpoints, or the endpoints to the
// workers where those are fewer, once and for all. Nobody waits for
// anybody, but who has done its share cannot help the others.
func Split(endpoints []Endpoint, workers int,
	check func(url int)) error {
	urls := make([]chan int, len(endpoints))
	for i, e := range endpoints {
		urls[i] = make(chan int, len(e.URLs))
		for _, url := range e.URLs {
			urls[i] <- url
		}
		close(urls[i])
	}
	var pool sync.WaitGroup
	for worker := range workers {
		pool.Go(func() {
			for _, at := range share(endpoints, workers, worker) {
				for url := range urls[at] {
					check(url)
				}
			}
		})
	}
	pool.Wait()
	return nil
}

// share is which endpoints a worker has where the workers are split
// between them: as many as each other, but no more than may ask.
func share(endpoints []Endpoint, workers, worker int) []int {
	var mine []int
	count := len(endpoints)
	for seat := worker; seat < max(workers, count); seat += workers {
		if count > 0 && seat/count < endpoints[seat%count].Limit {
			mine = append(mine, seat%count)
		}
	}
	return mine
}

// Queues has workers who are sent the endpoints' queues, each as often
// as its limit says. A worker stays with an endpoint until it is done.
func Queues(endpoints []Endpoint, workers int,
	check func(url int)) error {
	room := 0
	for _, e := range endpoints {
		room += e.Limit
	}
	queues := dynpool.NewQueues(workers, room)
	var all sync.WaitGroup
	for _, e := range endpoints {
		all.Go(func() {
			queues.Do(len(e.URLs), e.Limit, func(task int) {
				check(e.URLs[task])
			})
		})
	}
	all.Wait()
	queues.Close()
	return nil
}

// Pool makes each endpoint a job of one pool. A worker never waits for
// an endpoint: it goes where it may ask.
func Pool(endpoints []Endpoint, workers int,
	check func(url int)) error {
	pool, err := dynpool.New(workers)
	if err != nil {
		return err
	}
	var jobs []*dynpool.Job
	for _, e := range endpoints {
		f := func(_ context.Context, task int) error {
			check(e.URLs[task])
			return nil
		}
		jobs = append(jobs, pool.Start(context.Background(),
			len(e.URLs), e.Limit, f))
	}
	for _, job := range jobs {
		if err := job.Wait(); err != nil {
			return err
		}
	}
	return nil
}
