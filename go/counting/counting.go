// Package counting counts from 0 to n, split into chunks: work that
// needs the processor and nothing else.
//
// It is read beside python/tandem/counting.py: same names, same order.
package counting

import (
	"sync"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/counting.toml has.
type Params struct{ N, Workers int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "n"),
	trial.Variant("goroutines", Goroutines),
	trial.Variant("worker-pool", WorkerPool),
}

// A Chunk is a share of the count: how many of the n steps it has. It
// does not matter which ones, for they are all alike.
type Chunk struct {
	Number int // from 0
	Size   int
}

// Chunks deals n steps out into one chunk a worker. The first chunks
// take the remainder; with more workers than steps the last are empty.
func Chunks(n, workers int) []Chunk {
	chunks := make([]Chunk, workers)
	size, rest := n/workers, n%workers
	for i := range chunks {
		chunks[i] = Chunk{i, size}
		if i < rest {
			chunks[i].Size++
		}
	}
	return chunks
}

// Count takes every step of a chunk, one at a time, and returns how
// many it took. It is the plainest loop that each language has. Python
// runs it step by step because it is interpreted; Go's compiler keeps
// it today, and a test reads the machine code to see that it still
// does. Not inlining it keeps it the same loop for every caller.
//
//go:noinline
func Count(chunk Chunk, note events.Note) int {
	note(chunk.Number, "start", "count")
	total := 0
	for range chunk.Size {
		total++
	}
	note(chunk.Number, "finish", "count")
	return total
}

// Sequential counts in one loop.
func Sequential(p Params, note events.Note) (int, error) {
	return Count(Chunk{0, p.N}, note), nil
}

// Goroutines counts each chunk in a goroutine of its own. Each has its
// own place for the result, so they share nothing while they count.
func Goroutines(p Params, note events.Note) (int, error) {
	chunks := Chunks(p.N, p.Workers)
	counts := make([]int, len(chunks))

	var all sync.WaitGroup
	for i, chunk := range chunks {
		all.Go(func() { counts[i] = Count(chunk, note) })
	}
	all.Wait()

	return sum(counts), nil
}

// WorkerPool counts in a fixed number of goroutines that take chunks
// from one channel and send counts to another. Who sends also closes:
// the loop that deals the jobs out, and the last worker to leave.
func WorkerPool(p Params, note events.Note) (int, error) {
	jobs := make(chan Chunk)
	results := make(chan int)

	var pool sync.WaitGroup
	for range p.Workers {
		pool.Go(func() { work(jobs, results, note) })
	}
	go func() {
		for _, chunk := range Chunks(p.N, p.Workers) {
			jobs <- chunk
		}
		close(jobs)
		pool.Wait()
		close(results)
	}()

	total := 0
	for count := range results {
		total += count
	}
	return total, nil
}

func work(jobs <-chan Chunk, results chan<- int, note events.Note) {
	for chunk := range jobs {
		results <- Count(chunk, note)
	}
}

func sum(counts []int) int {
	total := 0
	for _, count := range counts {
		total += count
	}
	return total
}
