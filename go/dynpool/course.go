package dynpool

import (
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// A course is what came to pass with the tasks of a job.
type course struct {
	Params
	note events.Note

	mu              sync.Mutex
	now, most       int
	began, ended    time.Time
	busy            time.Duration // of all tasks
	order           []int
	sent, discarded int
}

// watched runs f and says what came to pass. The answer is the sum of the
// numbers of all tasks.
func watched(f func(c *course) error) func(Params, events.Note) (trial.Result, error) {
	return func(p Params, note events.Note) (trial.Result, error) {
		c := &course{Params: p, note: note}
		err := f(c)
		mixed, sum := 0.0, 0
		for i, number := range c.order {
			sum += number
			if i > 0 && number < slices.Max(c.order[:i]) {
				mixed++
			}
		}
		return trial.Result{Answer: strconv.Itoa(sum), Metrics: trial.Metrics{
			"most_at_once": float64(c.most), "mixed": mixed,
			"mean_at_once": float64(c.busy) / float64(max(c.ended.Sub(c.began), 1)),
			"sent":         float64(c.sent), "discarded": float64(c.discarded),
		}}, err
	}
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
	time.Sleep(time.Duration(3-number%3) * c.Unit)
	c.mu.Lock()
	c.now--
	c.ended = time.Now()
	c.busy += c.ended.Sub(start)
	c.order = append(c.order, number)
	c.mu.Unlock()
	c.note(number, "finish", "task")
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
