package idioms

import (
	"strconv"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Caller is the worker that starts the others, as events number them.
const Caller = 0

// Free is the mark that a caller leaves when it has started all and
// could do something else.
const Free = "caller-free"

// Polled is how many items were done, and how often nothing was there.
type Polled struct{ Done, Vain int }

// Result counts the questions asked in vain.
func (p Polled) Result() trial.Result {
	return trial.Result{
		Answer:  strconv.Itoa(p.Done),
		Metrics: trial.Metrics{"vain_polls": float64(p.Vain)},
	}
}

// work does an item: it takes a unit. It returns how many are done.
func work(worker, item int, unit time.Duration, note events.Note) int {
	note(worker, "start", strconv.Itoa(item))
	time.Sleep(unit)
	note(worker, "finish", strconv.Itoa(item))
	return 1
}
