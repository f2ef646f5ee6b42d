package dynpool

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

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

// errDone is the cause with which the context of a job ends that
// nothing ended early.
var errDone = fmt.Errorf("the job is done: %w", context.Canceled)
