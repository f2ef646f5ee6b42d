package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// rows is a figure with one line for each variant: its name, its estimates on
// a common axis, its value in words.
type rows struct {
	axis axis
	rows []row
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
	narrow              bool
	left, right         float64 // the columns beside the plot
	top, bottom         float64
	heading, line, lift float64 // heights; lift: how far above a line's middle its words stand
	height              float64
}

func (f *rows) layout(width float64) layout {
	l := layout{narrow: width < 400, bottom: 24, heading: 27, line: 24}
	if f.axis.title != "" {
		l.bottom += 17
	}
	for _, r := range f.axis.refs {
		if r.label != "" {
			l.top = 16
		}
	}
	if l.narrow {
		l.left, l.right, l.line, l.lift = 6, 10, 40, 15
	} else {
		left, right := 0, 0
		for _, r := range f.rows {
			left = max(left, len([]rune(r.label)))
			right = max(right, len([]rune(r.value+r.extra+r.note))+2)
		}
		l.left = min(float64(left)*charWidth+14, width*0.4)
		l.right = min(float64(right)*charWidth+8, width*0.4)
	}
	l.height = l.top + l.bottom
	for i := range f.rows {
		l.height += l.line
		if f.headed(i) {
			l.height += l.heading
		}
	}
	return l
}

// headed says whether the ith row has a heading of its own.
func (f *rows) headed(i int) bool {
	return f.rows[i].heading != "" && (i == 0 || f.rows[i].heading != f.rows[i-1].heading)
}

// values lists what the axis must show.
func (f *rows) values() []float64 {
	values := append([]float64{}, f.axis.include...)
	for _, r := range f.rows {
		for _, m := range r.marks {
			if m.est.N > 0 {
				values = append(values, m.from+m.est.Value)
				if m.est.Interval {
					values = append(values, m.from+m.est.Lo, m.from+m.est.Hi)
				}
			}
		}
		for _, d := range r.dots {
			values = append(values, d.value)
		}
	}
	for _, r := range f.axis.refs {
		values = append(values, r.at)
	}
	return values
}

func (f *rows) extent(most int) extent {
	if f.axis.log {
		return logSpan(f.values(), most)
	}
	return linSpan(f.values(), most)
}

// draw draws the figure.
func (f *rows) draw(width float64) *canvas {
	l := f.layout(width)
	c := newCanvas(width, l.height)
	plotWidth := width - l.left - l.right
	s := f.extent(max(3, int(plotWidth/44)))
	p := newPlot(s, extent{lo: 0, hi: l.height}, f.axis.log, false)
	p.Add(&rowPlotter{f, l, s, c})
	area := draw.NewCanvas(c, vg.Length(width), vg.Length(l.height))
	p.Draw(draw.Crop(area, vg.Length(l.left), -vg.Length(l.right), 0, 0))
	return c
}

// A rowPlotter puts rows on a gonum plot whose vertical axis is in pixels.
type rowPlotter struct {
	f *rows
	l layout
	s extent
	c *canvas
}

// Plot implements plot.Plotter.
func (r *rowPlotter) Plot(dc draw.Canvas, p *plot.Plot) {
	trX, _ := p.Transforms(&dc)
	left, right := dc.Min.X, dc.Max.X
	x := func(v float64) vg.Length {
		if r.f.axis.log && v <= 0 {
			return left
		}
		return max(left, min(right, trX(v)))
	}
	top := vg.Length(r.l.height)
	foot := vg.Length(r.l.bottom)
	for _, t := range r.s.ticks {
		line(dc, rule, 1, nil, x(t), foot, x(t), top-vg.Length(r.l.top))
		r.c.text(vg.Point{X: x(t), Y: foot - 15}, r.anchor(x(t)), text{size: smallSize, colour: muted}, r.f.axis.unit.tick(t))
	}
	if r.f.axis.title != "" {
		r.c.text(vg.Point{X: (left + right) / 2, Y: foot - 33}, "middle", text{size: smallSize, colour: muted}, r.f.axis.title)
	}
	for _, ref := range r.f.axis.refs {
		line(dc, strong, 1.4, nil, x(ref.at), foot, x(ref.at), top-vg.Length(r.l.top)+3)
		r.c.text(vg.Point{X: x(ref.at), Y: top - 11}, r.anchor(x(ref.at)), text{size: smallSize, colour: muted}, ref.label)
	}

	y := top - vg.Length(r.l.top)
	for i, row := range r.f.rows {
		if r.f.headed(i) {
			y -= vg.Length(r.l.heading)
			r.c.text(vg.Point{X: 0, Y: y + 6}, "start", text{size: textSize, bold: true}, row.heading)
		}
		y -= vg.Length(r.l.line)
		r.row(dc, row, y+vg.Length(r.l.line)/2-vg.Length(r.l.lift)/2, x, left, right)
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

func (r *rowPlotter) row(dc draw.Canvas, row row, mid vg.Length, x func(float64) vg.Length, left, right vg.Length) {
	base := mid - 4.3
	words := base
	if r.l.narrow {
		words = mid + vg.Length(r.l.lift) - 5
		r.c.text(vg.Point{X: 0, Y: words}, "start", text{size: textSize}, row.label)
	} else {
		r.c.text(vg.Point{X: left - 12, Y: words}, "end", text{size: textSize}, row.label)
	}
	line(dc, rule, 1, []vg.Length{1, 3}, left, mid, right, mid)

	alpha := 0.28
	if row.note != "" {
		alpha = 0.6 // nothing stands above them
	}
	for _, d := range thin(row.dots, mostDots) {
		p := circle.path(vg.Point{X: x(d.value), Y: mid}, 2)
		t := ink
		if len(row.marks) > 0 {
			t = row.marks[0].style.colour
		}
		if d.spoiled {
			dc.SetColor(muted)
			dc.SetLineWidth(0.8)
			dc.SetLineDash(nil, 0)
			dc.Stroke(p)
			continue
		}
		dc.SetColor(t.faint(alpha))
		dc.Fill(p)
	}
	for _, m := range row.marks {
		if m.est.N == 0 {
			continue
		}
		at := mid
		if m.bar {
			bar(dc, m, x(m.from), x(m.from+m.est.Value), at, 14)
		}
		if m.est.Interval {
			whisker(dc, m, x(m.from+m.est.Lo), x(m.from+m.est.Hi), at)
		}
		if !m.bar {
			drawMark(dc, m.style, vg.Point{X: x(m.est.Value), Y: at}, markSize, m.hollow)
		}
	}

	if row.note != "" {
		r.c.text(vg.Point{X: vg.Length(r.c.w), Y: words}, "end", text{size: textSize, colour: muted}, row.note)
		return
	}
	r.c.figures(vg.Point{X: vg.Length(r.c.w), Y: words}, row.value, row.extra)
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

func bar(dc draw.Canvas, m mark, from, to, mid, h vg.Length) {
	if to-from < 1 { // something, however little, must be there to see
		to = from + 1
	}
	pts := []vg.Point{{X: from, Y: mid - h/2}, {X: to, Y: mid - h/2}, {X: to, Y: mid + h/2}, {X: from, Y: mid + h/2}}
	if !m.hatch {
		alpha := 0.82
		if m.hollow {
			alpha = 0.4
		}
		dc.FillPolygon(m.style.colour.faint(alpha), pts)
		return
	}
	dc.FillPolygon(m.style.colour.faint(0.18), pts)
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
	dc.SetColor(m.style.colour)
	dc.SetLineWidth(1)
	dc.SetLineDash(nil, 0)
	dc.Stroke(p)
	dc.StrokeLines(draw.LineStyle{Color: m.style.colour, Width: 1}, append(pts, pts[0]))
}

func whisker(dc draw.Canvas, m mark, lo, hi, mid vg.Length) {
	t := m.style.colour
	if m.bar {
		t = ink
	}
	line(dc, t, 1.8, nil, lo, mid, hi, mid)
	if hi-lo > 3 {
		line(dc, t, 1.8, nil, lo, mid-3, lo, mid+3)
		line(dc, t, 1.8, nil, hi, mid-3, hi, mid+3)
	}
}

func line(dc draw.Canvas, t colour, width vg.Length, dash []vg.Length, x0, y0, x1, y1 vg.Length) {
	if math.IsNaN(float64(x0 + x1 + y0 + y1)) {
		return
	}
	dc.StrokeLines(draw.LineStyle{Color: t, Width: width, Dashes: dash}, []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y1}})
}
