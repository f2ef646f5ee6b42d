// Package collecting shows when each result reaches the one who asked
// for it: all in the end, in the order asked for, or as completed.
//
// Its one decision: the tasks sleep for a known number of units, so the
// only thing that can differ is how their results are collected.
//
// It is read beside python/tandem/collecting.py: same names, same
// order.
package collecting

import (
	"sync"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/collecting.toml has.
type Params struct {
	Tasks   string
	Workers int
	Unit    time.Duration
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "tasks", "unit"),
	trial.Variant("all-at-once", AllAtOnce),
	trial.Variant("in-order", InOrder),
	trial.Variant("as-completed", AsCompleted),
}

// When the caller is free to do something else after it has handed out
// the work, it leaves a mark.

// Sequential does one task after the other.
func Sequential(p Params, note events.Note) (Reached, error) {
	jobs, err := Jobs(p.Tasks)
	if err != nil {
		return nil, err
	}
	var reached Reached
	for _, job := range jobs {
		done := Work(job, p.Unit, note)
		reached = append(reached, Reach(done, note))
	}
	note(0, "mark", "caller-free")
	return reached, nil
}

// AllAtOnce collects in a slice where each result has its place. A
// WaitGroup counts the workers that have not left yet; only when there
// are none may the caller look.
func AllAtOnce(p Params, note events.Note) (Reached, error) {
	jobs, err := queue(p.Tasks)
	if err != nil {
		return nil, err
	}
	results := make([]Job, cap(jobs))

	var pool sync.WaitGroup
	for range p.Workers {
		// The same as pool.Go(...), which the other variants use:
		// Add before the goroutine starts, Done when it returns.
		pool.Add(1)
		go func() {
			defer pool.Done()
			for job := range jobs {
				results[job.Number] = Work(job, p.Unit, note)
			}
		}()
	}
	pool.Wait()

	note(0, "mark", "caller-free")
	var reached Reached
	for _, done := range results {
		reached = append(reached, Reach(done, note))
	}
	return reached, nil
}

// InOrder collects from a channel for each job. Reading them in order
// waits for the first result first, however many others are there. A
// channel has room for its one result, so no worker waits for the
// caller.
func InOrder(p Params, note events.Note) (Reached, error) {
	jobs, err := queue(p.Tasks)
	if err != nil {
		return nil, err
	}
	results := make([]chan Job, cap(jobs))
	for i := range results {
		results[i] = make(chan Job, 1)
	}

	var pool sync.WaitGroup
	for range p.Workers {
		pool.Go(func() {
			for job := range jobs {
				results[job.Number] <- Work(job, p.Unit, note)
			}
		})
	}

	note(0, "mark", "caller-free")
	var reached Reached
	for _, result := range results {
		reached = append(reached, Reach(<-result, note))
	}
	pool.Wait()
	return reached, nil
}

// AsCompleted collects from one channel that all workers send to. The
// last worker to leave has it closed, which ends the caller's loop.
func AsCompleted(p Params, note events.Note) (Reached, error) {
	jobs, err := queue(p.Tasks)
	if err != nil {
		return nil, err
	}
	results := make(chan Job)

	var pool sync.WaitGroup
	for range p.Workers {
		pool.Go(func() {
			for job := range jobs {
				results <- Work(job, p.Unit, note)
			}
		})
	}
	go func() {
		pool.Wait()
		close(results)
	}()

	note(0, "mark", "caller-free")
	var reached Reached
	for done := range results {
		reached = append(reached, Reach(done, note))
	}
	return reached, nil
}
