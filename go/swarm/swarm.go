// Package swarm starts very many workers that only wait, and weighs
// them: goroutines that wait for each other, threads, and goroutines
// that wait in the operating system.
//
// Its one decision: a worker does nothing but come, wait and go. So time
// and memory are those of being a worker, and of nothing else.
//
// It is read beside python/tandem/swarm.py: same names, same order.
package swarm

import (
	"fmt"
	"runtime"
	"sync"
	"syscall"
	"time"

	"tandem/go/events"
	"tandem/go/internals"
	"tandem/go/trial"
)

// Params are what runner/catalog/swarm.toml has.
type Params struct{ Workers, Threads, Rounds, Deep int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("parked", Parked, "workers"),
	trial.Variant("threads", Threads, "threads"),
	trial.Variant("blocked", Blocked, "threads"),
	trial.Variant("handover", Handover, "rounds"),
	trial.Variant("handover-threads", HandoverThreads, "rounds"),
	trial.Variant("grown", Grown, "deep"),
}

// Parked starts workers that wait for a channel: goroutines, which need
// no thread for that.
func Parked(p Params, note events.Note) (Facts, error) {
	gate := make(chan struct{})
	return swarm(p.Workers, func() { <-gate },
		func() { close(gate) }, note)
}

// Threads starts the same workers, each locked to a thread of its own,
// which waits with it.
func Threads(p Params, note events.Note) (Facts, error) {
	gate := make(chan struct{})
	return swarm(p.Threads, func() {
		// Never unlocked, so the thread ends with the goroutine.
		runtime.LockOSThread()
		<-gate
	}, func() { close(gate) }, note)
}

// Blocked starts workers that wait in the operating system: for a pipe
// of which the runtime does not know. It cannot take the thread away
// from them, and starts others for whoever else has something to do.
func Blocked(p Params, note events.Note) (Facts, error) {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		return nil, fmt.Errorf("opening a pipe: %w", err)
	}
	defer syscall.Close(pipe[0])
	return swarm(p.Threads, func() {
		syscall.Read(pipe[0], make([]byte, 1))
	}, func() { syscall.Close(pipe[1]) }, note)
}

// swarm starts so many workers, lets them wait until all do, and opens
// the gate.
func swarm(workers int, wait, open func(),
	note events.Note) (Facts, error) {
	runtime.GC() // what was there before is not theirs
	threads, memory := internals.ThreadCount(), resident()
	note(0, "start", "swarm")
	begin := time.Now()
	var came, gone sync.WaitGroup
	came.Add(workers)
	for range workers {
		gone.Go(func() {
			came.Done()
			wait()
		})
	}
	came.Wait()
	start := time.Since(begin)
	note(0, events.Mark, "waiting")

	facts := Facts{"waiting_workers": float64(workers)}
	// While all of them wait, somebody else still comes to his turn.
	other := make(chan bool)
	go func() { other <- true }()
	<-other
	facts["others_ran"] = 1
	n := float64(workers)
	if threads > 0 {
		more := internals.ThreadCount() - threads
		facts["threads_per_worker"] = float64(more) / n
	}
	if memory > 0 {
		more := max(0, resident()-memory)
		facts["memory_bytes_per_worker"] = float64(more) / n
	}

	begin = time.Now()
	open()
	gone.Wait()
	note(0, "finish", "swarm")
	facts["start_ns_per_worker"] = float64(start) / n
	facts["end_ns_per_worker"] = float64(time.Since(begin)) / n
	return facts, nil
}
