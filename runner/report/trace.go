package report

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/model"
)

// A trace is what the workers of one trial did, arranged to be drawn: a lane
// for each worker, and one for the caller where something reached it.
type trace struct {
	heading, label string
	style          style
	unit           float64 // seconds in a unit of the axis; 0: the axis is in seconds
	end            float64 // seconds
	lanes          []lane
	events         []model.Event // in the order in which they happened, without repetitions
	drawn          int           // items, where fewer than there were
	hidden         int           // lanes that are not drawn
	empty          string        // why there is nothing to see

	letters  []run     // who printed, one after the other
	items    []item    // what was finished and reached the caller
	messages []message // what was sent and received
	stuck    string    // what was said of a deadlock
}

// A lane is what one worker did.
type lane struct {
	name  string
	spans []span
}

func (l *lane) last() *span { return &l.spans[len(l.spans)-1] }

// A span is something that lasted, or where from is to, that happened at once.
type span struct {
	from, to float64 // seconds
	what     string  // in words, such as "waits to send"
	label    string
	colour   colour
	faint    bool // waiting or asleep, not working
	n        int  // how many things it stands for
}

// A run is what one worker printed before another did.
type run struct {
	worker int
	letter string
	n      int
}

// An item is a task whose result reached the caller. Times are in seconds, or
// negative where that did not happen.
type item struct {
	name                     string
	started, finished, reach float64
}

// A message is what was sent under one label.
type message struct {
	label             string
	n                 int
	sending, received float64 // first and last; negative: never
	longest, total    float64 // of the sender's waiting
	waited            bool    // there is an end of the waiting
}

// Bounds of one trial's trace.
const (
	mostSpans   = 400
	mostWorkers = 14
	mostNames   = 40 // items or messages in the table
)

// ordered says whether the order of events is worth a picture: whether there is
// more than work that starts and finishes.
func ordered(events []model.Event) bool {
	return slices.ContainsFunc(events, func(e model.Event) bool {
		return e.Kind != "start" && e.Kind != "finish" && e.Kind != "mark"
	})
}

// newTrace arranges the events of a trial that took so many seconds.
func newTrace(events []model.Event, lasted float64) trace {
	s := trace{end: lasted}
	s.events = slices.Clone(events)
	slices.SortStableFunc(s.events, func(a, b model.Event) int {
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
	s.events = slices.DeleteFunc(s.events, func(e model.Event) bool {
		before := last[e.Worker]
		last[e.Worker] = e
		return e.Kind == "mark" && e.Label == before.Kind+"-"+before.Label
	})
	if len(s.events) == 0 {
		s.empty = "no events"
		return s
	}
	s.end = max(s.end, float64(s.events[len(s.events)-1].AtNS)/1e9)
	s.arrange()
	s.merge()
	return s
}

// A traceBuilder turns events into spans, lane by lane.
type traceBuilder struct {
	s      *trace
	lanes  map[int]*lane
	caller *lane
	tones  map[string]colour // of lanes, by the label of what they do
	open   map[int]model.Event
	done   map[int]float64
	items  map[int]int
	named  map[string]int
	steps  map[int]bool // workers that name each step, and say when it is finished
}

func (s *trace) arrange() {
	t := traceBuilder{s, map[int]*lane{}, nil, map[string]colour{}, map[int]model.Event{}, map[int]float64{}, map[int]int{}, map[string]int{}, map[int]bool{}}
	for _, e := range s.events {
		switch e.Kind {
		case "start":
			t.steps[e.Worker] = false
		case "finish":
			if _, started := t.steps[e.Worker]; !started {
				t.steps[e.Worker] = true
			}
		}
	}
	called := slices.ContainsFunc(s.events, func(e model.Event) bool { return e.Kind == "reach" })
	var workers []int
	for _, e := range s.events {
		if called && (e.Kind == "reach" || e.Kind == "mark") {
			continue
		}
		if !slices.Contains(workers, e.Worker) {
			workers = append(workers, e.Worker)
		}
	}
	slices.Sort(workers)
	if len(workers) > mostWorkers {
		s.hidden = len(workers) - mostWorkers
		workers = workers[:mostWorkers]
	}
	for i, w := range workers {
		name, label := s.nameOf(w)
		t.lanes[w] = &lane{name: name}
		if _, there := t.tones[label]; !there {
			t.tones[label] = workerColour(i)
		}
	}
	if called {
		t.caller = &lane{name: "caller"}
	}
	tones := map[int]colour{}
	for i, w := range workers {
		tones[w] = workerColour(i)
	}
	for _, e := range s.events {
		t.tell(e, tones[e.Worker])
	}
	// What never came to its end lasted to the end of the trial.
	for _, w := range workers {
		if e, still := t.open[w]; still {
			at := float64(e.AtNS) / 1e9
			what, to := "works, and does not finish", s.end
			if t.steps[w] {
				what = words(e.Kind) + ", and does not finish"
			} else if e.Kind != "start" {
				what = "is being sent"
				if !slices.ContainsFunc(s.events, func(o model.Event) bool { return o.Kind == "sent" && o.Worker == w }) {
					to = at // it does not say when it has sent
				}
			}
			t.put(t.lanes[w], span{from: at, to: to, what: what, label: e.Label, colour: tones[w], faint: true, n: 1})
		}
	}
	for _, w := range workers {
		s.lanes = append(s.lanes, *t.lanes[w])
	}
	if t.caller != nil {
		s.lanes = append(s.lanes, *t.caller)
	}
}

// workerColour tells lanes apart; the name beside each does so without colour.
func workerColour(i int) colour { return colour{name: fmt.Sprintf("w-%d", i%workerColours)} }

// nameOf says what to call a worker: by what it prints, does or sends, where
// that is always the same.
func (s *trace) nameOf(worker int) (name, label string) {
	labels := map[string][]string{}
	for _, e := range s.events {
		if e.Worker == worker && !slices.Contains(labels[e.Kind], e.Label) {
			labels[e.Kind] = append(labels[e.Kind], e.Label)
		}
	}
	switch {
	case len(labels["print"]) == 1:
		return labels["print"][0], labels["print"][0]
	case len(labels["start"]) == 1:
		label = labels["start"][0]
		alone := !slices.ContainsFunc(s.events, func(e model.Event) bool { return e.Kind == "start" && e.Worker != worker && e.Label == label })
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

func (t *traceBuilder) put(on *lane, b span) {
	if on != nil {
		on.spans = append(on.spans, b)
	}
}

func (t *traceBuilder) tell(e model.Event, own colour) {
	s, at, on := t.s, float64(e.AtNS)/1e9, t.lanes[e.Worker]
	by := func(label string) colour { // whoever's label it is
		if colour, ok := t.tones[label]; ok {
			return colour
		}
		return own
	}
	moment := func(on *lane, what string, colour colour) {
		t.put(on, span{from: at, to: at, what: what, label: e.Label, colour: colour, n: 1})
	}
	lasted := func(what string) {
		b, ok := t.open[e.Worker]
		if !ok {
			moment(on, e.Kind, own)
			return
		}
		delete(t.open, e.Worker)
		label, waits := e.Label, what == waiting
		if e.Kind == "finish" && b.Kind != "start" { // a step, which its kind names
			what, label = words(b.Kind), words(b.Kind)
		}
		t.put(on, span{from: float64(b.AtNS) / 1e9, to: at, what: what, label: label, colour: own, faint: waits, n: 1})
	}
	switch e.Kind {
	case "start":
		t.open[e.Worker] = e
		if _, again := t.items[e.Worker]; !again {
			name, _ := s.nameOf(e.Worker)
			t.items[e.Worker] = len(s.items)
			s.items = append(s.items, item{name, at, -1, -1})
		}
	case "finish":
		lasted("works")
		t.done[e.Worker] = at
		if i, ok := t.items[e.Worker]; ok {
			s.items[i].finished = at
		}
	case "reach":
		if from, ok := t.done[e.Worker]; ok && at > from {
			t.put(on, span{from: from, to: at, what: "is finished, and not with the caller", colour: own, faint: true, n: 1})
		}
		if i, ok := t.items[e.Worker]; ok {
			s.items[i].reach = at
		}
		moment(t.caller, "reaches the caller", own)
	case "sending":
		if before, still := t.open[e.Worker]; still { // nothing said that it was sent
			from := float64(before.AtNS) / 1e9
			t.put(on, span{from: from, to: from, what: "is being sent", label: before.Label, colour: own, n: 1})
		}
		t.open[e.Worker] = e
		m := t.message(e.Label)
		m.n++
		if m.sending < 0 {
			m.sending = at
		}
	case "sent":
		if b, ok := t.open[e.Worker]; ok {
			m := t.message(e.Label)
			wait := at - float64(b.AtNS)/1e9
			m.longest, m.total, m.waited = max(m.longest, wait), m.total+wait, true
		}
		lasted(waiting)
	case "received":
		t.message(e.Label).received = at
		moment(on, "is received", by(e.Label))
	case "wake":
		t.put(on, span{to: at, what: "sleeps", colour: own, faint: true, n: 1})
	case "print":
		if n := len(s.letters); n > 0 && s.letters[n-1].worker == e.Worker {
			s.letters[n-1].n++
			if on != nil && on.last().what == "prints" {
				b := on.last()
				b.to, b.n = at, b.n+1
			}
			return
		}
		s.letters = append(s.letters, run{e.Worker, e.Label, 1})
		moment(on, "prints", own)
	case "stuck":
		s.stuck = strings.TrimSpace(e.Label)
		t.put(on, span{from: at, to: at, what: "is stuck: " + s.stuck, label: "stuck", colour: colour{name: "warn"}, n: 1})
	case "mark":
		if t.caller != nil {
			on = t.caller
		}
		moment(on, words(strings.ReplaceAll(e.Label, "-", " ")), muted)
		if on != nil {
			on.last().label = ""
		}
	default:
		if _, busy := t.open[e.Worker]; !busy && t.steps[e.Worker] {
			t.open[e.Worker] = e
			return
		}
		moment(on, words(e.Kind), own)
	}
}

// waiting is what a sender does while nobody receives: no work.
const waiting = "waits until it is sent"

func (t *traceBuilder) message(label string) *message {
	i, ok := t.named[label]
	if !ok {
		i = len(t.s.messages)
		t.named[label] = i
		t.s.messages = append(t.s.messages, message{label: label, sending: -1, received: -1})
	}
	return &t.s.messages[i]
}

// merge joins neighbours where there are more than a figure can show.
func (s *trace) merge() {
	all, busy := 0, 0
	for _, l := range s.lanes {
		all += len(l.spans)
		if len(l.spans) > 0 {
			busy++
		}
	}
	if all <= mostSpans {
		return
	}
	bins := float64(mostSpans / busy)
	for i := range s.lanes {
		var out []span
		for _, b := range s.lanes[i].spans {
			if n := len(out); n > 0 && int(out[n-1].from/s.end*bins) == int(b.from/s.end*bins) {
				last := &out[n-1]
				last.to, last.n = max(last.to, b.to), last.n+b.n
				last.faint = last.faint && b.faint
				if last.what != b.what || last.label != b.label {
					last.what, last.label = "several things", ""
				}
				continue
			}
			out = append(out, b)
		}
		s.lanes[i].spans = out
		s.drawn += len(out)
	}
}

// longest is the longest uninterrupted run of letters.
func (s *trace) longest() run {
	var best run
	for _, r := range s.letters {
		if r.n > best.n {
			best = r
		}
	}
	return best
}

// at writes a time on the trace's own axis.
func (s *trace) at(t float64) string {
	switch {
	case t < 0:
		return "–"
	case s.unit > 0:
		return fixed(t/s.unit, 0.01)
	}
	return seconds.exact(t)
}

// say is the span in words.
func (s *trace) say(on lane, b span) string {
	text := on.name + ": "
	if b.n > 1 {
		text += whole(float64(b.n)) + " times "
	}
	text += b.what
	if b.label != "" && !strings.HasSuffix(on.name, b.label) && b.label != "stuck" {
		text = strings.Replace(text, ": ", ": "+b.label+" ", 1)
	}
	if b.from == b.to {
		return text + ", at " + s.at(b.from)
	}
	return text + ", from " + s.at(b.from) + " to " + s.at(b.to)
}
