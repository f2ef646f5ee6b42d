// Package trace arranges the events of a trial: a lane for each worker, what lasted
// and what happened at once in it, and what came of them (letters that were
// printed, results that were collected, messages that were sent).
package trace

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/format"
	"tandem/runner/model"
)

// A Trace is what the workers of one trial did, arranged to be drawn: a lane
// for each worker, and one for the caller where something reached it.
type Trace struct {
	Unit   float64 // seconds in a unit of the axis; 0: the axis is in seconds
	End    float64 // seconds
	Lanes  []Lane
	Events []model.Event // in the order in which they happened, without repetitions
	Drawn  int           // items, where fewer than there were
	Hidden int           // lanes that are not drawn
	Empty  string        // why there is nothing to see

	Letters  []run     // who printed, one after the other
	Items    []Item    // what was finished and reached the caller
	Messages []Message // what was sent and received
	Stuck    string    // what was said of a deadlock
}

// A Lane is what one worker did.
type Lane struct {
	Name  string
	Spans []Span
}

func (l *Lane) last() *Span { return &l.Spans[len(l.Spans)-1] }

// A Span is something that lasted, or where from is to, that happened at once.
type Span struct {
	From, To float64 // seconds
	kind     string  // of the events it is made of
	Label    string
	By       int  // the lane whose doing it is, Nobody or Stuck
	Faint    bool // waiting or asleep, not working
	n        int  // how many things it stands for
}

// Who does what no lane does.
const (
	Nobody = -1
	Stuck  = -2
)

// A run is what one worker printed before another did.
type run struct {
	worker int
	Letter string
	N      int
}

// An Item is a task whose result reached the caller. Times are in seconds, or
// negative where that did not happen.
type Item struct {
	Name                     string
	Started, Finished, Reach float64
}

// A Message is what was sent under one label.
type Message struct {
	Label             string
	N                 int
	Sending, Received float64 // first and last; negative: never
	Longest, Total    float64 // of the sender's waiting
	Waited            bool    // there is an end of the waiting
}

// Bounds of one trial's trace.
const (
	mostSpans   = 400
	mostWorkers = 14
	MostNames   = 40 // items or messages in the table
)

// Ordered says whether the order of events is worth a picture: whether there is
// more than work that starts and finishes.
func Ordered(events []model.Event) bool {
	return slices.ContainsFunc(events, func(e model.Event) bool {
		return e.Kind != "start" && e.Kind != "finish" && e.Kind != "mark"
	})
}

// New arranges the events of a trial that took so many seconds.
func New(events []model.Event, lasted float64) Trace {
	s := Trace{End: lasted}
	s.Events = slices.Clone(events)
	slices.SortStableFunc(s.Events, func(a, b model.Event) int {
		switch {
		case a.AtNS < b.AtNS:
			return -1
		case a.AtNS > b.AtNS:
			return 1
		}
		return 0
	})
	// A mark that says again what the event before it said.
	last := map[int]model.Event{}
	s.Events = slices.DeleteFunc(s.Events, func(e model.Event) bool {
		before := last[e.Worker]
		last[e.Worker] = e
		return e.Kind == "mark" && e.Label == before.Kind+"-"+before.Label
	})
	if len(s.Events) == 0 {
		s.Empty = "no events"
		return s
	}
	s.End = max(s.End, float64(s.Events[len(s.Events)-1].AtNS)/1e9)
	s.arrange()
	s.merge()
	return s
}

// A traceBuilder turns events into spans, lane by lane.
type traceBuilder struct {
	s      *Trace
	lanes  map[int]*Lane // by worker
	at     map[int]int   // their places
	caller *Lane
	owners map[string]int // places of lanes, by the label of what they do
	open   map[int]model.Event
	done   map[int]float64
	items  map[int]int
	named  map[string]int
	steps  map[int]bool // workers that name each step, and say when it is finished
}

func (s *Trace) arrange() {
	t := traceBuilder{s, map[int]*Lane{}, map[int]int{}, nil, map[string]int{}, map[int]model.Event{}, map[int]float64{}, map[int]int{}, map[string]int{}, map[int]bool{}}
	called := false
	var workers []int
	for _, e := range s.Events {
		switch e.Kind {
		case "start":
			t.steps[e.Worker] = false
		case "finish":
			if _, started := t.steps[e.Worker]; !started {
				t.steps[e.Worker] = true
			}
		case "reach":
			called = true
		}
	}
	for _, e := range s.Events {
		if called && (e.Kind == "reach" || e.Kind == "mark") {
			continue
		}
		if !slices.Contains(workers, e.Worker) {
			workers = append(workers, e.Worker)
		}
	}
	slices.Sort(workers)
	if len(workers) > mostWorkers {
		s.Hidden = len(workers) - mostWorkers
		workers = workers[:mostWorkers]
	}
	for i, w := range workers {
		name, label := s.nameOf(w)
		t.lanes[w], t.at[w] = &Lane{Name: name}, i
		if _, there := t.owners[label]; !there {
			t.owners[label] = i
		}
	}
	if called {
		t.caller = &Lane{Name: "caller"}
	}
	for _, e := range s.Events {
		t.add(e)
	}
	// What never came to its end lasted to the end of the trial.
	for i, w := range workers {
		if e, still := t.open[w]; still {
			at := float64(e.AtNS) / 1e9
			to := s.End
			if !t.steps[w] && e.Kind != "start" && !slices.ContainsFunc(s.Events, func(o model.Event) bool { return o.Kind == "sent" && o.Worker == w }) {
				to = at // it does not say when it has sent
			}
			t.put(t.lanes[w], Span{From: at, To: to, kind: "open", Label: e.Label, By: i, Faint: true, n: 1})
		}
		s.Lanes = append(s.Lanes, *t.lanes[w])
	}
	if t.caller != nil {
		s.Lanes = append(s.Lanes, *t.caller)
	}
}

// nameOf says what to call a worker: by what it prints, does or sends, where
// that is always the same.
func (s *Trace) nameOf(worker int) (name, label string) {
	labels := map[string][]string{}
	for _, e := range s.Events {
		if e.Worker == worker && !slices.Contains(labels[e.Kind], e.Label) {
			labels[e.Kind] = append(labels[e.Kind], e.Label)
		}
	}
	switch {
	case len(labels["print"]) == 1:
		return labels["print"][0], labels["print"][0]
	case len(labels["start"]) == 1:
		label = labels["start"][0]
		alone := !slices.ContainsFunc(s.Events, func(e model.Event) bool { return e.Kind == "start" && e.Worker != worker && e.Label == label })
		if alone && label != "" {
			return "task " + label, label
		}
	case len(labels["sending"]) == 1:
		return labels["sending"][0], labels["sending"][0]
	case len(labels["sending"]) > 1:
		return "sender", ""
	case labels["received"] != nil || labels["wake"] != nil || labels["stuck"] != nil:
		return "receiver", ""
	}
	return fmt.Sprintf("worker %d", worker), ""
}

func (t *traceBuilder) put(on *Lane, b Span) {
	if on != nil {
		on.Spans = append(on.Spans, b)
	}
}

// add turns one event into a span, or into the beginning of one.
func (t *traceBuilder) add(e model.Event) {
	s, at, on := t.s, float64(e.AtNS)/1e9, t.lanes[e.Worker]
	own, known := t.at[e.Worker]
	if !known {
		own = Nobody
	}
	moment := func(on *Lane, by int) {
		t.put(on, Span{From: at, To: at, kind: e.Kind, Label: e.Label, By: by, n: 1})
	}
	lasted := func(faint bool) {
		b, ok := t.open[e.Worker]
		if !ok {
			moment(on, own)
			return
		}
		delete(t.open, e.Worker)
		label := e.Label
		if e.Kind == "finish" && b.Kind != "start" { // a step, which its kind names
			label = format.Words(b.Kind)
		}
		t.put(on, Span{From: float64(b.AtNS) / 1e9, To: at, kind: b.Kind, Label: label, By: own, Faint: faint, n: 1})
	}
	switch e.Kind {
	case "start":
		t.open[e.Worker] = e
		if _, again := t.items[e.Worker]; !again {
			name, _ := s.nameOf(e.Worker)
			t.items[e.Worker] = len(s.Items)
			s.Items = append(s.Items, Item{name, at, -1, -1})
		}
	case "finish":
		lasted(false)
		t.done[e.Worker] = at
		if i, ok := t.items[e.Worker]; ok {
			s.Items[i].Finished = at
		}
	case "reach":
		if from, ok := t.done[e.Worker]; ok && at > from {
			t.put(on, Span{From: from, To: at, kind: e.Kind, By: own, Faint: true, n: 1})
		}
		if i, ok := t.items[e.Worker]; ok {
			s.Items[i].Reach = at
		}
		moment(t.caller, own)
	case "sending":
		if before, still := t.open[e.Worker]; still { // nothing said that it was sent
			from := float64(before.AtNS) / 1e9
			t.put(on, Span{From: from, To: from, kind: "sent", Label: before.Label, By: own, n: 1})
		}
		t.open[e.Worker] = e
		m := t.message(e.Label)
		m.N++
		if m.Sending < 0 {
			m.Sending = at
		}
	case "sent":
		if b, ok := t.open[e.Worker]; ok {
			m := t.message(e.Label)
			wait := at - float64(b.AtNS)/1e9
			m.Longest, m.Total, m.Waited = max(m.Longest, wait), m.Total+wait, true
		}
		lasted(true) // a sender that waits does not work
	case "received":
		t.message(e.Label).Received = at
		if of, ok := t.owners[e.Label]; ok { // whoever's label it is
			own = of
		}
		moment(on, own)
	case "wake":
		t.put(on, Span{To: at, kind: e.Kind, By: own, Faint: true, n: 1})
	case "print":
		if n := len(s.Letters); n > 0 && s.Letters[n-1].worker == e.Worker {
			s.Letters[n-1].N++
			if on != nil && on.last().kind == "print" {
				b := on.last()
				b.To, b.n = at, b.n+1
			}
			return
		}
		s.Letters = append(s.Letters, run{e.Worker, e.Label, 1})
		moment(on, own)
	case "stuck":
		s.Stuck = strings.TrimSpace(e.Label)
		t.put(on, Span{From: at, To: at, kind: e.Kind, Label: e.Kind, By: Stuck, n: 1})
	case "mark":
		if t.caller != nil {
			on = t.caller
		}
		t.put(on, Span{From: at, To: at, kind: e.Label, By: Nobody, n: 1})
	default:
		if _, busy := t.open[e.Worker]; !busy && t.steps[e.Worker] {
			t.open[e.Worker] = e
			return
		}
		moment(on, own)
	}
}

func (t *traceBuilder) message(label string) *Message {
	i, ok := t.named[label]
	if !ok {
		i = len(t.s.Messages)
		t.named[label] = i
		t.s.Messages = append(t.s.Messages, Message{Label: label, Sending: -1, Received: -1})
	}
	return &t.s.Messages[i]
}

// merge joins neighbours where there are more than a figure can show.
func (s *Trace) merge() {
	all, busy := 0, 0
	for _, l := range s.Lanes {
		all += len(l.Spans)
		if len(l.Spans) > 0 {
			busy++
		}
	}
	if all <= mostSpans {
		return
	}
	bins := float64(mostSpans / busy)
	for i := range s.Lanes {
		var out []Span
		for _, b := range s.Lanes[i].Spans {
			if n := len(out); n > 0 && int(out[n-1].From/s.End*bins) == int(b.From/s.End*bins) {
				last := &out[n-1]
				last.To, last.n = max(last.To, b.To), last.n+b.n
				last.Faint = last.Faint && b.Faint
				if last.kind != b.kind || last.Label != b.Label {
					last.kind, last.Label = "", ""
				}
				continue
			}
			out = append(out, b)
		}
		s.Lanes[i].Spans = out
		s.Drawn += len(out)
	}
}

// Longest is the longest uninterrupted run of letters.
func (s *Trace) Longest() run {
	var best run
	for _, r := range s.Letters {
		if r.N > best.N {
			best = r
		}
	}
	return best
}

// At writes a time on the trace's own axis.
func (s *Trace) At(t float64) string {
	switch {
	case t < 0:
		return "–"
	case s.Unit > 0:
		return format.Fixed(t/s.Unit, 0.01)
	}
	return format.Seconds.Exact(t)
}

// Line is an event in words.
func (s *Trace) Line(e model.Event) string {
	what := map[string]string{
		"start": "%s starts", "finish": "%s finished", "reach": "%s reached the caller",
		"sending": "%s is being sent", "sent": "%s sent", "received": "%s received", "wake": "receiver wakes",
	}[e.Kind]
	name := e.Label
	if name == "" {
		name, _ = s.nameOf(e.Worker)
	}
	switch {
	case what == "":
		what = format.Words(e.Kind) + " " + e.Label
	case strings.Contains(what, "%s"):
		what = fmt.Sprintf(what, name)
	}
	return strings.TrimSpace(what) + "  @" + s.At(float64(e.AtNS)/1e9)
}
