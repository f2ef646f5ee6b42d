// Package fibonacci computes the Fibonacci numbers 0 to n in a pool of
// workers, each by the plain recursion.
//
// Its one decision: one job is one number, so the jobs are as unequal
// as can be. The longest takes as long as phi squared, some 2.618, of
// it are in all: no number of workers can make it faster than that.
//
// It is read beside python/tandem/fibonacci.py: same names, same order.
package fibonacci

import (
	"sync"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/fibonacci.toml has.
type Params struct{ N, Workers int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "n"),
	trial.Variant("worker-pool", WorkerPool),
	trial.Variant("worker-pool-counted", WorkerPoolCounted),
}

// Fib is the nth Fibonacci number, computed so that it takes long.
func Fib(n int) int {
	if n < 2 {
		return n
	}
	return Fib(n-1) + Fib(n-2)
}

// Work does one job.
func Work(job int, note events.Note) int {
	note(job, "start", "fib")
	result := Fib(job)
	note(job, "finish", "fib")
	return result
}

// Sequential computes one number after the other. Like all others it
// returns their sum.
func Sequential(p Params, note events.Note) (int, error) {
	total := 0
	for job := range p.N + 1 {
		total += Work(job, note)
	}
	return total, nil
}

// From here on each language has its own kinds of workers.

// WorkerPool has workers take numbers from one channel and send results
// to another. Who sends also closes: the loop that hands out the jobs
// closes theirs, and when the last worker has left, so that nobody can
// send any more, the results are closed. That ends the caller's loop.
func WorkerPool(p Params, note events.Note) (int, error) {
	jobs := make(chan int)
	results := make(chan int)

	var pool sync.WaitGroup
	for range p.Workers {
		pool.Go(func() { worker(jobs, results, note) })
	}
	go func() {
		for job := range p.N + 1 {
			jobs <- job
		}
		close(jobs)
		pool.Wait()
		close(results)
	}()

	total := 0
	for result := range results {
		total += result
	}
	return total, nil
}

// WorkerPoolCounted is the same, but nobody waits for the workers and
// nobody closes the results: the caller knows how many will come and
// counts them. The jobs still must be closed, or workers would stay.
func WorkerPoolCounted(p Params, note events.Note) (int, error) {
	jobs := make(chan int)
	results := make(chan int)

	for range p.Workers {
		go worker(jobs, results, note)
	}
	go func() {
		for job := range p.N + 1 {
			jobs <- job
		}
		close(jobs)
	}()

	total := 0
	for range p.N + 1 {
		total += <-results
	}
	return total, nil
}

// worker may only receive jobs and only send results: the arrows say
// so, and the compiler holds it to that.
func worker(jobs <-chan int, results chan<- int, note events.Note) {
	for job := range jobs {
		results <- Work(job, note)
	}
}
