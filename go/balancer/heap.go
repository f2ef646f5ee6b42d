package balancer

import (
	"container/heap"

	"tandem/go/events"
)

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
