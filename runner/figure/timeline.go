package figure

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tandem/runner/format"
	"tandem/runner/trace"
)

// Timeline is a figure of who did what when: a small panel for each variant, a
// lane for each worker.
type Timeline struct {
	Panels  []TracePanel
	longest map[bool]float64 // of all panels, in units and in seconds
}

// A TracePanel is one trial.
type TracePanel struct {
	*trace.Trace
	Heading, Label string
	Style          Style
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
func (f *Timeline) stages(columns int, cell, gap float64) (out []stage, height float64) {
	const apart = 6 // a panel that is so much shorter has an axis of its own
	longest := f.ends()
	y, column, tallest := 0.0, 0, 0.0
	for i, s := range f.Panels {
		var g stage
		if s.Heading != "" && (i == 0 || s.Heading != f.Panels[i-1].Heading) {
			y += tallest
			g.head = s.Heading
			y += 26
			column, tallest = 0, 0
		} else if column == columns {
			y += tallest
			column, tallest = 0, 0
		}
		g.x, g.y = float64(column)*(cell+gap), y
		tallest = max(tallest, stageHead+rowHeight*float64(max(2, len(s.Lanes)))+stageFoot)
		end := s.length()
		if all := longest[s.Unit > 0]; end*apart > all {
			end = all
		}
		g.extent = linSpan([]float64{end}, 5)
		// The last moment need not be a tick, but its label needs room.
		g.extent.hi = end * 1.02
		if slices.ContainsFunc(s.Messages, func(m trace.Message) bool { return !s.lane(m.Label) }) {
			g.extent.hi = end * 1.28
		}
		g.extent.ticks = slices.DeleteFunc(g.extent.ticks, func(t float64) bool { return t > g.extent.hi })
		out = append(out, g)
		column++
	}
	return out, y + tallest
}

// ends are the ends of the longest panels, in units and in seconds.
func (f *Timeline) ends() map[bool]float64 {
	if f.longest != nil {
		return f.longest
	}
	longest := map[bool]float64{}
	for _, s := range f.Panels {
		longest[s.Unit > 0] = max(longest[s.Unit > 0], s.length())
	}
	return longest
}

// timelineWidth is that of one trial's panel.
const timelineWidth = 298

// Pieces implements piecewise.
func (f *Timeline) Pieces() (out []Piece) {
	for i, s := range f.Panels {
		heading := s.Heading
		if i > 0 && heading == f.Panels[i-1].Heading {
			heading = ""
		}
		s.Heading = ""
		one := &Timeline{[]TracePanel{s}, f.ends()}
		stages, _ := one.stages(1, timelineWidth, 0)
		out = append(out, Piece{heading, timelineWidth, one, [3]float64{one.gutter(), timelineWidth - 4, stages[0].extent.hi * cmp.Or(s.Unit, 1)}})
	}
	return out
}

// Chart implements piecewise: the drawing says it all.
func (f *Timeline) Chart() map[string]any { return nil }

// length is the trace's, as its axis counts.
func (s *TracePanel) length() float64 {
	if s.Unit > 0 {
		return s.End / s.Unit
	}
	return max(s.End, 1e-9)
}

// scaled brings a time to the axis.
func (s *TracePanel) scaled(t float64) float64 {
	if s.Unit > 0 {
		return t / s.Unit
	}
	return t
}

func (s *TracePanel) tick(v float64) string {
	if s.Unit > 0 {
		return format.Whole(v)
	}
	return format.Seconds.Tick(v)
}

// gutter is the room for the lanes' names.
func (f *Timeline) gutter() float64 {
	most := 0
	for _, s := range f.Panels {
		for _, l := range s.Lanes {
			most = max(most, len([]rune(l.Name)))
		}
	}
	return math.Min(82, float64(most)*5.9+8)
}

func (f *Timeline) draw(width float64) *canvas {
	columns, gap := 3, 30.0
	if width < 700 {
		columns = 1
	}
	cell := (width - gap*float64(columns-1)) / float64(columns)
	stages, height := f.stages(columns, cell, gap)
	c := newCanvas(width, max(height, 20))
	area := draw.NewCanvas(c, vg.Length(width), vg.Length(c.h))
	gutter := f.gutter()
	for i := range f.Panels {
		s, g := &f.Panels[i], stages[i]
		at := func(x, y float64) vg.Point { return vg.Point{X: vg.Length(x), Y: vg.Length(c.h - y)} }
		if g.head != "" {
			c.text(at(0, g.y-10), "start", text{size: textSize, bold: true}, g.head)
		}
		drawMark(area, s.Style, at(g.x+5, g.y+10), 4.2, false)
		c.text(at(g.x+16, g.y+14), "start", text{size: textSize}, s.Label)
		left, right := g.x+gutter, g.x+cell-4
		top := g.y + stageHead
		foot := top + rowHeight*float64(max(2, len(s.Lanes)))
		x := func(v float64) float64 { return left + (right-left)*math.Max(0, math.Min(1, v/g.extent.hi)) }
		if s.Empty != "" {
			c.text(at(left, top+18), "start", text{size: smallSize, colour: muted}, s.Empty)
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
		for n, l := range s.Lanes {
			mid := top + rowHeight*(float64(n)+0.5)
			c.text(at(left-7, mid+3.8), "end", text{size: smallSize, colour: muted}, clip(l.Name, 13))
			line(area, rule, 1, nil, vg.Length(left), vg.Length(c.h-mid), vg.Length(right), vg.Length(c.h-mid))
			f.lane(c, area, s, l, mid, x, right)
		}
	}
	return c
}

// paint is the colour of the lane whose doing a span is.
func paint(b trace.Span) Colour {
	switch b.By {
	case trace.Stuck:
		return Colour{Name: "warn"}
	case trace.Nobody:
		return muted
	}
	return WorkerColour(b.By)
}

// lane draws one lane.
func (f *Timeline) lane(c *canvas, area draw.Canvas, s *TracePanel, l trace.Lane, mid float64, x func(float64) float64, right float64) {
	y := vg.Length(c.h - mid)
	for _, b := range l.Spans {
		if b.From == b.To {
			continue
		}
		from, to := x(s.scaled(b.From)), x(s.scaled(b.To))
		to = max(to, from+1.5)
		h, paint := vg.Length(barHeight/2), paint(b)
		if b.Faint {
			h, paint = vg.Length(barHeight/4), paint.faint(0.38)
		}
		area.FillPolygon(paint, []vg.Point{{X: vg.Length(from), Y: y - h}, {X: vg.Length(to), Y: y - h}, {X: vg.Length(to), Y: y + h}, {X: vg.Length(from), Y: y + h}})
	}
	for _, b := range l.Spans {
		if b.From != b.To {
			continue
		}
		pt := vg.Point{X: vg.Length(x(s.scaled(b.From))), Y: y}
		area.SetColor(paint(b))
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
func (s *TracePanel) lane(label string) bool {
	return slices.ContainsFunc(s.Lanes, func(l trace.Lane) bool { return l.Name == label })
}

// captions puts labels beside moments, and within what lasts, where they fit.
// Moments that stand together share one.
func (s *TracePanel) captions(l trace.Lane, x func(float64) float64, right float64) []caption {
	const char, near = 5.4, 7.0
	var out []caption
	for _, b := range l.Spans {
		if b.From == b.To || b.Faint || b.Label == "" || s.lane(b.Label) || strings.HasSuffix(l.Name, b.Label) {
			continue
		}
		from, to := x(s.scaled(b.From)), x(s.scaled(b.To))
		if float64(len([]rune(b.Label)))*char+4 <= to-from {
			out = append(out, caption{x: (from + to) / 2, text: b.Label, inside: true})
		}
	}
	type spot struct {
		from, to float64
		labels   []string
	}
	var spots []spot
	for _, b := range l.Spans {
		from, to := x(s.scaled(b.From)), x(s.scaled(b.To))
		if b.From != b.To && (to-from >= near || b.Faint) {
			continue
		}
		if n := len(spots); n > 0 && from-spots[n-1].to < near {
			spots[n-1].to = max(spots[n-1].to, to)
			spots[n-1].labels = append(spots[n-1].labels, b.Label)
			continue
		}
		spots = append(spots, spot{from, to, []string{b.Label}})
	}
	for i, p := range spots {
		var labels []string
		for _, label := range p.labels {
			if label != "" && !s.lane(label) && !strings.HasSuffix(l.Name, label) && !slices.Contains(labels, label) {
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
			return slices.ContainsFunc(l.Spans, func(b trace.Span) bool {
				return b.From != b.To && !b.Faint && x(s.scaled(b.To))-x(s.scaled(b.From)) >= near &&
					x(s.scaled(b.From)) < to && x(s.scaled(b.To)) > from
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
