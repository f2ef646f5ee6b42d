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
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
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

// Prepare finds out how fast this machine is, before the clock runs.
func (p *Params) Prepare() error {
	p.steps = StepsIn(p.Work)
	return nil
}

// Workers are the letters that are printed, each by its own worker.
const Workers = "ABCDE"

// An Order is the letters as they stand on the page.
type Order string

// Result says how the workers took turns.
func (o Order) Result() trial.Result {
	return trial.Result{
		Answer: Counts(o),
		Metrics: trial.Metrics{
			"longest_run":  float64(LongestRun(o)),
			"switches":     float64(Switches(o)),
			"first_worker": float64(First(o)),
		},
	}
}

// Counts says how often each letter stands in the order: the same in
// every variant, whatever the order is.
func Counts(order Order) string {
	var counts []string
	for _, letter := range Workers {
		n := strings.Count(string(order), string(letter))
		counts = append(counts, fmt.Sprintf("%c=%d", letter, n))
	}
	return strings.Join(counts, " ")
}

// LongestRun is the most letters that one worker printed before another
// had its turn.
func LongestRun(order Order) int {
	longest, run := 0, 0
	for i := range len(order) {
		if i > 0 && order[i] != order[i-1] {
			run = 0
		}
		run++
		longest = max(longest, run)
	}
	return longest
}

// Switches is how often a letter is followed by another worker's.
func Switches(order Order) int {
	switches := 0
	for i := 1; i < len(order); i++ {
		if order[i] != order[i-1] {
			switches++
		}
	}
	return switches
}

// First is the number, from 0, of the worker that printed first.
func First(order Order) int {
	return strings.Index(Workers, string(order[:1]))
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

// A Page is what all workers print on. A worker takes the next free
// place by adding one to a counter, so that no worker waits for
// another: a lock would have a say in who runs next.
type Page struct {
	next    atomic.Int64
	letters []byte
	note    events.Note
}

// NewPage returns a page with room for what all workers will print.
func NewPage(letters int, note events.Note) *Page {
	room := make([]byte, letters*len(Workers))
	return &Page{letters: room, note: note}
}

// Print puts a worker's letter on the page.
func (p *Page) Print(worker int) {
	p.letters[p.next.Add(1)-1] = Workers[worker]
	p.note(worker, "print", Workers[worker:worker+1])
}

// Order is what stands on the page, once all workers are done.
func (p *Page) Order() Order { return Order(p.letters) }

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

// From here on each language has its own.

// Parallel is the same as Running, on all cores.
func Parallel(p Params, note events.Note) (Order, error) {
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
