package gophers

import (
	"fmt"
	"runtime"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/gophers.toml has.
type Params struct {
	Loads, Way  int
	Unit        time.Duration
	Work, Procs int
}

// A Job is to burn so many loads, which go so long a way.
type Job struct {
	Loads, Way int
	Step       Step
	Note       events.Note
}

// What a gopher does to bring one load to the next place. To load and
// to unload a cart takes one unit, each way as many as the way is long.
const (
	Load   = "load"   // books from the pile onto the cart
	Move   = "move"   // the full cart
	Unload = "unload" // the cart
	Return = "return" // the empty cart
)

// A Step takes so many units of whatever a gopher's work costs.
type Step func(units float64)

// Waiting is a step during which a gopher needs no core.
func Waiting(unit time.Duration) Step {
	return func(units float64) {
		time.Sleep(time.Duration(units * float64(unit)))
	}
}

// Computing is a step that keeps a core busy for so many rounds of Work
// a unit.
func Computing(rounds int) Step {
	return func(units float64) { Work(int(units * float64(rounds))) }
}

// Work is a chain in which each round needs the one before it.
//
//go:noinline
func Work(rounds int) uint32 {
	x := uint32(rounds)
	for range rounds {
		x = x*1664525 + 1013904223
	}
	return x
}

// Burnt are the loads' numbers, from 0, in the order in which they came
// into the fire.
type Burnt []int

// String sums up what was burnt, in whichever order: how many loads,
// and the sum of the squares of their numbers from 1. A load that was
// lost or burnt twice would show.
func (b Burnt) String() string {
	sum := 0
	for _, load := range b {
		sum += (load + 1) * (load + 1)
	}
	return fmt.Sprintf("loads=%d sum=%d", len(b), sum)
}

// A site is where a crew works.
type site struct {
	name  string  // of the way: A, B, ...; A1 and A2 where it is halved
	first int     // the number of the crew's first gopher
	way   float64 // how long the way is, in units
	step  Step
	note  events.Note
}

// site is where the crew of this number works.
func (j Job) site(i int, crew crew) site {
	name := string(rune('A' + i))
	return site{name, i * crew.gophers, float64(j.Way), j.Step, j.Note}
}

// do has a gopher of the crew do one of its four steps. What is noted
// says which step, and where: enough to see all of it again.
func (s site) do(gopher int, what string) {
	units := 1.0
	if what == Move || what == Return {
		units = s.way
	}
	s.note(s.first+gopher, what, s.name)
	s.step(units)
	s.note(s.first+gopher, "finish", s.name)
}

// pile is a place with the loads of these numbers, to which no more
// will come.
func pile(from, to int) <-chan int {
	loads := make(chan int, to-from)
	for load := from; load < to; load++ {
		loads <- load
	}
	close(loads)
	return loads
}

// waits is the variant of a design whose steps wait, and computes that of
// one whose steps compute.
func waits(name string, design Design) trial.Entry {
	return trial.Variant(name, func(p Params, note events.Note) (
		Burnt, error) {
		return design(Job{p.Loads, p.Way, Waiting(p.Unit), note}), nil
	}, "loads", "way", "unit", "procs")
}

func computes(name string, design Design) trial.Entry {
	name += "-computing"
	return trial.Variant(name, func(p Params, note events.Note) (
		Burnt, error) {
		return design(Job{p.Loads, p.Way, Computing(p.Work), note}), nil
	}, "loads", "way", "work", "procs")
}

// Prepare sets the number of cores, before the clock runs and for good:
// a trial has its process to itself.
func (p *Params) Prepare() error {
	if p.Procs > 0 {
		runtime.GOMAXPROCS(p.Procs)
	}
	return nil
}
