package scheduling

import (
	"fmt"
	"strings"
	"sync/atomic"

	"tandem/go/events"
	"tandem/go/trial"
)

// Workers are the letters that are printed, each by its own worker.
const Workers = "ABCDE"

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
