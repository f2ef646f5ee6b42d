// Package balancer hands requests to workers: from one queue for all, by
// chance, or to whoever has the least to do.
//
// Its one decision: a request carries the channel for its result, so a
// balancer only ever passes requests on. Each balancer says how much
// room its queues need, for where one waits for a worker that waits for
// it, nobody goes on.
//
// It is read beside python/tandem/balancer.py: same names, same order.
package balancer

import (
	"container/heap"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"tandem/go/events"
	"tandem/go/trial"
)

// Topic has the variants; the parameters are those of a load.
var Topic = trial.Topic{
	trial.Variant("shared", Shared),
	trial.Variant("random", Random),
	trial.Variant("two-choices", TwoChoices),
	trial.Variant("heap", Heap),
	trial.Variant("heap-listening", HeapListening,
		"requests", "requesters", "workers", "unit", "heavy"),
}

// A Request is an operation, which is told the number of its worker, and
// the channel for its result. Somebody must receive that, or it must
// have room: until then the worker waits.
type Request struct {
	Do    func(worker int) int
	Reply chan<- int
}

// A Balancer passes requests on to its workers.
type Balancer interface {
	// Serve passes a request on. It waits while there is no room.
	Serve(Request)
	// Close waits until everything is done and all workers are gone,
	// and returns how many requests each of them served. Nobody may
	// call Serve any more.
	Close() []int
}

// Shared measures a load on NewShared.
func Shared(load Load, note events.Note) (Report, error) {
	return load.run(NewShared, note)
}

// Random measures a load on NewRandom.
func Random(load Load, note events.Note) (Report, error) {
	return load.run(NewRandom, note)
}

// TwoChoices measures a load on NewTwoChoices.
func TwoChoices(load Load, note events.Note) (Report, error) {
	return load.run(NewTwoChoices, note)
}

// Heap measures a load on NewHeap, with as much room as it needs.
func Heap(load Load, note events.Note) (Report, error) {
	return load.run(func(workers, queue int) Balancer {
		room := Room(load.Requesters, workers)
		return NewHeap(workers, max(queue, room))
	}, note)
}

// From here on each language has its own.

// HeapListening measures a load on NewHeapListening.
func HeapListening(load Load, note events.Note) (Report, error) {
	var balancer Balancer
	report, err := load.run(func(workers, queue int) Balancer {
		balancer = NewHeapListening(workers)
		return balancer
	}, note)
	if err == nil {
		after := balancer.(*heaped).deadlockAfter
		report.DeadlockAfter = &after
	}
	return report, err
}

// A worker takes requests from its queue.
type worker struct {
	number   int
	requests chan Request
	served   int
	pending  atomic.Int64 // passed on to it and not done
	index    int          // in the heap
}

// work serves requests until there will be no more. It says when each is
// done, after the result is delivered.
func (w *worker) work(done func(*worker)) {
	for req := range w.requests {
		req.Reply <- req.Do(w.number)
		w.served++
		done(w)
	}
}

// start starts workers, each with a queue of its own.
func start(count, queue int, done func(*worker)) *crew {
	c := &crew{}
	for number := range count {
		w := &worker{number: number, index: number,
			requests: make(chan Request, queue)}
		c.workers = append(c.workers, w)
		c.busy.Go(func() { w.work(done) })
	}
	return c
}

// A crew is all workers of a balancer.
type crew struct {
	workers []*worker
	busy    sync.WaitGroup
}

// Close is a Balancer's Close where workers have queues of their own.
func (c *crew) Close() []int {
	for _, w := range c.workers {
		close(w.requests)
	}
	return c.wait()
}

func (c *crew) wait() []int {
	c.busy.Wait()
	served := make([]int, len(c.workers))
	for i, w := range c.workers {
		served[i] = w.served
	}
	return served
}

// NewShared has one queue for all workers: whoever is free takes the
// next request. Nobody can do better without knowing how long requests
// take; but all of them meet at the one queue.
func NewShared(workers, queue int) Balancer {
	s := &shared{requests: make(chan Request, queue)}
	for number := range workers {
		w := &worker{number: number, requests: s.requests}
		s.workers = append(s.workers, w)
		s.busy.Go(func() { w.work(func(*worker) {}) })
	}
	return s
}

type shared struct {
	crew
	requests chan Request
}

func (s *shared) Serve(req Request) { s.requests <- req }

func (s *shared) Close() []int {
	close(s.requests)
	return s.wait()
}

// NewRandom passes each request to a worker by chance.
func NewRandom(workers, queue int) Balancer {
	return random{start(workers, queue, func(*worker) {})}
}

type random struct{ *crew }

func (r random) Serve(req Request) {
	r.workers[rand.IntN(len(r.workers))].requests <- req
}

// NewTwoChoices looks at two workers by chance and takes the one with
// less to do. That is nearly as even as to look at all, and there is no
// goroutine in the middle that everything must pass.
func NewTwoChoices(workers, queue int) Balancer {
	return twoChoices{start(workers, queue, func(w *worker) {
		w.pending.Add(-1)
	})}
}

type twoChoices struct{ *crew }

func (t twoChoices) Serve(req Request) {
	w := t.workers[rand.IntN(len(t.workers))]
	other := t.workers[rand.IntN(len(t.workers))]
	if other.pending.Load() < w.pending.Load() {
		w = other
	}
	w.pending.Add(1)
	w.requests <- req
}

// NewHeap passes each request to the worker that has least to do. One
// goroutine keeps the workers in a heap: it hears of each new request
// and of each that is done, so no lock is needed.
//
// While it waits for room in a worker's queue it hears nothing, and a
// worker whose queue is full may be waiting to be heard: then both wait
// for ever. See Room for how much prevents that.
func NewHeap(workers, queue int) Balancer {
	b := newHeaped(workers, queue)
	go b.balance(b.dispatch)
	return b
}

// Room is enough room in each worker's queue to keep NewHeap from a
// deadlock, where each of so many requesters waits for one result at a
// time. A request counts until its worker is heard, so there may be one
// more for each worker; it takes more than these to fill all queues.
func Room(requesters, workers int) int {
	return requesters/max(1, workers) + 1
}

// NewHeapListening is the same, but needs no room: while it waits for a
// worker to take a request, it hears of those that are done.
func NewHeapListening(workers int) Balancer {
	b := newHeaped(workers, 0)
	go b.balance(b.dispatchListening)
	return b
}

type heaped struct {
	*crew
	work    chan Request
	done    chan *worker
	pool    pool
	pending int
	closed  chan struct{}

	dispatched    int
	deadlockAfter int // the other one would have dispatched so many
}

func newHeaped(workers, queue int) *heaped {
	b := &heaped{
		work:   make(chan Request),
		done:   make(chan *worker),
		closed: make(chan struct{}),
	}
	b.crew = start(workers, queue, func(w *worker) { b.done <- w })
	b.pool = append(b.pool, b.workers...)
	return b
}

func (b *heaped) Serve(req Request) { b.work <- req }

// Close has the balancer hear the last workers before they go.
func (b *heaped) Close() []int {
	close(b.work)
	<-b.closed
	return b.crew.Close()
}

func (b *heaped) balance(dispatch func(*worker, Request)) {
	defer close(b.closed)
	work := b.work
	for work != nil || b.pending > 0 {
		select {
		case req, open := <-work:
			if !open {
				work = nil // from a nil channel nothing ever comes
				continue
			}
			w := b.pool[0] // the one that has least to do
			dispatch(w, req)
			b.moved(w, +1)
		case w := <-b.done:
			b.moved(w, -1)
		}
	}
}

func (b *heaped) dispatch(w *worker, req Request) {
	w.requests <- req
}

func (b *heaped) dispatchListening(w *worker, req Request) {
	// Such a worker takes nothing before it is heard.
	if w.pending.Load() > 0 && b.deadlockAfter == 0 {
		b.deadlockAfter = b.dispatched
	}
	b.dispatched++
	for {
		select {
		case w.requests <- req:
			return
		case other := <-b.done:
			b.moved(other, -1)
		}
	}
}

// moved puts a worker into its place in the heap.
func (b *heaped) moved(w *worker, by int) {
	b.pending += by
	w.pending.Add(int64(by))
	heap.Fix(&b.pool, w.index)
}

// A pool is a heap of workers: the one that has least to do is first.
type pool []*worker

func (p pool) Len() int { return len(p) }

func (p pool) Less(i, j int) bool {
	return p[i].pending.Load() < p[j].pending.Load()
}

func (p pool) Swap(i, j int) {
	p[i], p[j] = p[j], p[i]
	p[i].index, p[j].index = i, j
}

// Push and Pop are for workers that come and go; here none does.
func (p *pool) Push(any) { panic("the workers of a pool stay") }

// Pop is as Push.
func (p *pool) Pop() any { panic("the workers of a pool stay") }
