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
	"math/rand/v2"

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
