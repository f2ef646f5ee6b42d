// Package scheduling shows who runs when: five workers print a letter
// each, many times, and the order on the page tells how they took
// turns.
//
// Its one decision: the page is the result. What differs between the
// variants is only what a worker does between two letters, and how many
// cores there are to do it on.
//
// It is read beside python/tandem/scheduling.py: same names, same
// order.
package scheduling

import (
	"runtime"
	"sync"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/scheduling.toml has.
type Params struct {
	Letters    int
	Unit, Work time.Duration

	steps int // that fill the time of Work
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "letters", "work"),
	trial.Variant("sleeping", Sleeping, "letters", "unit"),
	trial.Variant("running-briefly", Running, "letters"),
	trial.Variant("running", Running, "letters", "work"),
	trial.Variant("parallel", Parallel, "letters", "work"),
}

// Sequential lets one worker after the other print all its letters.
func Sequential(p Params, note events.Note) (Order, error) {
	page := NewPage(p.Letters, note)
	for worker := range len(Workers) {
		for range p.Letters {
			page.Print(worker)
			Work(p.steps)
		}
	}
	return page.Order(), nil
}

// Sleeping has all workers at once on one core, and each sleeps after
// each letter. Who sleeps needs no core, so the next one gets it.
func Sleeping(p Params, note events.Note) (Order, error) {
	// Set the number of cores now, and set it back in the end.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return together(p.Letters, func() { time.Sleep(p.Unit) }, note)
}

// Running is the same without the sleep: a worker computes after each
// letter and never offers the core to another.
func Running(p Params, note events.Note) (Order, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return together(p.Letters, func() { Work(p.steps) }, note)
}

// together starts a goroutine for each worker and waits for all.
func together(letters int, between func(),
	note events.Note) (Order, error) {
	page := NewPage(letters, note)
	var all sync.WaitGroup
	for worker := range len(Workers) {
		all.Go(func() {
			for range letters {
				page.Print(worker)
				between()
			}
		})
	}
	all.Wait()
	return page.Order(), nil
}

// From here on each language has its own.

// Parallel is the same as Running, on all cores.
func Parallel(p Params, note events.Note) (Order, error) {
	return together(p.Letters, func() { Work(p.steps) }, note)
}
