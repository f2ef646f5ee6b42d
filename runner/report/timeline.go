package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tandem/runner/model"
	"tandem/runner/summary"
)

// timeline is a figure of who did what when: a small panel for each variant, a
// lane for each worker.
type timeline struct {
	panels  []trace
	longest map[bool]float64 // of all panels, in units and in seconds
}

// events reads what was seen of a row's traced trial, nil where nothing was.
func (d *builder) events(r *summary.Row) []model.Event {
	if d.in.Samples == nil || r.Traced == nil || r.Traced.Samples == "" {
		return nil
	}
	if e, ok := d.traces[r.Traced]; ok {
		return e
	}
	s, err := d.in.Samples(r.Traced)
	if err != nil {
		s.Events = nil // as if it had not been traced; the journal is what counts
	}
	d.traces[r.Traced] = s.Events
	return s.Events
}

// unitOf is the length in seconds of what the pair counts time in, 0 where it
// has no such unit or the row does not read it.
func (d *builder) unitOf(p *summary.Pair, r *summary.Row) float64 {
	q := d.pair(p.ID).Param("unit")
	if q == nil || q.Type != "duration" || r.Traced == nil || !d.reads(p, r, q.Name) {
		return 0
	}
	ns, _ := number(r.Traced.Params[q.Name])
	return ns / 1e9
}

// timelineFigure shows the traced trial of each variant, nil where the order of
// events is not what the pair is about.
func (d *builder) timelineFigure(p *summary.Pair) *figure {
	all := tracks(p)
	if !slices.ContainsFunc(all, func(t *track) bool { return ordered(d.events(t.Row)) }) {
		return nil
	}
	f := &figure{ID: p.ID + "-timeline", Title: "Who did what, and when", Wide: true}
	art := &timeline{}
	left, units, merged, hidden := 0, 0.0, 0, 0
	for _, t := range all {
		r := t.Row
		if r.Traced == nil {
			continue
		}
		if len(art.panels) == mostPanels {
			left++
			continue
		}
		s := newTrace(d.events(r), float64(r.Traced.WallNS)/1e9)
		s.unit = d.unitOf(p, r)
		s.heading, s.label, s.style = d.runtime(r), r.Variant, d.style(r)
		art.panels = append(art.panels, s)
		units = max(units, s.unit)
		hidden = max(hidden, s.hidden)
		if s.drawn > 0 {
			merged = max(merged, len(s.events))
		}
		for _, e := range s.events {
			note := fmt.Sprintf("worker %d", e.Worker)
			if e.Label != "" {
				note += ": " + e.Label
			}
			f.table.record(p.ID, t.group.Label, r, "event-"+e.Kind, seconds, model.Estimate{Value: float64(e.AtNS) / 1e9, N: 1}, note)
		}
	}
	f.art = art
	f.table.Caption = f.Title
	f.Note = "One lane a worker, time to the right. Full: at work. Thin: waiting until a message is sent, asleep, or finished and not yet with the caller. Dot: a single moment. From a trial of its own, traced and in no other figure: of several the one that took most nearly as long as the rounds did."
	if units > 0 {
		f.Note += " Times are in units of " + seconds.tick(units) + " where no other unit stands."
	}
	if merged > 0 {
		f.Note += fmt.Sprintf(" Of up to %s a trial, those too close to tell apart are drawn as one; the CSV file has all.", plural(merged, "event"))
	}
	if hidden > 0 {
		f.Note += fmt.Sprintf(" Up to %s of a trial are not drawn.", plural(hidden, "worker"))
	}
	if left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", plural(left, "variant"))
	}
	switch {
	case slices.ContainsFunc(art.panels, func(s trace) bool { return len(s.letters) > 0 }):
		art.tellLetters(f)
	case slices.ContainsFunc(art.panels, func(s trace) bool {
		return slices.ContainsFunc(s.items, func(i item) bool { return i.reach >= 0 })
	}):
		art.tellItems(f)
	case slices.ContainsFunc(art.panels, func(s trace) bool { return len(s.messages) > 0 }):
		art.tellMessages(f)
	default:
		art.tellWorkers(f)
		f.Finding, f.Points = d.about(p, "wall"), nil
	}
	return f
}

// tellWorkers says how many workers did how much.
func (f *timeline) tellWorkers(fig *figure) {
	fig.table.Head = []string{"variant", "workers", "events", "first @", "last @"}
	for _, s := range f.panels {
		workers := len(s.lanes) + s.hidden
		if len(s.events) == 0 {
			fig.table.add(s.heading, s.label, cell{Text: "not traced", Note: true}, cell{}, cell{}, cell{})
			continue
		}
		at := func(e model.Event) string { return s.at(float64(e.AtNS) / 1e9) }
		fig.table.add(s.heading, s.label, cell{Text: whole(float64(workers))}, cell{Text: whole(float64(len(s.events)))},
			cell{Text: at(s.events[0])}, cell{Text: at(s.events[len(s.events)-1])})
	}
}

// tellLetters says who printed how much before another did.
func (f *timeline) tellLetters(fig *figure) {
	fig.table.Head = []string{"variant", "letters", "turns", "longest uninterrupted run", "in order"}
	said := perRuntime{}
	for _, s := range f.panels {
		if len(s.letters) == 0 {
			fig.table.add(s.heading, s.label, cell{Text: "printed nothing", Note: true}, cell{}, cell{}, cell{})
			continue
		}
		letters := 0
		var order []string
		for i, r := range s.letters {
			letters += r.n
			if i < mostRuns {
				order = append(order, r.letter+times1(r.n))
			}
		}
		if n := len(s.letters) - mostRuns; n > 0 {
			order = append(order, fmt.Sprintf("and %d more", n))
		}
		best := s.longest()
		fig.table.add(s.heading, s.label, cell{Text: whole(float64(letters))}, cell{Text: whole(float64(len(s.letters)))},
			cell{Text: plural(best.n, "letter") + " (" + best.letter + ")"}, cell{Text: strings.Join(order, " "), Note: true})
		said.add(s.heading, fmt.Sprintf("%s %d", s.label, best.n))
	}
	said.into(fig, "Longest uninterrupted run of one letter")
	fig.Note += " A bar is a run of letters between which nobody else printed, not time spent at work."
}

const mostRuns = 30

func times1(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf("×%d", n)
}

// A perRuntime is a sentence for each runtime.
type perRuntime struct {
	heads []string
	parts map[string][]string
}

func (s *perRuntime) add(head, part string) {
	if s.parts == nil {
		s.parts = map[string][]string{}
	}
	if !slices.Contains(s.heads, head) {
		s.heads = append(s.heads, head)
	}
	s.parts[head] = append(s.parts[head], part)
}

// into writes the sentences as a figure's finding.
func (s *perRuntime) into(f *figure, what string) {
	for _, h := range s.heads {
		f.Points = append(f.Points, what+", "+h+": "+strings.Join(s.parts[h], ", ")+".")
		what = "The same"
	}
	f.Finding = strings.Join(f.Points, " ")
	if len(f.Points) == 0 {
		f.Finding = "Nothing was traced."
	}
}

// tellItems says when each result was there, and when the caller had it.
func (f *timeline) tellItems(fig *figure) {
	fig.table.Head = []string{"task", "started @", "finished @", "reached the caller @", "lay waiting"}
	said := perRuntime{}
	for _, s := range f.panels {
		group := s.heading + " · " + s.label
		worst := -1
		for i, it := range s.items {
			if it.reach < 0 || it.finished < 0 {
				continue
			}
			if worst < 0 || it.reach-it.finished > s.items[worst].reach-s.items[worst].finished {
				worst = i
			}
		}
		for i, it := range s.items {
			if i == mostNames {
				fig.table.add(group, "…", cell{Text: plural(len(s.items)-mostNames, "task") + " more", Note: true}, cell{}, cell{}, cell{})
				break
			}
			wait := "–"
			if it.reach >= 0 && it.finished >= 0 {
				wait = s.at(max(0, it.reach-it.finished))
			}
			fig.table.add(group, it.name, cell{Text: s.at(it.started)}, cell{Text: s.at(it.finished)}, cell{Text: s.at(it.reach)}, cell{Text: wait})
		}
		if worst >= 0 {
			it := s.items[worst]
			said.add(s.heading, fmt.Sprintf("%s %s (%s)", s.label, s.at(max(0, it.reach-it.finished)), it.name))
		}
	}
	said.into(fig, "The longest that a finished result lay waiting for the caller"+f.inUnits())
}

// inUnits names the unit of times in a sentence, where there is one.
func (f *timeline) inUnits() string {
	for _, s := range f.panels {
		if s.unit > 0 {
			return ", in units of " + seconds.tick(s.unit)
		}
	}
	return ""
}

// tellMessages says how long senders waited.
func (f *timeline) tellMessages(fig *figure) {
	fig.table.Head = []string{"message", "times", "sending began @", "longest wait of its sender", "waits in all", "last received @"}
	said := perRuntime{}
	var stuck []string
	for _, s := range f.panels {
		group := s.heading + " · " + s.label
		worst := -1
		for i, m := range s.messages {
			if m.waited && (worst < 0 || m.longest > s.messages[worst].longest) {
				worst = i
			}
			if i > mostNames {
				continue
			}
			if i == mostNames {
				fig.table.add(group, "…", cell{Text: plural(len(s.messages)-mostNames, "message") + " more", Note: true}, cell{}, cell{}, cell{}, cell{})
				continue
			}
			longest, total := "–", "–"
			if m.waited {
				longest, total = s.at(m.longest), s.at(m.total)
			}
			fig.table.add(group, m.label, cell{Text: whole(float64(m.n))}, cell{Text: s.at(m.sending)}, cell{Text: longest}, cell{Text: total}, cell{Text: s.at(m.received)})
		}
		if worst >= 0 {
			m := s.messages[worst]
			said.add(s.heading, fmt.Sprintf("%s %s (%s)", s.label, s.at(m.longest), m.label))
		}
		if s.stuck != "" {
			stuck = append(stuck, s.label+" in "+s.heading)
		}
	}
	switch {
	case len(stuck) > 0:
		fig.Finding = "Stuck in the end: " + list(stuck) + "."
	case len(said.heads) > 0:
		said.into(fig, "The longest wait of a sender"+f.inUnits())
	default:
		fig.Finding = "In which order messages were sent and received."
	}
}

// A stage is where a trace's panel stands.
type stage struct {
	x, y   float64 // of its upper left corner, from the top left of the figure
	head   string  // printed above, where a row of another runtime begins
	extent extent  // of the axis, in units or seconds
}

// Sizes of a timeline, in pixels.
const (
	rowHeight = 17.0
	barHeight = 9.0
	stageHead = 24.0
	stageFoot = 26.0
)

// stages places the panels, and gives panels of like length one axis, so that
// they compare.
func (f *timeline) stages(columns int, cell, gap float64) (out []stage, height float64) {
	const apart = 6 // a panel that is so much shorter has an axis of its own
	longest := f.ends()
	y, column, tallest := 0.0, 0, 0.0
	for i, s := range f.panels {
		var g stage
		if s.heading != "" && (i == 0 || s.heading != f.panels[i-1].heading) {
			y += tallest
			g.head = s.heading
			y += 26
			column, tallest = 0, 0
		} else if column == columns {
			y += tallest
			column, tallest = 0, 0
		}
		g.x, g.y = float64(column)*(cell+gap), y
		tallest = max(tallest, stageHead+rowHeight*float64(max(2, len(s.lanes)))+stageFoot)
		end := s.length()
		if all := longest[s.unit > 0]; end*apart > all {
			end = all
		}
		g.extent = linSpan([]float64{end}, 5)
		// The last moment need not be a tick, but its label needs room.
		g.extent.hi = end * 1.02
		if slices.ContainsFunc(s.messages, func(m message) bool { return !s.lane(m.label) }) {
			g.extent.hi = end * 1.28
		}
		g.extent.ticks = slices.DeleteFunc(g.extent.ticks, func(t float64) bool { return t > g.extent.hi })
		out = append(out, g)
		column++
	}
	return out, y + tallest
}

// ends are the ends of the longest panels, in units and in seconds.
func (f *timeline) ends() map[bool]float64 {
	if f.longest != nil {
		return f.longest
	}
	longest := map[bool]float64{}
	for _, s := range f.panels {
		longest[s.unit > 0] = max(longest[s.unit > 0], s.length())
	}
	return longest
}

// timelineWidth is that of one trial's panel.
const timelineWidth = 298

// pieces implements piecewise.
func (f *timeline) pieces() (out []piece) {
	for i, s := range f.panels {
		heading := s.heading
		if i > 0 && heading == f.panels[i-1].heading {
			heading = ""
		}
		s.heading = ""
		one := &timeline{[]trace{s}, f.ends()}
		stages, _ := one.stages(1, timelineWidth, 0)
		out = append(out, piece{heading, timelineWidth, one, [3]float64{one.gutter(), timelineWidth - 4, stages[0].extent.hi * cmp.Or(s.unit, 1)}})
	}
	return out
}

// chart implements piecewise: the drawing says it all.
func (f *timeline) chart() map[string]any { return nil }

// length is the trace's, as its axis counts.
func (s *trace) length() float64 {
	if s.unit > 0 {
		return s.end / s.unit
	}
	return max(s.end, 1e-9)
}

// scaled brings a time to the axis.
func (s *trace) scaled(t float64) float64 {
	if s.unit > 0 {
		return t / s.unit
	}
	return t
}

func (s *trace) tick(v float64) string {
	if s.unit > 0 {
		return whole(v)
	}
	return seconds.tick(v)
}

// gutter is the room for the lanes' names.
func (f *timeline) gutter() float64 {
	most := 0
	for _, s := range f.panels {
		for _, l := range s.lanes {
			most = max(most, len([]rune(l.name)))
		}
	}
	return math.Min(82, float64(most)*5.9+8)
}

func (f *timeline) draw(width float64) *canvas {
	columns, gap := 3, 30.0
	if width < 700 {
		columns = 1
	}
	cell := (width - gap*float64(columns-1)) / float64(columns)
	stages, height := f.stages(columns, cell, gap)
	c := newCanvas(width, max(height, 20))
	area := draw.NewCanvas(c, vg.Length(width), vg.Length(c.h))
	gutter := f.gutter()
	for i := range f.panels {
		s, g := &f.panels[i], stages[i]
		at := func(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(c.h - y)} }
		if g.head != "" {
			c.text(at(0, g.y-10), "start", text{size: textSize, bold: true}, g.head)
		}
		drawMark(area, s.style, at(g.x+5, g.y+10), 4.2, false)
		c.text(at(g.x+16, g.y+14), "start", text{size: textSize}, s.label)
		left, right := g.x+gutter, g.x+cell-4
		top := g.y + stageHead
		foot := top + rowHeight*float64(max(2, len(s.lanes)))
		x := func(v float64) float64 { return left + (right-left)*math.Max(0, math.Min(1, v/g.extent.hi)) }
		if s.empty != "" {
			c.text(at(left, top+18), "start", text{size: smallSize, colour: muted}, s.empty)
			continue
		}
		for n, t := range g.extent.ticks {
			line(area, rule, 1, nil, vg.Length(x(t)), vg.Length(c.h-top), vg.Length(x(t)), vg.Length(c.h-foot))
			anchor := "middle"
			if n == 0 {
				anchor = "start"
			} else if x(t) > right-12 {
				anchor = "end"
			}
			c.text(at(x(t), foot+13), anchor, text{size: smallSize, colour: muted}, s.tick(t))
		}
		for n, l := range s.lanes {
			mid := top + rowHeight*(float64(n)+0.5)
			c.text(at(left-7, mid+3.8), "end", text{size: smallSize, colour: muted}, clip(l.name, 13))
			line(area, rule, 1, nil, vg.Length(left), vg.Length(c.h-mid), vg.Length(right), vg.Length(c.h-mid))
			f.lane(c, area, s, l, mid, x, right)
		}
	}
	return c
}

// lane draws one lane.
func (f *timeline) lane(c *canvas, area draw.Canvas, s *trace, l lane, mid float64, x func(float64) float64, right float64) {
	y := vg.Length(c.h - mid)
	for _, b := range l.spans {
		if b.from == b.to {
			continue
		}
		from, to := x(s.scaled(b.from)), x(s.scaled(b.to))
		to = max(to, from+1.5)
		h, paint := vg.Length(barHeight/2), b.colour
		if b.faint {
			h, paint = vg.Length(barHeight/4), b.colour.faint(0.38)
		}
		area.FillPolygon(paint, []vg.Point{{X: vg.Length(from), Y: y - h}, {X: vg.Length(to), Y: y - h}, {X: vg.Length(to), Y: y + h}, {X: vg.Length(from), Y: y + h}})
	}
	for _, b := range l.spans {
		if b.from != b.to {
			continue
		}
		pt := vg.Point{X: vg.Length(x(s.scaled(b.from))), Y: y}
		area.SetColor(b.colour)
		area.Fill(circle.path(pt, 2.6))
	}
	for _, w := range s.captions(l, x, right) {
		if w.inside {
			c.text(vg.Point{X: vg.Length(w.x), Y: y - 3.6}, "middle", text{size: 10, colour: paper}, w.text)
		} else {
			anchor := "start"
			if w.left {
				anchor = "end"
			}
			c.text(vg.Point{X: vg.Length(w.x), Y: y - 3.6}, anchor, text{size: 10, colour: muted}, w.text)
		}
	}
}

// A caption is a label of a lane that has room.
type caption struct {
	x            float64
	text         string
	inside, left bool
}

// lane says whether a label is a lane's name: then colour says it.
func (s *trace) lane(label string) bool {
	return slices.ContainsFunc(s.lanes, func(l lane) bool { return l.name == label })
}

// captions puts labels beside moments, and within what lasts, where they fit.
// Moments that stand together share one.
func (s *trace) captions(l lane, x func(float64) float64, right float64) []caption {
	const char, near = 5.4, 7.0
	var out []caption
	for _, b := range l.spans {
		if b.from == b.to || b.faint || b.label == "" || s.lane(b.label) || strings.HasSuffix(l.name, b.label) {
			continue
		}
		from, to := x(s.scaled(b.from)), x(s.scaled(b.to))
		if float64(len([]rune(b.label)))*char+4 <= to-from {
			out = append(out, caption{x: (from + to) / 2, text: b.label, inside: true})
		}
	}
	type spot struct {
		from, to float64
		labels   []string
	}
	var spots []spot
	for _, b := range l.spans {
		from, to := x(s.scaled(b.from)), x(s.scaled(b.to))
		if b.from != b.to && (to-from >= near || b.faint) {
			continue
		}
		if n := len(spots); n > 0 && from-spots[n-1].to < near {
			spots[n-1].to = max(spots[n-1].to, to)
			spots[n-1].labels = append(spots[n-1].labels, b.label)
			continue
		}
		spots = append(spots, spot{from, to, []string{b.label}})
	}
	for i, p := range spots {
		var labels []string
		for _, label := range p.labels {
			if label != "" && !s.lane(label) && !strings.HasSuffix(l.name, label) && !slices.Contains(labels, label) {
				labels = append(labels, label)
			}
		}
		if len(labels) > 5 {
			labels = []string{labels[0], "…", labels[len(labels)-1]}
		}
		words := clip(strings.Join(labels, " "), 16)
		if words == "" {
			continue
		}
		room := float64(len([]rune(words)))*char + 8
		limit := right
		if i+1 < len(spots) {
			limit = spots[i+1].from
		}
		before := x(0)
		if i > 0 {
			before = spots[i-1].to
		}
		busy := func(from, to float64) bool { // a bar is in the way
			return slices.ContainsFunc(l.spans, func(b span) bool {
				return b.from != b.to && !b.faint && x(s.scaled(b.to))-x(s.scaled(b.from)) >= near &&
					x(s.scaled(b.from)) < to && x(s.scaled(b.to)) > from
			})
		}
		switch {
		case p.to+room <= limit && !busy(p.to+1, p.to+room):
			out = append(out, caption{x: p.to + 5, text: words})
		case p.from-room >= before && !busy(p.from-room, p.from-1):
			out = append(out, caption{x: p.from - 5, text: words, left: true})
		}
	}
	return out
}

// clip shortens a name to so many letters.
func clip(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
