package collectingmemory

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"tandem/go/events"
)

// A Stream makes n items of size bytes each, takes their results, and
// counts how many are in between.
type Stream struct {
	Params
	made  atomic.Int64 // by whoever reads the items
	taken int          // by the caller, like all below
	most  int
	total int
	note  events.Note
}

// A Sum is what the caller has in the end.
type Sum struct {
	Total int // of the results' last bytes
	Held  int // the most items that were held at once
	Grown int // bytes of the process; less than 0: nobody knows
}

// NewStream returns a stream.
func NewStream(p Params, note events.Note) *Stream {
	return &Stream{Params: p, note: note}
}

// Items makes one item after the other, when it is asked for. Item i
// begins with the byte i modulo 251.
func (s *Stream) Items() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range s.N {
			item := make([]byte, s.Size)
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
func (s *Stream) Sum() Sum {
	return Sum{s.total, s.most, growth(s.before)}
}

// Work does one small task: it turns an item around. The result is as
// large as the item.
func Work(item []byte) []byte {
	result := slices.Clone(item)
	slices.Reverse(result)
	return result
}

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
