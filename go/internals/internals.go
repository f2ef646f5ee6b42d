// Package internals asks the runtime what it does, for claims that no
// stopwatch decides: how many threads serve so many workers, what a
// parked worker costs, who may be interrupted.
//
// Its one decision: every fact is an exact number that a small program
// draws out of the runtime itself. None is written down here, and one
// that cannot be had on this system is left out.
//
// It is read beside python/tandem/internals.py: same names, same order.
package internals

import (
	"maps"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/internals.toml has.
type Params struct{ Workers, Parked int }

// Topic has the variants, which differ in what the runtime was told
// when it started. What parked workers weigh is asked once.
var Topic = trial.Topic{
	trial.Variant("inspect", Look),
	trial.Variant("inspect-cooperative", Look, "workers"),
}

// Facts are numbers by name. A yes is 1, a no is 0; other names end in
// their unit.
type Facts trial.Metrics

// Result is the facts.
func (f Facts) Result() trial.Result {
	return trial.Result{Answer: "inspected", Metrics: trial.Metrics(f)}
}

// Look draws all facts out of the runtime, with so many workers, or
// so many that are parked where memory is the question.
func Look(p Params, note events.Note) (Facts, error) {
	facts := Facts{}
	for _, ask := range []struct {
		about string
		what  func() Facts
	}{
		{"cores", Cores},
		{"parked workers", func() Facts { return Waiting(p.Workers) }},
		{"memory", func() Facts { return Memory(max(p.Parked, 1)) }},
		// The runtime keeps the threads of these, so they come later.
		{"blocked workers", func() Facts { return Blocked(p.Workers) }},
		{"preemption", Preemption},
		{"main returns", MainReturns},
		{"storing", Storing},
		{"channels", channels},
		{"directions", directions},
		{"methods", methods},
	} {
		note(0, "start", ask.about)
		maps.Copy(facts, ask.what())
		note(0, "finish", ask.about)
	}
	return facts, nil
}
