package dynpool

import (
	"sync"
	"sync/atomic"
)

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
