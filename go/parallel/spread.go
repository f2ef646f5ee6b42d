package parallel

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// A Panic is the error of work that panicked.
type Panic struct {
	Value any    // what it panicked with
	Stack []byte // of the goroutine, as debug.Stack writes it
}

// Error returns the value that the work panicked with, and the stack.
func (p *Panic) Error() string {
	return fmt.Sprintf("work panicked: %v\n\n%s", p.Value, p.Stack)
}

// Unwrap returns the value if it is an error, for errors.Is and errors.As.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// ErrGoexit is the error of work that called runtime.Goexit, as the FailNow
// of a test does.
var ErrGoexit = errors.New("work called runtime.Goexit")

// Ended is the error of work that did not return, by what was recovered from
// it while its stack was still there.
func Ended(recovered any) error {
	if recovered == nil {
		return ErrGoexit
	}
	return &Panic{recovered, debug.Stack()}
}

// errNotStarted stands where nobody has written a result yet.
var errNotStarted = errors.New("not started")

func atLeastOne(workers int) int {
	if workers < 1 {
		return runtime.GOMAXPROCS(0)
	}
	return workers
}

// A spreader has workers share the items of one slice out among themselves.
//
// A channel costs more than many a piece of work. So each worker has a span of
// neighbouring items of its own from the start, and takes one after the other
// from its front, which nobody else disturbs. A worker whose span is empty
// steals the rear half of somebody else's: one slow span does not hold up the
// end. Two facts keep this correct:
//
//   - A span is one word, changed by compare-and-swap alone, so that its owner
//     and a thief never get the same item.
//   - Only one thief is at work at a time. What is stolen is in the thief's
//     span before the next one looks: so if a thief finds nothing, there is
//     nothing left, and whoever comes later need not look.
type spreader struct {
	do       func(i int) (goOn bool)
	panicked func(i int, err error) (goOn bool)
	first    int // the item that spans count from
	spans    []span
	stop     atomic.Bool // the context has ended, or somebody said so
	dry      atomic.Bool // all spans are empty, and stay so
	workers  sync.WaitGroup

	thief  sync.Mutex
	victim int // where the last thief found something
}

// spread calls do(i) for each i from 0 to n-1, with at most so many at once,
// until ctx ends or one of the calls returns false. It calls panicked for those
// that do did not return from.
func spread(ctx context.Context, n, workers int, do func(i int) (goOn bool), panicked func(i int, err error) (goOn bool)) {
	for first := 0; first < n && ctx.Err() == nil; first += mostInSpan {
		s := &spreader{do: do, panicked: panicked, first: first}
		s.run(ctx, min(n-first, mostInSpan), atLeastOne(workers))
		if s.stop.Load() {
			return
		}
	}
}

func (s *spreader) run(ctx context.Context, n, workers int) {
	s.spans = make([]span, min(n, workers))
	for w := range s.spans {
		share, rest := n/len(s.spans), n%len(s.spans)
		s.spans[w].set(w*share+min(w, rest), (w+1)*share+min(w+1, rest))
	}
	defer context.AfterFunc(ctx, func() { s.stop.Store(true) })()
	s.workers.Add(1)
	go s.start(0) // not here: runtime.Goexit would end the caller
	s.workers.Wait()
}

// start is a new worker, which starts the next one before it begins: when work
// is so short that the first few do it all, the others never come to be.
func (s *spreader) start(w int) {
	if next := w + 1; next < len(s.spans) && !s.dry.Load() && !s.stop.Load() {
		s.workers.Add(1)
		go s.start(next)
	}
	s.work(w)
}

// work does items until there are none. If one of them ends this goroutine, by
// a panic or by runtime.Goexit, another goroutine goes on in its place.
func (s *spreader) work(w int) {
	at := -1 // the item that is being done
	defer func() {
		if at < 0 {
			s.workers.Done()
			return
		}
		if !s.panicked(s.first+at, Ended(recover())) {
			s.stop.Store(true)
		}
		go s.work(w)
	}()
	for !s.stop.Load() {
		if at = s.spans[w].take(); at >= 0 {
			if !s.do(s.first + at) {
				s.stop.Store(true)
			}
		} else if !s.steal(w) {
			return
		}
	}
	at = -1
}

// steal fills the span of a worker that has nothing left, or says that nobody
// has.
func (s *spreader) steal(w int) bool {
	if s.dry.Load() {
		return false
	}
	s.thief.Lock()
	defer s.thief.Unlock()
	for range s.spans {
		if s.spans[s.victim].halve(&s.spans[w]) {
			return true
		}
		s.victim = (s.victim + 1) % len(s.spans)
	}
	s.dry.Store(true)
	return false
}

// A span is the items from its low half to before its high half. It fills a
// cache line, or else neighbours slow each other down.
type span struct {
	bounds atomic.Uint64
	_      [56]byte
}

const mostInSpan = 1<<31 - 1

func (s *span) set(low, high int) { s.bounds.Store(uint64(low)<<32 | uint64(high)) }

func (s *span) get() (bounds uint64, low, high int) {
	bounds = s.bounds.Load()
	return bounds, int(bounds >> 32), int(bounds & (1<<32 - 1))
}

// take takes the first item, and returns -1 where there is none.
func (s *span) take() int {
	for {
		bounds, low, high := s.get()
		if low == high {
			return -1
		}
		if s.bounds.CompareAndSwap(bounds, bounds+1<<32) {
			return low
		}
	}
}

// halve moves the rear half of what there is, rounded up, to an empty span.
func (s *span) halve(to *span) bool {
	for {
		bounds, low, high := s.get()
		if low == high {
			return false
		}
		middle := low + (high-low)/2
		if s.bounds.CompareAndSwap(bounds, uint64(low)<<32|uint64(middle)) {
			to.set(middle, high)
			return true
		}
	}
}
