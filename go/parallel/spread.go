package parallel

import (
	"context"
	"errors"
	"fmt"
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

// A spreader hands out the items of one slice to workers.
//
// Empty work takes two nanoseconds, and whatever two cores write to in turn
// takes fifty to go from one to the other: a channel, but also a counter of
// which everybody takes the next number. So a worker takes a block of items at
// a time, and then one after the other from a word of its own, which stays in
// the cache of its core. What would be lost by that is won back:
//
//   - A block may hold the slow items, and others have nothing to do. So they
//     steal the rear half of what is left of it. Therefore owner and thief both
//     change that word by atomic operations alone: none gets what another has.
//   - Stealing costs more than taking. So blocks become smaller towards the
//     end, to half of what would be fair to those who work, until the last
//     are single items.
//   - Thousands of workers cost more than short work. So each starts the next
//     two, if there is work left when its turn comes; with empty work the first
//     few have done all by then.
//   - Nobody asks before each item whether he shall stop. Whoever stops them
//     takes away what is left.
//
// Only one worker at a time gets a block, new or stolen, and it is in his share
// before the next one looks. So if one finds nothing, nothing is left but what
// is being done, and whoever comes later need not look.
type spreader struct {
	do       func(mine *share) (goOn bool)
	panicked func(i int, err error) (goOn bool)
	shares   []share // of each worker
	workers  sync.WaitGroup
	dry      atomic.Bool // nothing is left, nor ever will be

	mu      sync.Mutex
	next, n int // those from next to before n have been in nobody's share
	came    int // workers that have asked for work: others take none
	victim  int // where the last thief found something
}

// spread has workers, so many at most, call do with their shares of the numbers
// from 0 to n-1, until all are taken, ctx ends, or one of the calls returns
// false. It calls panicked for a number with which do did not return.
func spread(ctx context.Context, n, workers int, do func(mine *share) (goOn bool), panicked func(i int, err error) (goOn bool)) {
	if n == 0 || ctx.Err() != nil {
		return
	}
	s := &spreader{do: do, panicked: panicked, n: n, shares: make([]share, min(n, atLeastOne(workers)))}
	defer context.AfterFunc(ctx, s.stop)()
	s.start(-1) // nothing is done here: runtime.Goexit would end the caller
	s.workers.Wait()
}

// start starts the next two workers after w, who start the next two in turn.
func (s *spreader) start(w int) {
	for next := 2*w + 2; next <= 2*w+3 && next < len(s.shares) && !s.dry.Load(); next++ {
		s.workers.Add(1)
		go func() {
			s.start(next)
			s.work(&s.shares[next])
		}()
	}
}

// work does items until there are none. If one of them ends this goroutine, by
// a panic or by runtime.Goexit, another goroutine goes on in its place.
func (s *spreader) work(mine *share) {
	returned := true
	defer func() {
		if returned {
			s.workers.Done()
			return
		}
		if !s.panicked(mine.current(), Ended(recover())) {
			s.stop()
		}
		go s.work(mine)
	}()
	for {
		returned = false
		goOn := s.do(mine)
		returned = true
		if !goOn {
			s.stop()
		}
		if !s.refill(mine) {
			return
		}
	}
}

// refill gives a worker whose share is empty something to do, if there is any.
func (s *spreader) refill(mine *share) bool {
	if s.dry.Load() {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if mine.bounds.Load()&(one-1) == 0 { // it has had none yet
		s.came++
	}
	if left := s.n - s.next; left > 0 {
		size := min(max(1, left/(2*s.came)), mostAtOnce)
		mine.set(s.next, size)
		s.next += size
		return true
	}
	for range s.shares {
		if s.shares[s.victim].halve(mine) {
			return true
		}
		s.victim = (s.victim + 1) % len(s.shares)
	}
	s.dry.Store(true)
	return false
}

// stop leaves nothing to be taken.
func (s *spreader) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dry.Store(true)
	s.next = s.n
	for w := range s.shares {
		s.shares[w].bounds.And(^uint64(one - 1)) // what is being done is still known
	}
}

// mostAtOnce is how large a block is at most.
const mostAtOnce = 512

// A share is what a worker is to do next: a block of items, counted from first.
type share struct {
	first  int           // changed by the owner alone, read by thieves, both under spreader.mu
	bounds atomic.Uint64 // upper half: the next one; lower half: after the last
	_      [112]byte     // neighbours in a cache line, or the next, slow each other down
}

const one = 1 << 32 // in the upper half

func (s *share) set(first, size int) {
	s.first = first
	s.bounds.Store(uint64(size))
}

// take takes the next item, if there is one. It adds whether or not there is,
// which is faster than to look first; a share is not empty more than once.
func (s *share) take() (i int, ok bool) {
	bounds := s.bounds.Add(one)
	next := bounds >> 32
	return s.first + int(next) - 1, next <= bounds&(one-1)
}

// current is the item that was taken last.
func (s *share) current() int { return s.first + int(s.bounds.Load()>>32) - 1 }

// halve moves the rear half of what is left, rounded up, to an empty share.
func (s *share) halve(to *share) bool {
	for {
		bounds := s.bounds.Load()
		next, end := bounds>>32, bounds&(one-1)
		if next >= end {
			return false
		}
		middle := next + (end-next)/2
		if s.bounds.CompareAndSwap(bounds, next<<32|middle) {
			to.set(s.first+int(middle), int(end-middle))
			return true
		}
	}
}
