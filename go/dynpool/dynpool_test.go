package dynpool

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/parallel"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A gauge counts how many are at something, and how many were at most.
type gauge struct {
	mu        sync.Mutex
	now, most int
}

func (g *gauge) enter() (now int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now++
	g.most = max(g.most, g.now)
	return g.now
}

func (g *gauge) read() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.now
}

func (g *gauge) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now--
}

func newPool(t *testing.T, workers int) *Pool {
	p, err := New(workers)
	require.NoError(t, err)
	return p
}

// Whatever the schedule: never more of a job at once than its limit, nor in all
// than workers; each task once; and no one idle while a job may have more.
func TestLimits(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		workers, jobs := 1+random.IntN(6), 1+random.IntN(5)
		synctest.Test(t, func(t *testing.T) {
			pool := newPool(t, workers)
			var all gauge
			var checks []func()
			for range jobs {
				n, limit, unit := random.IntN(40), 1+random.IntN(8), time.Duration(1+random.IntN(5))*time.Second
				var mine gauge
				done := make([]atomic.Int64, n)
				began := time.Now()
				job := pool.Start(t.Context(), n, limit, func(_ context.Context, task int) error {
					mine.enter()
					all.enter()
					time.Sleep(unit)
					all.leave()
					mine.leave()
					done[task].Add(1)
					return nil
				})
				checks = append(checks, func() {
					require.NoError(t, job.Wait())
					require.LessOrEqual(t, mine.most, limit)
					for i := range done {
						require.EqualValues(t, 1, done[i].Load())
					}
					at := min(limit, workers)
					if jobs == 1 {
						require.Equal(t, time.Duration((n+at-1)/at)*unit, time.Since(began))
					}
				})
			}
			for _, check := range checks {
				check()
			}
			require.LessOrEqual(t, all.most, workers)
			empty(t, pool)
		})
	}
}

// empty says that a pool with nothing to do keeps nothing.
func empty(t *testing.T, p *Pool) {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	require.Zero(t, p.running)
	require.Empty(t, p.waiting)
}

// The limit is raised and lowered while the job runs.
func TestSetLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(t, 5)
		var g gauge
		job := pool.Start(t.Context(), 1000, 1, func(context.Context, int) error {
			g.enter()
			time.Sleep(time.Second)
			g.leave()
			return nil
		})
		for _, limit := range []int{1, 4, 2, 0, 9, 3, -1, 1} {
			job.SetLimit(limit)
			for range 2 { // those beyond it have ended, and it stays so
				time.Sleep(1500 * time.Millisecond)
				synctest.Wait() // at a full second each task gives way to the next
				require.Equal(t, max(min(limit, 5), 0), g.read(), limit)
			}
		}
		enough := errors.New("enough")
		job.Cancel(enough)
		require.ErrorIs(t, job.Wait(), enough)
		empty(t, pool)
	})
}

// Limits are raised and lowered and jobs cancelled while others run, at random.
// At every moment no task has been started beyond its job's limit, nor one of a
// job that has ended, and no worker is idle that could do something.
func TestWhateverHappens(t *testing.T) {
	type watched struct {
		*Job
		n, limit, now int
		left          int // not begun
		ended         bool
		times         []int
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		workers := 1 + random.IntN(5)
		synctest.Test(t, func(t *testing.T) {
			pool := newPool(t, workers)
			var mu sync.Mutex
			all := 0
			start := func(n, limit int) *watched {
				w := &watched{n: n, left: n, limit: limit, times: make([]int, n)}
				w.Job = pool.Start(t.Context(), n, limit, func(ctx context.Context, task int) error {
					mu.Lock()
					w.now++
					w.left--
					w.times[task]++
					all++
					if w.now > w.limit || all > workers || w.ended {
						t.Errorf("%d of at most %d, %d of %d workers, ended: %t", w.now, w.limit, all, workers, w.ended)
					}
					mu.Unlock()
					select {
					case <-time.After(time.Duration(1+task%7) * time.Second):
					case <-ctx.Done():
					}
					mu.Lock()
					w.now--
					all--
					mu.Unlock()
					return nil
				})
				return w
			}
			var jobs []*watched
			for range 30 {
				// The odd nanosecond keeps this from coming at the very
				// moment at which a task ends.
				time.Sleep(time.Duration(random.IntN(4))*time.Second + time.Nanosecond)
				if len(jobs) == 0 || random.IntN(5) == 0 {
					jobs = append(jobs, start(random.IntN(50), random.IntN(5)))
					synctest.Wait() // who has joined has begun
				}
				w := jobs[random.IntN(len(jobs))]
				if random.IntN(12) == 0 {
					mu.Lock()
					w.ended, w.left = true, 0
					mu.Unlock()
					w.Cancel(io.EOF)
				} else {
					limit := random.IntN(7)
					mu.Lock()
					w.limit = limit
					mu.Unlock()
					w.SetLimit(limit)
				}
				synctest.Wait()
				mu.Lock()
				for _, w := range jobs {
					if all < workers && w.now < w.limit && w.left > 0 {
						t.Errorf("%d of %d workers busy, %d of %d at a job with %d left", all, workers, w.now, w.limit, w.left)
					}
				}
				mu.Unlock()
			}
			for _, w := range jobs {
				mu.Lock()
				w.limit = max(w.limit, 1)
				mu.Unlock()
				w.SetLimit(w.limit)
			}
			for _, w := range jobs {
				err := w.Wait()
				if w.ended && err != nil {
					require.ErrorIs(t, err, io.EOF)
					continue
				}
				require.NoError(t, err)
				for _, times := range w.times {
					require.Equal(t, 1, times)
				}
			}
			empty(t, pool)
		})
	}
}

// All jobs advance alike, and one that may have only one worker waits for it
// for no more than a turn.
func TestAllAdvanceAlike(t *testing.T) {
	const workers, seconds = 4, 60
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(t, workers)
		var done [4]atomic.Int64
		var jobs []*Job
		for i, limit := range []int{9, 9, 9, 1} {
			jobs = append(jobs, pool.Start(t.Context(), 1_000_000, limit, func(context.Context, int) error {
				time.Sleep(time.Second)
				done[i].Add(1)
				return nil
			}))
		}
		time.Sleep(seconds*time.Second + time.Millisecond)
		for i := range done {
			if i < 3 {
				// They join in turn; all at work may be at one job.
				require.InDelta(t, done[0].Load(), done[i].Load(), workers+1, "job %d", i)
			} else {
				require.GreaterOrEqual(t, done[i].Load(), int64(seconds/2-1))
			}
			jobs[i].Cancel(io.EOF)
		}
		for _, job := range jobs {
			require.ErrorIs(t, job.Wait(), io.EOF)
		}
		empty(t, pool)
	})
}

// A job that comes later gets its turn at once, not when the first is done, and
// both advance alike.
func TestFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(t, 2)
		var long, short atomic.Int64
		counting := func(counter *atomic.Int64) func(context.Context, int) error {
			return func(context.Context, int) error {
				time.Sleep(time.Second)
				counter.Add(1)
				return nil
			}
		}
		first := pool.Start(t.Context(), 1000, 2, counting(&long))
		second := pool.Start(t.Context(), 10, 2, counting(&short))
		require.NoError(t, second.Wait())
		require.InDelta(t, 10, long.Load(), 3)
		first.Cancel(io.EOF)
		require.ErrorIs(t, first.Wait(), io.EOF)
		empty(t, pool)
	})
}

// However a job ends early, its tasks are told, the rest are not started, and
// the others are not disturbed.
func TestEnds(t *testing.T) {
	because := errors.New("because")
	for name, test := range map[string]struct {
		fail func(j *Job, cancel context.CancelCauseFunc) error
		want error
	}{
		"error":   {func(*Job, context.CancelCauseFunc) error { return because }, because},
		"panic":   {func(*Job, context.CancelCauseFunc) error { panic(because) }, because},
		"goexit":  {func(*Job, context.CancelCauseFunc) error { runtime.Goexit(); return nil }, parallel.ErrGoexit},
		"cancel":  {func(j *Job, _ context.CancelCauseFunc) error { j.Cancel(because); return nil }, because},
		"context": {func(_ *Job, cancel context.CancelCauseFunc) error { cancel(because); return nil }, because},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pool := newPool(t, 4)
				ctx, cancel := context.WithCancelCause(t.Context())
				var started, other atomic.Int64
				var job *Job
				job = pool.Start(ctx, 100, 0, func(ctx context.Context, task int) error {
					started.Add(1)
					if task == 2 {
						time.Sleep(time.Second)
						return test.fail(job, cancel)
					}
					<-ctx.Done()
					return ctx.Err()
				})
				job.SetLimit(3)
				beside := pool.Start(t.Context(), 50, 1, func(context.Context, int) error {
					time.Sleep(time.Second)
					other.Add(1)
					return nil
				})
				require.ErrorIs(t, job.Wait(), test.want)
				if name == "context" {
					// Who ends it from outside is heard a moment
					// later, by each worker after a task at most.
					require.LessOrEqual(t, started.Load(), int64(6))
				} else {
					require.EqualValues(t, 3, started.Load())
				}
				require.NoError(t, beside.Wait())
				require.EqualValues(t, 50, other.Load())
				job.Cancel(nil) // does no harm
				job.SetLimit(5)
				require.ErrorIs(t, job.Wait(), test.want)
				empty(t, pool)
			})
		})
	}
}

func TestNothing(t *testing.T) {
	pool := newPool(t, 1)
	require.NoError(t, pool.Start(t.Context(), 0, 1, nil).Wait())
	_, err := New(0)
	require.EqualError(t, err, "workers is 0, want at least 1")
	var order []int
	Sequential(3, func(task int) { order = append(order, task) })
	require.Equal(t, []int{0, 1, 2}, order)
}

// With the queue sent k times no more than k are at it, and with k workers free
// no fewer. With one the results come in order, with three they are mixed.
func TestQueuesLimit(t *testing.T) {
	for limit := 1; limit <= 3; limit++ {
		synctest.Test(t, func(t *testing.T) {
			q := NewQueues(5, 5)
			var g gauge
			var mu sync.Mutex
			var order []int
			q.Do(30, limit, func(task int) {
				g.enter()
				time.Sleep(time.Duration(3-task%3) * time.Second)
				mu.Lock()
				order = append(order, task)
				mu.Unlock()
				g.leave()
			})
			q.Close()
			require.Equal(t, limit, g.most)
			require.Len(t, order, 30)
			require.Equal(t, limit == 1, slices.IsSorted(order))
		})
	}
}

// The faults of the queues, and that the pool has none of them. Two of three
// workers are busy while 100 jobs pass: two thirds of what is sent is rubbish.
func TestQueuesDiscard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := NewQueues(3, 3)
		release := make(chan struct{})
		var busy sync.WaitGroup
		busy.Go(func() { q.Do(2, 2, func(int) { <-release }) })
		synctest.Wait()
		for range 100 {
			q.Do(1, 3, func(int) {})
		}
		close(release)
		busy.Wait()
		require.Equal(t, 200, q.Close())
	})
}

// A short job behind a long one: workers stay with a queue until it is closed,
// in the pool they take turns.
func TestShortBehindLong(t *testing.T) {
	waits := func(do func(n, limit int, f func(int))) (short time.Duration) {
		var both sync.WaitGroup
		sleep := func(int) { time.Sleep(time.Second) }
		both.Go(func() { do(100, 2, sleep) })
		synctest.Wait()
		began := time.Now()
		do(2, 2, sleep)
		short = time.Since(began)
		both.Wait()
		return short
	}
	synctest.Test(t, func(t *testing.T) {
		q := NewQueues(2, 2)
		require.GreaterOrEqual(t, waits(q.Do), 50*time.Second)
		q.Close()
	})
	synctest.Test(t, func(t *testing.T) {
		pool := newPool(t, 2)
		require.LessOrEqual(t, waits(func(n, limit int, f func(int)) {
			require.NoError(t, pool.Start(t.Context(), n, limit, func(_ context.Context, task int) error {
				f(task)
				return nil
			}).Wait())
		}), 4*time.Second)
	})
}

// Without room for the queues a worker waits for the first task, and who has it
// to give waits for somebody to take the second queue. With room for it nobody
// does.
func TestQueuesWithoutRoomDeadlock(t *testing.T) {
	for room, stuck := range map[int]bool{0: true, 1: false} {
		synctest.Test(t, func(t *testing.T) {
			q := NewQueues(1, room)
			var done atomic.Bool
			go func() {
				q.Do(1, 2, func(int) {})
				done.Store(true)
			}()
			synctest.Wait()
			require.Equal(t, stuck, !done.Load())
			if stuck {
				<-q.queues // as a second worker would
				synctest.Wait()
				require.True(t, done.Load())
			}
			q.Close()
		})
	}
}

// What a task without work costs of a job that may have 4 of 8 workers.
func BenchmarkPool(b *testing.B) {
	pool, err := New(8)
	require.NoError(b, err)
	b.ReportAllocs()
	b.ResetTimer()
	err = pool.Start(b.Context(), b.N, 4, func(context.Context, int) error { return nil }).Wait()
	require.NoError(b, err)
}

// A job of one task: what a job costs beside its tasks.
func BenchmarkPoolSmall(b *testing.B) {
	pool, err := New(runtime.GOMAXPROCS(0))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		job := pool.Start(b.Context(), 1, 1, func(context.Context, int) error { return nil })
		if job.Wait() != nil {
			b.Fail()
		}
	}
}

func BenchmarkQueuesSmall(b *testing.B) {
	q := NewQueues(runtime.GOMAXPROCS(0), runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	for b.Loop() {
		q.Do(1, 1, func(int) {})
	}
	q.Close()
}

func BenchmarkQueues(b *testing.B) {
	q := NewQueues(8, 4)
	b.ReportAllocs()
	b.ResetTimer()
	q.Do(b.N, 4, func(int) {})
	q.Close()
}
