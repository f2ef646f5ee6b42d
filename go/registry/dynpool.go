package registry

import (
	"context"
	"slices"
	"strconv"
	"sync"
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
	c.mu.Unlock()
	time.Sleep(time.Duration(3-number%3) * c.unit)
	c.mu.Lock()
	c.now--
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
			"sent": float64(c.sent), "discarded": float64(c.discarded),
		}}, err
	}
}
