package swarm

import (
	"runtime"
	"sync"

	"tandem/go/events"
)

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
