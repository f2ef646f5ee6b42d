// Package starting starts workers that have nothing to do, and waits
// for them: what is left is what it costs to have them.
//
// Its one decision: each variant starts the same number of workers from
// nothing, gives each one empty task, and leaves none behind.
//
// It is read beside python/tandem/starting.py: same names, same order.
package starting

import (
	"runtime"
	"sync"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/starting.toml has.
type Params struct{ Workers int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("goroutines", Goroutines),
	trial.Variant("threads", Threads),
}

// Task is what each worker does: nothing. It returns 1, so that the
// answer is how many were done.
func Task(worker int, note events.Note) int {
	note(worker, "start", "task")
	note(worker, "finish", "task")
	return 1
}

// Threads starts a thread of the operating system for each task. In Go
// that is a goroutine which asks for a thread of its own, and takes it
// along when it ends.
func Threads(p Params, note events.Note) (int, error) {
	return together(p.Workers, func(worker int) int {
		runtime.LockOSThread()
		return Task(worker, note)
	})
}

// From here on each language has its own.

// Goroutines starts a goroutine for each task.
func Goroutines(p Params, note events.Note) (int, error) {
	return together(p.Workers, func(worker int) int {
		return Task(worker, note)
	})
}

// together holds each worker until all have started, as the workers of
// a pool are all there before any of them may leave.
func together(workers int, task func(worker int) int) (int, error) {
	done := make([]int, workers)
	started := make(chan struct{})

	var all, ready sync.WaitGroup
	ready.Add(workers)
	for worker := range workers {
		all.Go(func() {
			done[worker] = task(worker)
			ready.Done()
			<-started
		})
	}
	ready.Wait()
	close(started)
	all.Wait()

	total := 0
	for _, n := range done {
		total += n
	}
	return total, nil
}
