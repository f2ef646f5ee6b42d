package scheduling

import (
	"time"
)

// Prepare finds out how fast this machine is, before the clock runs.
func (p *Params) Prepare() error {
	p.steps = StepsIn(p.Work)
	return nil
}

// Work keeps the processor busy for so many steps. It calls nothing, so
// nothing in it offers the processor to another worker: who takes it
// away in the middle must do so by force.
//
//go:noinline
func Work(steps int) int {
	total := 0
	for range steps {
		total++
	}
	return total
}

// StepsIn is about how many steps of Work fill a time, on this machine
// and in this language. Turns are given out by time, so a worker must
// be busy for the same time in both languages, not for the same steps.
// The fastest of a few tries is the one that others disturbed least.
func StepsIn(duration time.Duration) int {
	if duration == 0 {
		return 0
	}
	const enough = time.Millisecond
	steps := 1000
	took := TimeOf(steps)
	for ; took < enough; took = TimeOf(steps) {
		steps *= 2
	}
	for range 4 {
		took = min(took, TimeOf(steps))
	}
	return int(float64(steps) * duration.Seconds() / took.Seconds())
}

// TimeOf is how long so many steps of Work take now.
func TimeOf(steps int) time.Duration {
	start := time.Now()
	Work(steps)
	return time.Since(start)
}
