package registry

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tandem/go/dynpool"
	"tandem/go/events"
	"tandem/go/trial"
)

var dynpoolVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		n, unit := p.Int("n"), p.Duration("unit")
		return watching(unit, func(c *course) error {
			dynpool.Sequential(n, c.task)
			return nil
		})
	},
	"queues": job(func(c *course, n, workers, limit int) error {
		queues := dynpool.NewQueues(workers, limit)
		queues.Do(n, limit, c.task)
		c.sent, c.discarded = limit, queues.Close()
		return nil
	}),
	"pool": job(func(c *course, n, workers, limit int) error {
		pool, err := dynpool.New(workers)
		if err != nil {
			return err
		}
		return pool.Start(context.Background(), n, limit, func(_ context.Context, task int) error {
			c.task(task)
			return nil
		}).Wait()
	}),
	"queues-busy": func(p *trial.Params) trial.Work {
		n, workers, unit := p.Int("n"), p.Int("workers"), p.Duration("unit")
		return watching(unit, func(c *course) error {
			queues := dynpool.NewQueues(workers, workers)
			release := make(chan struct{})
			var ready, busy sync.WaitGroup
			ready.Add(workers - 1)
			busy.Go(func() {
				queues.Do(workers-1, workers-1, func(int) {
					ready.Done()
					<-release
				})
			})
			ready.Wait()
			for number := range n { // each a job of its own
				queues.Do(1, workers, func(int) { c.task(number) })
			}
			close(release)
			busy.Wait()
			c.sent, c.discarded = n*workers, queues.Close()
			return nil
		})
	},
	"queues-beside": beside(func(c *course, n, workers int) error {
		queues := dynpool.NewQueues(workers, 2*workers)
		c.beside(n, workers, queues.Do)
		c.sent, c.discarded = 2*workers-1, queues.Close()
		return nil
	}),
	"pool-beside": beside(func(c *course, n, workers int) error {
		pool, err := dynpool.New(workers)
		if err != nil {
			return err
		}
		c.beside(n, workers, func(n, limit int, f func(task int)) {
			pool.Start(context.Background(), n, limit, func(_ context.Context, task int) error {
				f(task)
				return nil
			}).Wait() // nothing ends it early
		})
		return nil
	}),
}

// beside is a variant that does the job beside another one.
func beside(f func(c *course, n, workers int) error) trial.Func {
	return func(p *trial.Params) trial.Work {
		n, workers, unit := p.Int("n"), p.Int("workers"), p.Duration("unit")
		return watching(unit, func(c *course) error { return f(c, n, workers) })
	}
}

// beside has all workers but one begin another job of many short tasks, which
// lasts at least as long as this one, and does this one, which all may work on.
func (c *course) beside(n, workers int, do func(n, limit int, f func(task int))) {
	others := workers - 1
	var begun, done sync.WaitGroup
	var over atomic.Bool
	begun.Add(others)
	done.Go(func() {
		do(8*n*others, others, func(task int) {
			if task < others {
				begun.Done()
			}
			if !over.Load() {
				time.Sleep(c.unit)
			}
		})
	})
	if n > 0 {
		begun.Wait()
	}
	do(n, workers, c.task)
	over.Store(true)
	done.Wait()
}

// job is a variant with one job on a number of workers.
func job(f func(c *course, n, workers, limit int) error) trial.Func {
	return func(p *trial.Params) trial.Work {
		n, workers, limit, unit := p.Int("n"), p.Int("workers"), p.Int("limit"), p.Duration("unit")
		return watching(unit, func(c *course) error { return f(c, n, workers, limit) })
	}
}

// A course is what came to pass with the tasks of a job.
type course struct {
	unit time.Duration
	note events.Note

	mu              sync.Mutex
	now, most       int
	began, ended    time.Time
	busy            time.Duration // of all tasks
	order           []int
	sent, discarded int
}

// task sleeps for 3, 2 or 1 units in turn, so that those that run together
// change places.
func (c *course) task(number int) {
	c.note(number, "start", "task")
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	start := time.Now()
	if c.began.IsZero() {
		c.began = start
	}
	c.mu.Unlock()
	time.Sleep(time.Duration(3-number%3) * c.unit)
	c.mu.Lock()
	c.now--
	c.ended = time.Now()
	c.busy += c.ended.Sub(start)
	c.order = append(c.order, number)
	c.mu.Unlock()
	c.note(number, "finish", "task")
}

// watching is work whose answer is the sum of the numbers of all tasks.
func watching(unit time.Duration, f func(c *course) error) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		c := &course{unit: unit, note: note}
		err := f(c)
		mixed, sum := 0.0, 0
		for i, number := range c.order {
			sum += number
			if i > 0 && number < slices.Max(c.order[:i]) {
				mixed++
			}
		}
		return trial.Result{Answer: strconv.Itoa(sum), Metrics: map[string]float64{
			"most_at_once": float64(c.most), "mixed": mixed,
			"mean_at_once": float64(c.busy) / float64(max(c.ended.Sub(c.began), 1)),
			"sent":         float64(c.sent), "discarded": float64(c.discarded),
		}}, err
	}
}
