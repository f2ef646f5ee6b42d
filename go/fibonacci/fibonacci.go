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
	"fmt"
	"sync"

	"tandem/go/events"
)

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

// Check says what is wrong with the parameters. From n = 91 on, the sum
// of all numbers is more than 64 bits can hold.
func Check(n, workers int) error {
	if n < 0 || n > 90 {
		return fmt.Errorf("n is %d, want 0 to 90", n)
	}
	if workers < 1 {
		return fmt.Errorf("workers is %d, want at least 1", workers)
	}
	return nil
}

// Sequential computes one number after the other. Like all others it
// returns their sum.
func Sequential(n int, note events.Note) (int, error) {
	if err := Check(n, 1); err != nil {
		return 0, err
	}
	total := 0
	for job := range n + 1 {
		total += Work(job, note)
	}
	return total, nil
}

// From here on each language has its own kinds of workers.

// WorkerPool has workers take numbers from one channel and send results
// to another. Who sends also closes: the loop that hands out the jobs
// closes theirs, and when the last worker has left, so that nobody can
// send any more, the results are closed. That ends the caller's loop.
func WorkerPool(n, workers int, note events.Note) (int, error) {
	if err := Check(n, workers); err != nil {
		return 0, err
	}
	jobs := make(chan int)
	results := make(chan int)

	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() { worker(jobs, results, note) })
	}
	go func() {
		for job := range n + 1 {
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
func WorkerPoolCounted(n, workers int, note events.Note) (int, error) {
	if err := Check(n, workers); err != nil {
		return 0, err
	}
	jobs := make(chan int)
	results := make(chan int)

	for range workers {
		go worker(jobs, results, note)
	}
	go func() {
		for job := range n + 1 {
			jobs <- job
		}
		close(jobs)
	}()

	total := 0
	for range n + 1 {
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
