// Package dynpool is a pool of workers for jobs of many tasks, of which
// no more than a limit may run at once: each job has its own limit.
//
// Its one decision: a job is a descriptor that workers join and leave,
// and not a queue. It costs the same however many tasks it has, its
// limit may change while it runs, and nothing of it is left in the pool
// when it is over. Beside it stands the plainer way, in which a job is
// a channel that is sent to the workers: Queues.
//
// It is read beside python/tandem/dynpool.py: same names, same order.
package dynpool

import (
	"sync"
	"sync/atomic"
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
	trial.Variant("queues", watched(queues)),
	trial.Variant("pool", watched(pool)),
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

// Queues are workers who are sent the queues of jobs through a channel.
//
// It is short, and it has three faults. A worker that comes when all
// tasks have been taken finds a closed queue and discards it: the more
// workers are busy, the more of these pile up. A worker stays with a
// queue until it is closed, so a short job waits for a long one. And a
// limit holds for good.
type Queues struct {
	queues    chan chan task
	workers   sync.WaitGroup
	discarded atomic.Int64
}

type task struct {
	number int
	f      func(task int)
	done   *sync.WaitGroup
}

// NewQueues starts so many workers, with room for so many queues that
// wait. With too little room they wait for each other: a worker for the
// first task of a job whose queue is still being sent to others.
func NewQueues(workers, room int) *Queues {
	q := &Queues{queues: make(chan chan task, room)}
	for range workers {
		q.workers.Go(func() {
			for queue := range q.queues {
				used := false
				for t := range queue {
					used = true
					t.f(t.number)
					t.done.Done()
				}
				if !used {
					q.discarded.Add(1)
				}
			}
		})
	}
	return q
}

// Do has f do the tasks 0 to n-1, at most limit of them at once, and
// waits for them. As many workers as get hold of the queue work on it.
func (q *Queues) Do(n, limit int, f func(task int)) {
	queue := make(chan task)
	for range limit {
		q.queues <- queue
	}
	var done sync.WaitGroup
	for number := range n {
		done.Add(1)
		queue <- task{number, f, &done}
	}
	close(queue)
	done.Wait()
}

// Close waits until the workers have looked at all queues, and says how
// many of them were found empty.
func (q *Queues) Close() (discarded int) {
	close(q.queues)
	q.workers.Wait()
	return int(q.discarded.Load())
}
