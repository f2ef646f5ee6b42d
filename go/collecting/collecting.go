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
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// Reached are the units of the results, in the order in which they
// reached the caller.
type Reached []int

// A Job is one task: its number from 0, and how many units it sleeps.
type Job struct {
	Number int
	Units  int
}

// Jobs reads a list of tasks such as "1 5 3": the units that each one
// sleeps.
func Jobs(tasks string) ([]Job, error) {
	var jobs []Job
	for i, word := range strings.Fields(tasks) {
		units, err := strconv.ParseUint(word, 10, 31)
		if err != nil {
			const says = "tasks has %q, want a whole number of units"
			return nil, fmt.Errorf(says, word)
		}
		jobs = append(jobs, Job{i, int(units)})
	}
	if len(jobs) == 0 {
		const says = "tasks is empty, want units such as 1 5 3"
		return nil, errors.New(says)
	}
	return jobs, nil
}

// Work does a job: it sleeps.
func Work(job Job, unit time.Duration, note events.Note) Job {
	note(job.Number, "start", strconv.Itoa(job.Units))
	time.Sleep(time.Duration(job.Units) * unit)
	note(job.Number, "finish", strconv.Itoa(job.Units))
	return job
}

// Reach is where a result has reached the one who asked for it.
func Reach(job Job, note events.Note) int {
	note(job.Number, "reach", strconv.Itoa(job.Units))
	note(job.Number, "mark", "reach-"+strconv.Itoa(job.Units))
	return job.Units
}

// Result has an answer that is the same in whatever order they came.
func (r Reached) Result() trial.Result {
	sorted := slices.Sorted(slices.Values(r))
	return trial.Result{Answer: strings.Trim(fmt.Sprint(sorted), "[]")}
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

// From here on each language has its own.

// queue returns a channel that holds all jobs and no more: it is closed.
func queue(tasks string) (chan Job, error) {
	jobs, err := Jobs(tasks)
	if err != nil {
		return nil, err
	}
	queued := make(chan Job, len(jobs))
	for _, job := range jobs {
		queued <- job
	}
	close(queued)
	return queued, nil
}
