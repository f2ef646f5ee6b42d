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
	"fmt"
	"strconv"

	"tandem/go/events"
	"tandem/go/parallel"
)

// Check says what is wrong with the parameters.
func Check(n, workers, steps int) error {
	for _, p := range []struct {
		name         string
		value, least int
	}{{"n", n, 0}, {"workers", workers, 1}, {"steps", steps, 0}} {
		if p.value < p.least {
			const says = "%s is %d, want at least %d"
			return fmt.Errorf(says, p.name, p.value, p.least)
		}
	}
	return nil
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
func Sequential(n, steps int, note events.Note) (int, error) {
	if err := Check(n, 1, steps); err != nil {
		return 0, err
	}
	sum := 0
	for unit := range n {
		sum += Compute(unit, steps)
	}
	return sum, nil
}

// Pool hands units to workers through one channel, and collects results
// from another.
func Pool(n, workers, steps int, note events.Note) (int, error) {
	if err := Check(n, workers, steps); err != nil {
		return 0, err
	}
	sum := 0
	work := computing(steps, note)
	for _, r := range parallel.Pool(units(n), workers, n, work) {
		sum += r.Value
	}
	return sum, nil
}

// From here on each language has its own.

// Do gives each worker a share of the units.
func Do(n, workers, steps int, note events.Note) (int, error) {
	if err := Check(n, workers, steps); err != nil {
		return 0, err
	}
	ctx, work := context.Background(), computing(steps, note)
	values, err := parallel.Do(ctx, units(n), workers, work)
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
