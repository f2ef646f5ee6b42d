// Package dynpool is a pool of workers for jobs of many tasks, of which
// no more than a limit may run at once: each job has its own limit.
//
// Its one decision: a job is a descriptor that workers join and leave,
// and not a queue. It costs the same however many tasks it has, its
// limit may change while it runs, and nothing of it is left in the pool
// when it is over: Pool. Beside it stands the plainer way, in which a
// job is a channel that is sent to the workers: Queues.
//
// It is read beside python/tandem/dynpool.py: same names, same order.
package dynpool

import (
	"context"
	"sync"
	"time"

	"tandem/go/trial"
)

// Params are what runner/catalog/dynpool.toml has.
type Params struct {
	N, Workers, Limit int
	Unit              time.Duration
}

// Topic has the variants: a job alone, many small ones beside one that
// keeps all other workers, and one beside another that may have all.
var Topic = trial.Topic{
	trial.Variant("sequential", watched(alone), "n", "unit"),
	trial.Variant("queues", watched(byQueues)),
	trial.Variant("pool", watched(byPool)),
	trial.Variant("queues-busy", watched(queuesBusy),
		"n", "workers", "unit"),
	trial.Variant("queues-beside", watched(queuesBeside),
		"n", "workers", "unit"),
	trial.Variant("pool-beside", watched(poolBeside),
		"n", "workers", "unit"),
}

// Sequential does the tasks 0 to n-1, one after the other.
func Sequential(n int, f func(task int)) {
	for task := range n {
		f(task)
	}
}

func alone(c *course) error {
	Sequential(c.N, c.task)
	return nil
}

func byQueues(c *course) error {
	queues := NewQueues(c.Workers, c.Limit)
	queues.Do(c.N, c.Limit, c.task)
	c.sent, c.discarded = c.Limit, queues.Close()
	return nil
}

func byPool(c *course) error {
	pool, err := New(c.Workers)
	if err != nil {
		return err
	}
	return start(pool, c.N, c.Limit, c.task).Wait()
}

// start starts a job whose tasks do not fail.
func start(pool *Pool, n, limit int, f func(task int)) *Job {
	ctx := context.Background()
	return pool.Start(ctx, n, limit,
		func(_ context.Context, task int) error {
			f(task)
			return nil
		})
}

// queuesBusy has each task be a job of its own, while a long one has
// all other workers.
func queuesBusy(c *course) error {
	queues := NewQueues(c.Workers, c.Workers)
	others := c.Workers - 1
	release := make(chan struct{})
	var ready, busy sync.WaitGroup
	ready.Add(others)
	busy.Go(func() {
		queues.Do(others, others, func(int) {
			ready.Done()
			<-release
		})
	})
	ready.Wait()
	for number := range c.N {
		queues.Do(1, c.Workers, func(int) { c.task(number) })
	}
	close(release)
	busy.Wait()
	c.sent, c.discarded = c.N*c.Workers, queues.Close()
	return nil
}

func queuesBeside(c *course) error {
	queues := NewQueues(c.Workers, 2*c.Workers)
	c.beside(queues.Do)
	c.sent, c.discarded = 2*c.Workers-1, queues.Close()
	return nil
}

func poolBeside(c *course) error {
	pool, err := New(c.Workers)
	if err != nil {
		return err
	}
	c.beside(func(n, limit int, f func(task int)) {
		start(pool, n, limit, f).Wait() // nothing ends it early
	})
	return nil
}
