package report

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tandem/runner/model"
)

// curves is a figure over a swept parameter: one line for each variant.
type curves struct {
	axis   axis      // the vertical one
	xName  string    // the parameter
	xs     []float64 // its values, rising; their indices where it is no number
	labels []string  // its values as people write them
	series []series
	left   int     // series that are not drawn
	y      *extent // the vertical axis, where it is given
}

// A series is one variant over the sweep.
type series struct {
	panel    string // which runtime's; each has a panel of its own
	label    string
	style    style
	points   []point
	constant bool // it does not read the parameter: it ran once and is the same everywhere
}

// full names the series where all share one chart.
func (s *series) full() string { return s.label + " · " + s.panel }

// A point is an estimate at xs[at].
type point struct {
	at  int
	est model.Estimate
}

// flat says that it is drawn across.
func (s *series) flat(f *curves) bool { return s.constant && len(s.points) == 1 && len(f.xs) > 1 }

// pieces implements piecewise.
func (f *curves) pieces() (out []piece) {
	y := f.ySpan(7)
	for _, p := range f.panels() {
		p.y = &y // all on one axis
		out = append(out, piece{"", curvesWidth, p, [3]float64{}})
	}
	return out
}

// curvesWidth is that of one runtime's panel.
const curvesWidth = 470

func (f *curves) ySpan(most int) extent {
	if f.y != nil {
		return *f.y
	}
	values := slices.Clone(f.axis.include)
	for _, s := range f.series {
		for _, p := range s.points {
			values = append(values, p.est.Value)
			if p.est.Interval {
				values = append(values, p.est.Lo, p.est.Hi)
			}
		}
	}
	for _, r := range f.axis.refs {
		values = append(values, r.at)
	}
	if f.axis.log {
		return logSpan(values, most)
	}
	return linSpan(values, most)
}

// logX says whether the parameter spans enough to be read as multiples.
func (f *curves) logX() bool {
	return len(f.xs) > 2 && f.xs[0] > 0 && f.xs[len(f.xs)-1] >= 4*f.xs[0]
}

func (f *curves) xSpan() extent {
	lo, hi := f.xs[0], f.xs[len(f.xs)-1]
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	return extent{lo: lo, hi: hi}
}

// panels splits the figure by runtime, on common axes.
func (f *curves) panels() []*curves {
	var out []*curves
	for _, s := range f.series {
		if len(out) == 0 || out[len(out)-1].series[0].panel != s.panel {
			one := *f
			one.series = nil
			out = append(out, &one)
		}
		last := out[len(out)-1]
		last.series = append(last.series, s)
	}
	return out
}

func (f *curves) draw(width float64) *canvas {
	narrow := width < 400
	const left, top, gap, body, lines = 54.0, 46.0, 40.0, 230.0, 18.0
	foot := 42.0
	columns, right := 2, 16.0
	panels := f.panels()
	if len(panels) == 1 {
		columns = 1
	}
	longest, most := 0, 0
	for _, p := range panels {
		most = max(most, len(p.series))
		for _, s := range p.series {
			longest = max(longest, len([]rune(s.label)))
		}
	}
	if narrow {
		columns = 1
	} else {
		right = min(float64(longest)*charWidth+24, cellWidth(width, columns, gap)*0.38)
	}
	cell := cellWidth(width, columns, gap)
	tall := max(body, 15*float64(most))
	height := 0.0
	var tops []float64
	for i, p := range panels {
		if i%columns == 0 {
			if i > 0 {
				height += 16
			}
			tops = append(tops, height)
			height += top + tall + foot
			if narrow {
				height += 12 + lines*float64(len(p.series))
			}
		} else {
			tops = append(tops, tops[i-1])
		}
	}
	c := newCanvas(width, max(height, 40))
	if len(panels) == 0 {
		c.text(vg.Point{X: 0, Y: 16}, "start", text{size: textSize, colour: muted}, "Nothing that may be drawn.")
	}
	y := f.ySpan(7)
	for i, panel := range panels {
		x := float64(i%columns) * (cell + gap)
		upper := height - tops[i]
		c.text(vg.Point{X: vg.Length(x), Y: vg.Length(upper - 14)}, "start", text{size: textSize, bold: true}, panel.series[0].panel)
		p := newPlot(f.xSpan(), y, f.logX(), f.axis.log)
		p.Add(&curvePlotter{panel, y, c, narrow, vg.Length(x)})
		p.Draw(draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{
			Min: vg.Point{X: vg.Length(x + left), Y: vg.Length(upper - top - tall)},
			Max: vg.Point{X: vg.Length(x + cell - right), Y: vg.Length(upper - top)},
		}})
	}
	return c
}

// cellWidth is the width of one of so many columns.
func cellWidth(width float64, columns int, gap float64) float64 {
	return (width - gap*float64(columns-1)) / float64(columns)
}

type curvePlotter struct {
	f      *curves
	y      extent
	c      *canvas
	narrow bool
	edge   vg.Length // the left end of its panel
}

// Plot implements plot.Plotter.
func (r *curvePlotter) Plot(dc draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&dc)
	f := r.f
	y := func(v float64) vg.Length { return max(dc.Min.Y, min(dc.Max.Y, trY(max(v, r.y.lo)))) }
	for _, t := range r.y.ticks {
		line(dc, rule, 1, nil, dc.Min.X, y(t), dc.Max.X, y(t))
		r.c.text(vg.Point{X: dc.Min.X - 8, Y: y(t) - 4}, "end", text{size: smallSize, colour: muted}, f.axis.unit.tick(t))
	}
	for _, ref := range f.axis.refs {
		line(dc, strong, 1.4, []vg.Length{4, 3}, dc.Min.X, y(ref.at), dc.Max.X, y(ref.at))
	}
	r.c.text(vg.Point{X: r.edge, Y: dc.Max.Y + 12}, "start", text{size: smallSize, colour: muted}, f.axis.title)
	// A label needs room; the last one always stands.
	next := dc.Max.X + 1000
	for i := len(f.xs) - 1; i >= 0; i-- {
		at := trX(f.xs[i])
		line(dc, strong, 1, nil, at, dc.Min.Y, at, dc.Min.Y-4)
		if room := vg.Length(len([]rune(f.labels[i])))*charWidth + 6; next-at >= room {
			r.c.text(vg.Point{X: at, Y: dc.Min.Y - 17}, "middle", text{size: smallSize, colour: muted}, f.labels[i])
			next = at
		}
	}
	r.c.text(vg.Point{X: (dc.Min.X + dc.Max.X) / 2, Y: dc.Min.Y - 34}, "middle", text{size: smallSize, colour: muted}, f.xName)

	var ends []vg.Length
	for _, s := range f.series {
		var pts []vg.Point
		for _, q := range s.points {
			pts = append(pts, vg.Point{X: trX(f.xs[q.at]), Y: y(q.est.Value)})
		}
		if len(pts) == 0 {
			ends = append(ends, dc.Min.Y)
			continue
		}
		if s.flat(f) {
			line(dc, s.style.colour, 1.4, []vg.Length{5, 4}, dc.Min.X, pts[0].Y, dc.Max.X, pts[0].Y)
			pts = []vg.Point{{X: dc.Min.X, Y: pts[0].Y}, {X: dc.Max.X, Y: pts[0].Y}}
		} else {
			dc.StrokeLines(draw.LineStyle{Color: s.style.colour, Width: 1.8}, pts)
			for i, q := range s.points {
				if q.est.Interval {
					lo, hi := y(q.est.Lo), y(q.est.Hi)
					line(dc, s.style.colour, 1.4, nil, pts[i].X, lo, pts[i].X, hi)
				}
			}
		}
		for _, pt := range pts {
			drawMark(dc, s.style, pt, 4.2, s.flat(f))
		}
		ends = append(ends, pts[len(pts)-1].Y)
	}
	if r.narrow {
		at := dc.Min.Y - 60
		for _, s := range f.series {
			drawMark(dc, s.style, vg.Point{X: r.edge + 6, Y: at + 4}, 4.2, s.flat(f))
			r.c.text(vg.Point{X: r.edge + 18, Y: at}, "start", text{size: textSize}, s.label)
			at -= 18
		}
		return
	}
	for i, at := range apart(ends, 15, dc.Min.Y, dc.Max.Y) {
		line(dc, f.series[i].style.colour, 1, nil, dc.Max.X+6, ends[i], dc.Max.X+14, at)
		r.c.text(vg.Point{X: dc.Max.X + 18, Y: at - 4}, "start", text{size: textSize}, f.series[i].label)
	}
}

// apart moves positions so that neighbours keep a distance, as little as it
// takes, within [lo, hi] where they fit.
func apart(at []vg.Length, gap, lo, hi vg.Length) []vg.Length {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case at[a] < at[b]:
			return -1
		case at[a] > at[b]:
			return 1
		}
		return a - b
	})
	out := slices.Clone(at)
	floor := vg.Length(math.Inf(-1))
	for _, i := range order {
		out[i] = max(out[i], floor)
		floor = out[i] + gap
	}
	roof := max(hi, lo+gap*vg.Length(len(at)-1))
	for _, i := range slices.Backward(order) {
		out[i] = min(out[i], roof)
		roof = out[i] - gap
	}
	return out
}
