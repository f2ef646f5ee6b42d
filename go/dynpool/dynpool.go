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
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"tandem/go/parallel"
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

// beside has all workers but one begin another job of many short tasks,
// which lasts at least as long as this one, and does this one, which
// all may work on.
func (c *course) beside(do func(n, limit int, f func(task int))) {
	others := c.Workers - 1
	var begun, done sync.WaitGroup
	var over atomic.Bool
	begun.Add(others)
	done.Go(func() {
		do(8*c.N*others, others, func(task int) {
			if task < others {
				begun.Done()
			}
			if !over.Load() {
				time.Sleep(c.Unit)
			}
		})
	})
	if c.N > 0 {
		begun.Wait()
	}
	do(c.N, c.Workers, c.task)
	over.Store(true)
	done.Wait()
}

// A Pool does the tasks of jobs, so many at once. It has no goroutines
// while it has nothing to do, so there is nothing to close.
//
// Jobs take turns: a worker that has done a task goes to the job that
// has waited longest, if another one waits. While there is none it
// stays, and takes the next task by counting up: no lock, no channel.
type Pool struct {
	workers int

	mu      sync.Mutex
	running int          // workers
	waiting []*Job       // jobs that could have one more worker, in turn
	others  atomic.Int64 // len(waiting), to be read without the lock
}

// A Job is a number of tasks.
type Job struct {
	pool   *Pool
	ctx    context.Context
	cancel context.CancelCauseFunc
	f      func(ctx context.Context, task int) error
	n      int64
	next   atomic.Int64 // task, or more than n
	leave  atomic.Bool  // there are more workers than the limit
	inLine atomic.Bool  // it is one of those that wait
	done   chan struct{}
	unhook func() bool

	// Under the lock of the pool:
	limit   int
	running int // workers that have joined
	over    bool
}

// New returns a pool of so many workers, at least 1.
func New(workers int) (*Pool, error) {
	if workers < 1 {
		return nil, fmt.Errorf("workers is %d, want at least 1", workers)
	}
	return &Pool{workers: workers}, nil
}

// Start starts a job: f does the tasks 0 to n-1, at most limit of them
// at once. With a limit of 0 it waits until SetLimit gives it more. The
// first error ends the job, and so does a panic, which becomes a
// *parallel.Panic, and the end of ctx.
func (p *Pool) Start(ctx context.Context, n, limit int,
	f func(ctx context.Context, task int) error) *Job {
	ctx, cancel := context.WithCancelCause(ctx)
	j := &Job{
		pool: p, ctx: ctx, cancel: cancel, f: f, n: int64(n),
		limit: max(limit, 0), done: make(chan struct{}),
	}
	j.unhook = context.AfterFunc(ctx, j.stop)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settle(j)
	p.fill()
	return j
}

// Wait waits until no task of the job runs and none will, and returns
// what ended it early, or nil.
func (j *Job) Wait() error {
	<-j.done
	if err := context.Cause(j.ctx); err != errDone {
		return err
	}
	return nil
}

// Cancel ends the job: no task is started any more, and the context of
// those that run ends with this cause.
func (j *Job) Cancel(cause error) {
	p := j.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	j.next.Store(j.n) // before a task is told, whose worker would go on
	j.cancel(cause)
	p.settle(j)
}

// SetLimit changes how many tasks may run at once. Where more run
// already, none is started until there are fewer.
func (j *Job) SetLimit(limit int) {
	p := j.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	j.limit = max(limit, 0)
	p.settle(j)
	p.fill()
}

// stop has all tasks be taken that are left.
func (j *Job) stop() {
	j.next.Store(j.n)
	j.pool.mu.Lock()
	defer j.pool.mu.Unlock()
	j.pool.settle(j)
}

// fill starts workers while there may be more and jobs wait for them.
func (p *Pool) fill() {
	for p.running < p.workers {
		j := p.join()
		if j == nil {
			return
		}
		p.running++
		go p.work(j)
	}
}

// work does tasks, of this job first, until none waits.
func (p *Pool) work(j *Job) {
	returned := true
	defer func() {
		if returned {
			return
		}
		// A panic or runtime.Goexit ends this goroutine; another goes on.
		j.Cancel(parallel.Ended(recover()))
		if j = p.change(j); j != nil {
			go p.work(j)
		}
	}()
	for j != nil {
		for !j.leave.Load() {
			task := j.next.Add(1) - 1
			if task >= j.n {
				break
			}
			returned = false
			err := j.f(j.ctx, int(task))
			returned = true
			if err != nil {
				j.Cancel(err)
			}
			others := p.others.Load()
			if others > 1 || others == 1 && !j.inLine.Load() {
				break // it is somebody else's turn
			}
		}
		j = p.change(j)
	}
}

// change has a worker leave one job and join the next one, if any
// waits.
func (p *Pool) change(from *Job) *Job {
	p.mu.Lock()
	defer p.mu.Unlock()
	from.running--
	p.settle(from)
	to := p.join()
	if to == nil {
		p.running--
	}
	return to
}

// join takes the job whose turn it is, and puts it back in line if it
// could have one more.
func (p *Pool) join() *Job {
	if len(p.waiting) == 0 {
		return nil
	}
	j := p.waiting[0]
	p.waiting[0] = nil // or the array keeps it
	p.waiting = p.waiting[1:]
	j.inLine.Store(false)
	j.running++
	p.settle(j)
	p.others.Store(int64(len(p.waiting)))
	return j
}

// settle says of a job that has changed whether it is over, or waits in
// line.
func (p *Pool) settle(j *Job) {
	left := j.next.Load() < j.n
	j.leave.Store(j.running > j.limit)
	switch open := left && j.running < j.limit; {
	case open && !j.inLine.Load():
		p.waiting = append(p.waiting, j)
		j.inLine.Store(true)
	case !open && j.inLine.Load():
		p.drop(j)
	}
	p.others.Store(int64(len(p.waiting)))
	if !left && j.running == 0 && !j.over {
		j.over = true
		j.unhook()
		j.cancel(errDone) // does nothing where there is a cause already
		close(j.done)
	}
}

// drop takes a job out of the line.
func (p *Pool) drop(j *Job) {
	for i, other := range p.waiting {
		if other == j {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			break
		}
	}
	j.inLine.Store(false)
}

// errDone is the cause with which the context of a job ends that
// nothing ended early.
var errDone = fmt.Errorf("the job is done: %w", context.Canceled)
