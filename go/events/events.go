// Package events lets a variant say what its workers do, and when.
//
// Its one decision: a variant says what happens, never when. It calls a Note;
// whoever runs the variant owns the clock.
package events

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// A Note records that something of the given kind ("start", "finish", "sending",
// "received", "mark", ...) happens now in a worker, counted from 0. It may be
// called from any goroutine.
type Note func(worker int, kind, label string)

// Silent is the Note that records nothing.
func Silent(worker int, kind, label string) {}

// Mark is the kind of the events that are recorded in every trial, traced or
// not, because each becomes a metric of its own.
const Mark = "mark"

// An Event is one thing that happened.
type Event struct {
	AtNS   int64  `json:"at_ns"` // since the work began
	Worker int    `json:"worker"`
	Kind   string `json:"kind"`
	Label  string `json:"label"`
}

// What is kept of a trial. A timeline shows no more, and with labels of that
// length what a child sends stays within the protocol's limits.
const (
	Most      = 50_000 // events, beside the marks
	MostLabel = 64     // bytes
)

// A Recorder keeps the events of one trial in memory, and not those beyond
// the first Most.
type Recorder struct {
	trace bool

	mu     sync.Mutex
	start  time.Time
	events []Event
	marks  int // among them
}

// NewRecorder returns a Recorder that keeps marks and, with trace, everything
// else.
func NewRecorder(trace bool) *Recorder { return &Recorder{trace: trace} }

// Start says that the work begins now, and returns that moment.
func (r *Recorder) Start() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.start = time.Now()
	return r.start
}

// Note is the Recorder's Note.
func (r *Recorder) Note(worker int, kind, label string) {
	if kind != Mark && !r.trace {
		return
	}
	// The clock is read under the lock, so the events are in order as they
	// stand.
	r.mu.Lock()
	defer r.mu.Unlock()
	at := time.Since(r.start).Nanoseconds()
	if kind == Mark {
		r.marks++
	} else if len(r.events)-r.marks >= Most {
		return
	}
	if len(label) > MostLabel {
		label = strings.ToValidUTF8(label[:MostLabel], "")
	}
	r.events = append(r.events, Event{at, worker, kind, label})
}

// Events returns what was recorded, oldest first.
func (r *Recorder) Events() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// Metrics returns the marks as metrics: "pool-ready" becomes pool_ready_ns,
// the nanoseconds from the start to the last mark of that label.
func (r *Recorder) Metrics() map[string]float64 {
	metrics := map[string]float64{}
	for _, e := range r.Events() {
		if e.Kind == Mark {
			name := strings.ReplaceAll(e.Label, "-", "_") + "_ns"
			metrics[name] = float64(e.AtNS)
		}
	}
	return metrics
}
