// Package parallelcpu hands out work that computes, to see how many
// workers help.
//
// Its one decision: a unit of work touches no memory and waits for
// nothing, so that the only thing it can lack is a processor. It is the
// pools of package parallel with the opposite kind of work.
//
// It is read beside python/tandem/parallel_cpu.py: same names, same
// order.
package parallelcpu

import (
	"context"
	"strconv"

	"tandem/go/events"
	"tandem/go/parallel"
	"tandem/go/trial"
)

// Params are what runner/catalog/parallel-cpu.toml has.
type Params struct{ N, Workers, Steps int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "n", "steps"),
	trial.Variant("pool", Pool),
	trial.Variant("do", Do),
}

// Compute takes steps of which each needs the one before, and returns
// where they led.
func Compute(unit, steps int) int {
	x := uint32(unit)
	for range steps {
		x = x*1664525 + 1013904223
	}
	return int(x)
}

// Every variant computes n units and returns the sum of what they led
// to.

// Sequential computes one unit after the other.
func Sequential(p Params, note events.Note) (int, error) {
	sum := 0
	for unit := range p.N {
		sum += Compute(unit, p.Steps)
	}
	return sum, nil
}

// Pool hands units to workers through one channel, and collects results
// from another.
func Pool(p Params, note events.Note) (int, error) {
	sum := 0
	work := computing(p.Steps, note)
	for _, r := range parallel.Pool(units(p.N), p.Workers, p.N, work) {
		sum += r.Value
	}
	return sum, nil
}

// From here on each language has its own.

// Do gives each worker a share of the units.
func Do(p Params, note events.Note) (int, error) {
	ctx, work := context.Background(), computing(p.Steps, note)
	values, err := parallel.Do(ctx, units(p.N), p.Workers, work)
	sum := 0
	for _, value := range values {
		sum += value
	}
	return sum, err
}

func units(n int) []int {
	all := make([]int, n)
	for unit := range all {
		all[unit] = unit
	}
	return all
}

// computing is Compute that says what happens.
func computing(steps int, note events.Note) parallel.Func[int, int] {
	return func(_ context.Context, unit int) (int, error) {
		note(unit, "start", strconv.Itoa(unit))
		value := Compute(unit, steps)
		note(unit, "finish", strconv.Itoa(unit))
		return value, nil
	}
}
