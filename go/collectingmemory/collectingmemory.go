// Package collectingmemory has workers do very many small tasks, whose
// input comes from a generator, and shows how much of it all is in
// memory at once.
//
// Its one decision: what is held is counted, not only weighed. An item
// is held from when the generator has made it until the caller has
// taken its result.
//
// It is read beside python/tandem/collecting_memory.py: same names,
// same order.
package collectingmemory

import (
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"tandem/go/events"
)

// A Stream makes n items of size bytes each, takes their results, and
// counts how many are in between.
type Stream struct {
	n, size int
	made    atomic.Int64 // by whoever reads the items
	taken   int          // by the caller, like all below
	most    int
	total   int
	note    events.Note
}

// A Sum is what the caller has in the end.
type Sum struct {
	Total int // of the results' last bytes
	Held  int // the most items that were held at once
}

// Items makes one item after the other, when it is asked for. Item i
// begins with the byte i modulo 251.
func (s *Stream) Items() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range s.n {
			item := make([]byte, s.size)
			item[0] = byte(i % 251)
			s.made.Add(1)
			if !yield(item) {
				return
			}
		}
		s.note(0, "mark", "input-read")
	}
}

// Take uses one result and forgets it.
func (s *Stream) Take(result []byte) {
	if s.taken == 0 {
		s.note(0, "mark", "first-result")
	}
	s.most = max(s.most, int(s.made.Load())-s.taken)
	s.taken++
	s.total += int(result[len(result)-1])
}

// Sum is what came of all the results taken.
func (s *Stream) Sum() Sum { return Sum{s.total, s.most} }

// NewStream checks the parameters, of which a variant without workers
// or chunks gives 1, and returns a stream.
func NewStream(n, size, workers, chunksize int,
	note events.Note) (*Stream, error) {
	for _, p := range []struct {
		name         string
		value, least int
	}{
		{"n", n, 0},
		{"size", size, 1},
		{"workers", workers, 1},
		{"chunksize", chunksize, 1},
	} {
		if p.value < p.least {
			const says = "%s is %d, want at least %d"
			return nil, fmt.Errorf(says, p.name, p.value, p.least)
		}
	}
	return &Stream{n: n, size: size, note: note}, nil
}

// Work does one small task: it turns an item around. The result is as
// large as the item.
func Work(item []byte) []byte {
	result := slices.Clone(item)
	slices.Reverse(result)
	return result
}

// Sequential holds one item at a time.
func Sequential(n, size int, note events.Note) (Sum, error) {
	stream, err := NewStream(n, size, 1, 1, note)
	if err != nil {
		return Sum{}, err
	}
	for item := range stream.Items() {
		stream.Take(Work(item))
	}
	return stream.Sum(), nil
}

// Everything makes a slice of all items and one of all results. The
// caller looks at the results when the last one is there.
func Everything(n, size, workers int, note events.Note) (Sum, error) {
	stream, err := NewStream(n, size, workers, 1, note)
	if err != nil {
		return Sum{}, err
	}
	items := slices.Collect(stream.Items())
	results := make([][]byte, len(items))

	// A worker takes every so manieth item.
	var pool sync.WaitGroup
	for first := range workers {
		pool.Go(func() {
			for i := first; i < len(items); i += workers {
				results[i] = Work(items[i])
			}
		})
	}
	pool.Wait()

	for _, result := range results {
		stream.Take(result)
	}
	return stream.Sum(), nil
}

// OneByOne has the generator feed a channel. A channel without room
// makes whoever sends wait, so nothing runs ahead of the caller:
// workers wait until it takes their results, the generator waits for
// the workers.
func OneByOne(n, size, workers int, note events.Note) (Sum, error) {
	stream, err := NewStream(n, size, workers, 1, note)
	if err != nil {
		return Sum{}, err
	}
	items := make(chan []byte)
	results := make(chan []byte)

	go func() {
		for item := range stream.Items() {
			items <- item
		}
		close(items)
	}()
	start(workers, items, results, Work)

	for result := range results {
		stream.Take(result)
	}
	return stream.Sum(), nil
}

// Chunked is the same with a slice of chunksize items in each message:
// fewer messages, more held.
func Chunked(n, size, workers, chunksize int,
	note events.Note) (Sum, error) {
	stream, err := NewStream(n, size, workers, chunksize, note)
	if err != nil {
		return Sum{}, err
	}
	chunks := make(chan [][]byte)
	results := make(chan [][]byte)

	go func() {
		var chunk [][]byte
		for item := range stream.Items() {
			chunk = append(chunk, item)
			if len(chunk) == chunksize {
				chunks <- chunk
				chunk = nil
			}
		}
		if len(chunk) > 0 {
			chunks <- chunk
		}
		close(chunks)
	}()
	start(workers, chunks, results, func(chunk [][]byte) [][]byte {
		for i, item := range chunk {
			chunk[i] = Work(item)
		}
		return chunk
	})

	for chunk := range results {
		for _, result := range chunk {
			stream.Take(result)
		}
	}
	return stream.Sum(), nil
}

// Stalled is OneByOne with a caller that does not come before all the
// work is done. In Go that needs a results channel with room for
// everything, which somebody must ask for: without it this would be a
// deadlock.
func Stalled(n, size, workers int, note events.Note) (Sum, error) {
	stream, err := NewStream(n, size, workers, 1, note)
	if err != nil {
		return Sum{}, err
	}
	items := make(chan []byte)
	results := make(chan []byte, n)

	pool := start(workers, items, results, Work)
	for item := range stream.Items() {
		items <- item
	}
	close(items)
	pool.Wait()

	for result := range results {
		stream.Take(result)
	}
	return stream.Sum(), nil
}

// From here on each language has its own.

// start has workers send a result for each job. When the last of them
// leaves, the results are closed.
func start[T any](workers int, jobs <-chan T, results chan<- T,
	work func(T) T) *sync.WaitGroup {
	var pool sync.WaitGroup
	for range workers {
		pool.Go(func() {
			for job := range jobs {
				results <- work(job)
			}
		})
	}
	go func() {
		pool.Wait()
		close(results)
	}()
	return &pool
}
