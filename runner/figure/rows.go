package figure

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Rows is a figure with one line for each variant: its name, its estimates on
// a common axis, its value in words.
type Rows struct {
	Axis Axis
	Rows []Row
}

// Sizes in the figures, in pixels.
const (
	textSize  = 12.5
	smallSize = 11
	charWidth = 6.4 // of an average character at textSize, generously
	markSize  = 4.6
)

// layout is how rows stand at one width.
type layout struct {
	left, right   float64 // the columns beside the plot
	top, bottom   float64
	heading, line float64 // heights
	height        float64
}

func (f *Rows) layout(width float64) layout {
	l := layout{bottom: 24, heading: 27, line: 24}
	for _, r := range f.Axis.Refs {
		if r.Label != "" {
			l.top = 16
		}
	}
	left, right := 0, 0
	for _, r := range f.Rows {
		left = max(left, len([]rune(r.Label)))
		right = max(right, len([]rune(r.Value+r.Extra+r.Note))+2)
	}
	l.left = min(float64(left)*charWidth+14, width*0.4)
	l.right = min(float64(right)*charWidth+8, width*0.4)
	l.height = l.top + l.bottom
	for i := range f.Rows {
		l.height += l.line
		if f.headed(i) {
			l.height += l.heading
		}
	}
	return l
}

// headed says whether the ith row has a heading of its own.
func (f *Rows) headed(i int) bool {
	return f.Rows[i].Heading != "" && (i == 0 || f.Rows[i].Heading != f.Rows[i-1].Heading)
}

// values lists what the axis must show.
func (f *Rows) values() []float64 {
	values := append([]float64{}, f.Axis.Include...)
	for _, r := range f.Rows {
		for _, m := range r.Marks {
			if m.Est.N > 0 {
				values = append(values, m.From+m.Est.Value)
				if m.Est.Interval {
					values = append(values, m.From+m.Est.Lo, m.From+m.Est.Hi)
				}
			}
		}
		for _, d := range r.Dots {
			values = append(values, d.Value)
		}
	}
	for _, r := range f.Axis.Refs {
		values = append(values, r.At)
	}
	return values
}

func (f *Rows) extent(most int) extent {
	if f.Axis.Log {
		return logSpan(f.values(), most)
	}
	return linSpan(f.values(), most)
}

// draw draws the figure.
func (f *Rows) draw(width float64) *canvas {
	l := f.layout(width)
	c := newCanvas(width, l.height)
	plotWidth := width - l.left - l.right
	s := f.extent(max(3, int(plotWidth/44)))
	p := newPlot(s, extent{lo: 0, hi: l.height}, f.Axis.Log, false)
	p.Add(&rowPlotter{f, l, s, c})
	area := draw.NewCanvas(c, vg.Length(width), vg.Length(l.height))
	p.Draw(draw.Crop(area, vg.Length(l.left), -vg.Length(l.right), 0, 0))
	return c
}

// A rowPlotter puts rows on a gonum plot whose vertical axis is in pixels.
type rowPlotter struct {
	f *Rows
	l layout
	s extent
	c *canvas
}

// Plot implements plot.Plotter.
func (r *rowPlotter) Plot(dc draw.Canvas, p *plot.Plot) {
	trX, _ := p.Transforms(&dc)
	left, right := dc.Min.X, dc.Max.X
	x := func(v float64) vg.Length {
		if r.f.Axis.Log && v <= 0 {
			return left
		}
		return max(left, min(right, trX(v)))
	}
	top := vg.Length(r.l.height)
	foot := vg.Length(r.l.bottom)
	for _, t := range r.s.ticks {
		line(dc, rule, 1, nil, x(t), foot, x(t), top-vg.Length(r.l.top))
		r.c.text(vg.Point{X: x(t), Y: foot - 15}, r.anchor(x(t)), text{size: smallSize, colour: muted}, r.f.Axis.Unit.Tick(t))
	}
	for _, ref := range r.f.Axis.Refs {
		line(dc, strong, 1.4, nil, x(ref.At), foot, x(ref.At), top-vg.Length(r.l.top)+3)
		r.c.text(vg.Point{X: x(ref.At), Y: top - 11}, r.anchor(x(ref.At)), text{size: smallSize, colour: muted}, ref.Label)
	}

	y := top - vg.Length(r.l.top)
	for i, row := range r.f.Rows {
		if r.f.headed(i) {
			y -= vg.Length(r.l.heading)
			r.c.text(vg.Point{X: 0, Y: y + 6}, "start", text{size: textSize, bold: true}, row.Heading)
		}
		y -= vg.Length(r.l.line)
		r.row(dc, row, y+vg.Length(r.l.line)/2, x, left, right)
	}
}

// anchor keeps the words of the outermost ticks within the picture.
func (r *rowPlotter) anchor(x vg.Length) string {
	switch {
	case float64(x) < 22:
		return "start"
	case float64(x) > r.c.w-22:
		return "end"
	}
	return "middle"
}

func (r *rowPlotter) row(dc draw.Canvas, row Row, mid vg.Length, x func(float64) vg.Length, left, right vg.Length) {
	words := mid - 4.3
	r.c.text(vg.Point{X: left - 12, Y: words}, "end", text{size: textSize}, row.Label)
	line(dc, rule, 1, []vg.Length{1, 3}, left, mid, right, mid)

	alpha := 0.28
	if row.Note != "" {
		alpha = 0.6 // nothing stands above them
	}
	for _, d := range Thin(row.Dots, MostDots) {
		p := circle.path(vg.Point{X: x(d.Value), Y: mid}, 2)
		t := ink
		if len(row.Marks) > 0 {
			t = row.Marks[0].Style.Colour
		}
		if d.Disturbed {
			dc.SetColor(muted)
			dc.SetLineWidth(0.8)
			dc.SetLineDash(nil, 0)
			dc.Stroke(p)
			continue
		}
		dc.SetColor(t.faint(alpha))
		dc.Fill(p)
	}
	for _, m := range row.Marks {
		if m.Est.N == 0 {
			continue
		}
		if m.Bar {
			bar(dc, m, x(m.From), x(m.From+m.Est.Value), mid, 14)
		}
		if m.Est.Interval {
			whisker(dc, m, x(m.From+m.Est.Lo), x(m.From+m.Est.Hi), mid)
		}
		if !m.Bar {
			drawMark(dc, m.Style, vg.Point{X: x(m.Est.Value), Y: mid}, markSize, m.Hollow)
		}
	}

	if row.Note != "" {
		r.c.text(vg.Point{X: vg.Length(r.c.w), Y: words}, "end", text{size: textSize, colour: muted}, row.Note)
		return
	}
	r.c.figures(vg.Point{X: vg.Length(r.c.w), Y: words}, row.Value, row.Extra)
}

// figures sets a value and its interval flush right, the value in ink.
func (c *canvas) figures(pt vg.Point, value, extra string) {
	if extra == "" {
		c.text(pt, "end", text{size: textSize, bold: true}, value)
		return
	}
	pair := [2]text{{size: textSize, bold: true}, {size: smallSize, colour: muted}}
	c.spans(pt, pair, value+" ", extra)
}

func bar(dc draw.Canvas, m Mark, from, to, mid, h vg.Length) {
	if to-from < 1 { // something, however little, must be there to see
		to = from + 1
	}
	pts := []vg.Point{{X: from, Y: mid - h/2}, {X: to, Y: mid - h/2}, {X: to, Y: mid + h/2}, {X: from, Y: mid + h/2}}
	if !m.Hatch {
		alpha := 0.82
		if m.Hollow {
			alpha = 0.4
		}
		dc.FillPolygon(m.Style.Colour.faint(alpha), pts)
		return
	}
	dc.FillPolygon(m.Style.Colour.faint(0.18), pts)
	var p vg.Path
	for at := from + 5; at < to+h; at += 5 { // strokes that rise to the right
		x0, y0, x1, y1 := at-h, mid-h/2, at, mid+h/2
		if x0 < from {
			y0, x0 = y0+(from-x0), from
		}
		if x1 > to {
			y1, x1 = y1-(x1-to), to
		}
		if y1 > y0 {
			p.Move(vg.Point{X: x0, Y: y0})
			p.Line(vg.Point{X: x1, Y: y1})
		}
	}
	dc.SetColor(m.Style.Colour)
	dc.SetLineWidth(1)
	dc.SetLineDash(nil, 0)
	dc.Stroke(p)
	dc.StrokeLines(draw.LineStyle{Color: m.Style.Colour, Width: 1}, append(pts, pts[0]))
}

func whisker(dc draw.Canvas, m Mark, lo, hi, mid vg.Length) {
	t := m.Style.Colour
	if m.Bar {
		t = ink
	}
	line(dc, t, 1.8, nil, lo, mid, hi, mid)
	if hi-lo > 3 {
		line(dc, t, 1.8, nil, lo, mid-3, lo, mid+3)
		line(dc, t, 1.8, nil, hi, mid-3, hi, mid+3)
	}
}

func line(dc draw.Canvas, t Colour, width vg.Length, dash []vg.Length, x0, y0, x1, y1 vg.Length) {
	if math.IsNaN(float64(x0 + x1 + y0 + y1)) {
		return
	}
	dc.StrokeLines(draw.LineStyle{Color: t, Width: width, Dashes: dash}, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y1}})
}

// A RowsView is a figure of rows as the page has it: a table whose middle column
// is drawn, at whatever width there is. Its axis runs from 0 to 1000.
type RowsView struct {
	Lo, Hi float64 // of the axis; as logarithms where Log is set
	Log    bool
	Lines  []lineView
	Ticks  []tickView
}

// A lineView is one row.
type lineView struct {
	Group, Head, Tip   string
	Plot               template.HTML
	Value, Extra, Note string
}

// A tickView is a number on the axis, and a reference line's name.
type tickView struct {
	At   string // percent of the width
	Text string
}

const axisEnd = 1000

// View readies the rows for the page.
func (f *Rows) View() *RowsView {
	s := f.extent(5)
	scale := func(v float64) float64 { return v }
	if f.Axis.Log {
		scale = func(v float64) float64 { return math.Log(max(v, s.lo/10)) }
	}
	lo, hi := scale(s.lo), scale(s.hi)
	if hi == lo {
		hi++
	}
	x := func(v float64) float64 { return math.Round(max(-9, min(axisEnd+9, axisEnd*(scale(v)-lo)/(hi-lo)))) }
	out := &RowsView{Lo: lo, Hi: hi, Log: f.Axis.Log}
	var grid strings.Builder
	for _, t := range s.ticks {
		fmt.Fprintf(&grid, "M%s 0V22", num(x(t)))
		out.Ticks = append(out.Ticks, tickView{num(x(t)/10) + "%", f.Axis.Unit.Tick(t)})
	}
	marks := `<path class="s-rule" d="` + grid.String() + `"/>`
	for _, r := range f.Axis.Refs {
		marks += fmt.Sprintf(`<path class="s-strong" d="M%s 0V22"/>`, num(x(r.At)))
	}
	for i, r := range f.Rows {
		line := lineView{Head: r.Label, Tip: r.Tip, Value: r.Value, Extra: r.Extra, Note: r.Note}
		if f.headed(i) {
			line.Group = r.Heading
		}
		line.Plot = template.HTML(marks + r.plot(x))
		out.Lines = append(out.Lines, line)
	}
	return out
}

// plot draws a row between 0 and 1000, 22 high. A path of length 0 is a dot, so
// that nothing but places is stretched with the width.
func (r *Row) plot(x func(float64) float64) string {
	var b strings.Builder
	path := func(class, d string) {
		if d != "" {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, class, d)
		}
	}
	for _, m := range r.Marks {
		if !m.Bar || m.Est.N == 0 {
			continue
		}
		class := "f-" + m.Style.Colour.Name
		if m.Hatch {
			class += " hatch s-" + m.Style.Colour.Name
		} else if m.Hollow {
			class += " pale"
		}
		from, to := x(m.From), x(m.From+m.Est.Value)
		fmt.Fprintf(&b, `<rect class="%s" x="%s" y="4" width="%s" height="14"/>`, class, num(from), num(max(2, to-from)))
	}
	var calm, disturbed strings.Builder
	for _, d := range Thin(r.Dots, MostDots) {
		to := &calm
		if d.Disturbed {
			to = &disturbed
		}
		fmt.Fprintf(to, "M%s 11h0", num(x(d.Value)))
	}
	colour := ink.Name
	if len(r.Marks) > 0 {
		colour = r.Marks[0].Style.Colour.Name
	}
	path("dot s-"+colour, calm.String())
	path("ring s-muted", disturbed.String())
	path("hole s-paper", disturbed.String())
	for _, m := range r.Marks {
		if m.Est.N == 0 {
			continue
		}
		colour := m.Style.Colour.Name
		if m.Bar {
			colour = ink.Name
		}
		if m.Est.Interval {
			path("span s-"+colour, fmt.Sprintf("M%s 11H%s", num(x(m.From+m.Est.Lo)), num(x(m.From+m.Est.Hi))))
		}
		if at := fmt.Sprintf("M%s 11h0", num(x(m.Est.Value))); !m.Bar {
			path("rim s-paper", at)
			path("mark s-"+colour, at)
			if m.Hollow {
				path("hole s-paper", at)
			}
		}
	}
	return b.String()
}

// sparkEnd is the largest ratio on the axis of small figures; what is beyond
// stands at its end.
const sparkEnd = 16

// Spark draws ratios of speed on the axis that all small figures share, those
// that finish sooner to the right.
func Spark(marks []Mark) template.HTML {
	if len(marks) == 0 {
		return ""
	}
	x := func(ratio float64) string {
		return num(math.Round(axisEnd / 2 * (1 + max(-1, min(1, math.Log(ratio)/math.Log(sparkEnd))))))
	}
	h := 8 * len(marks)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="spark" viewBox="0 0 1000 %d" height="%d" preserveAspectRatio="none" aria-hidden="true"><path class="s-strong" d="M500 0V%d"/>`, h, h, h)
	for i, m := range marks {
		e, colour, y := m.Est, m.Style.Colour.Name, 4+8*i
		if e.Interval {
			fmt.Fprintf(&b, `<path class="span s-%s" d="M%s %dH%s"/>`, colour, x(e.Lo), y, x(e.Hi))
		}
		fmt.Fprintf(&b, `<path class="mark s-%s" d="M%s %dh0"/>`, colour, x(e.Value), y)
	}
	return template.HTML(b.String() + "</svg>")
}
