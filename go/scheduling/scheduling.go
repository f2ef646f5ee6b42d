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
)

// Workers are the letters that are printed, each by its own worker.
const Workers = "ABCDE"

// Counts says how often each letter stands in the order: the same in
// every variant, whatever the order is.
func Counts(order string) string {
	var counts []string
	for _, letter := range Workers {
		n := strings.Count(order, string(letter))
		counts = append(counts, fmt.Sprintf("%c=%d", letter, n))
	}
	return strings.Join(counts, " ")
}

// LongestRun is the most letters that one worker printed before another
// had its turn.
func LongestRun(order string) int {
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
func Switches(order string) int {
	switches := 0
	for i := 1; i < len(order); i++ {
		if order[i] != order[i-1] {
			switches++
		}
	}
	return switches
}

// First is the number, from 0, of the worker that printed first.
func First(order string) int {
	return strings.Index(Workers, order[:1])
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
func NewPage(letters int, note events.Note) (*Page, error) {
	if letters < 1 {
		const want = "letters is %d, want at least 1"
		return nil, fmt.Errorf(want, letters)
	}
	room := make([]byte, letters*len(Workers))
	return &Page{letters: room, note: note}, nil
}

// Print puts a worker's letter on the page.
func (p *Page) Print(worker int) {
	p.letters[p.next.Add(1)-1] = Workers[worker]
	p.note(worker, "print", Workers[worker:worker+1])
}

// String is what stands on the page, once all workers are done.
func (p *Page) String() string { return string(p.letters) }

// Sequential lets one worker after the other print all its letters.
func Sequential(letters, steps int, note events.Note) (string, error) {
	page, err := NewPage(letters, note)
	if err != nil {
		return "", err
	}
	for worker := range len(Workers) {
		for range letters {
			page.Print(worker)
			Work(steps)
		}
	}
	return page.String(), nil
}

// Sleeping has all workers at once on one core, and each sleeps after
// each letter. Who sleeps needs no core, so the next one gets it.
func Sleeping(letters int, unit time.Duration,
	note events.Note) (string, error) {
	// Set the number of cores now, and set it back in the end.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return together(letters, func() { time.Sleep(unit) }, note)
}

// Running is the same without the sleep: a worker computes after each
// letter and never offers the core to another.
func Running(letters, steps int, note events.Note) (string, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	return together(letters, func() { Work(steps) }, note)
}

// From here on each language has its own.

// Parallel is the same as Running, on all cores.
func Parallel(letters, steps int, note events.Note) (string, error) {
	return together(letters, func() { Work(steps) }, note)
}

// together starts a goroutine for each worker and waits for all.
func together(letters int, between func(),
	note events.Note) (string, error) {
	page, err := NewPage(letters, note)
	if err != nil {
		return "", err
	}
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
	return page.String(), nil
}
