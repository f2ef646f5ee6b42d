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
	"os"
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

// Facts are numbers by name; a name ends in its unit. What the system
// does not say is left out.
type Facts trial.Metrics

// Result is the facts.
func (f Facts) Result() trial.Result {
	return trial.Result{
		Answer: "all came and went", Metrics: trial.Metrics(f),
	}
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

// Handover has two workers hand a token to each other, so many times,
// and says what a change from one to the other costs.
func Handover(p Params, note events.Note) (Facts, error) {
	return pingPong(p.Rounds, func() {}, note)
}

// HandoverThreads is the same between two threads: the operating system
// changes from one to the other.
func HandoverThreads(p Params, note events.Note) (Facts, error) {
	return pingPong(p.Rounds, runtime.LockOSThread, note)
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

// pingPong lets two workers begin, and times their ping-pong.
func pingPong(rounds int, begin func(),
	note events.Note) (Facts, error) {
	ping, pong := make(chan bool), make(chan bool)
	took := make(chan time.Duration)
	note(0, "start", "handover")
	go func() {
		begin()
		for range ping {
			pong <- true
		}
		close(pong)
	}()
	go func() {
		begin()
		start := time.Now()
		for range rounds {
			ping <- true
			<-pong
		}
		elapsed := time.Since(start)
		close(ping)
		<-pong
		took <- elapsed
	}()
	elapsed := <-took
	note(0, "finish", "handover")
	changes := float64(2 * rounds)
	return Facts{"switch_ns": float64(elapsed) / changes}, nil
}

// resident is how much memory this process has, in bytes; 0 where the
// system does not say.
func resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int
	fmt.Sscan(string(text), &size, &pages)
	return pages * os.Getpagesize()
}

// From here on each language has its own.

// depth is how many calls deep a worker of Grown goes, each of which
// takes more than half a kilobyte.
const depth = 100

// Grown has workers call each so deep that its stack must grow, come
// back, and wait. It says how much memory the stacks had in the depth,
// and what is left of it after some rounds of the garbage collector,
// which takes away half of a stack that is mostly empty.
func Grown(p Params, note events.Note) (Facts, error) {
	var deep, back, gone sync.WaitGroup
	deep.Add(p.Deep)
	back.Add(p.Deep)
	turn, gate := make(chan struct{}), make(chan struct{})
	runtime.GC()
	before := stacks()
	for range p.Deep {
		gone.Go(func() {
			dive(depth, func() {
				deep.Done()
				<-turn
			})
			back.Done()
			<-gate
		})
	}
	deep.Wait()
	grown := stacks() - before
	note(0, events.Mark, "grown")
	close(turn)
	back.Wait()
	for range 8 { // one round each halving, and some to give it back
		runtime.GC()
	}
	shrunk := max(0, stacks()-before)
	note(0, events.Mark, "shrunk")
	close(gate)
	gone.Wait()
	n := float64(p.Deep)
	return Facts{
		"waiting_workers":              n,
		"grown_stack_bytes_per_worker": grown / n,
		"stack_bytes_per_worker":       shrunk / n,
	}, nil
}

// dive calls itself so many times, and then what is at the bottom.
//
//go:noinline
func dive(calls int, bottom func()) byte {
	var room [512]byte
	if calls == 0 {
		bottom()
	} else {
		room[calls] = dive(calls-1, bottom)
	}
	return room[calls]
}

// stacks is the memory of all stacks, in bytes.
func stacks() float64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return float64(stats.StackInuse)
}
