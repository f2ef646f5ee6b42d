package balancer

import (
	"sync"
	"sync/atomic"
)

// A worker takes requests from its queue.
type worker struct {
	number   int
	requests chan Request
	served   int
	pending  atomic.Int64 // passed on to it and not done
	index    int          // in the heap
}

// work serves requests until there will be no more. It says when each is
// done, after the result is delivered.
func (w *worker) work(done func(*worker)) {
	for req := range w.requests {
		req.Reply <- req.Do(w.number)
		w.served++
		done(w)
	}
}

// start starts workers, each with a queue of its own.
func start(count, queue int, done func(*worker)) *crew {
	c := &crew{}
	for number := range count {
		w := &worker{number: number, index: number,
			requests: make(chan Request, queue)}
		c.workers = append(c.workers, w)
		c.busy.Go(func() { w.work(done) })
	}
	return c
}

// A crew is all workers of a balancer.
type crew struct {
	workers []*worker
	busy    sync.WaitGroup
}

// Close is a Balancer's Close where workers have queues of their own.
func (c *crew) Close() []int {
	for _, w := range c.workers {
		close(w.requests)
	}
	return c.wait()
}

func (c *crew) wait() []int {
	c.busy.Wait()
	served := make([]int, len(c.workers))
	for i, w := range c.workers {
		served[i] = w.served
	}
	return served
}
