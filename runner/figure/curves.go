package figure

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tandem/runner/model"
)

// Curves is a figure over a swept parameter: one line for each variant.
type Curves struct {
	Axis   Axis      // the vertical one
	Param  string    // the parameter
	Xs     []float64 // its values, rising; their indices where it is no number
	Labels []string  // its values as people write them
	Lines  []Curve
	Left   int     // lines that are not drawn
	y      *extent // the vertical axis, where it is given
}

// A curve is one variant over the sweep.
type Curve struct {
	Panel    string // which runtime's; each has a panel of its own
	Label    string
	Style    Style
	Points   []Point
	Constant bool // it does not read the parameter: it ran once and is the same everywhere
}

// full names the curve where all share one chart.
func (s *Curve) full() string { return s.Label + " · " + s.Panel }

// A Point is an estimate at xs[at].
type Point struct {
	At  int
	Est model.Estimate
}

// flat says that it is drawn across.
func (s *Curve) flat(f *Curves) bool { return s.Constant && len(s.Points) == 1 && len(f.Xs) > 1 }

// Pieces implements piecewise.
func (f *Curves) Pieces() (out []Piece) {
	y := f.ySpan(7)
	for _, p := range f.panels() {
		p.y = &y // all on one axis
		out = append(out, Piece{Width: curvesWidth, art: p})
	}
	return out
}

// curvesWidth is that of one runtime's panel.
const curvesWidth = 470

func (f *Curves) ySpan(most int) extent {
	if f.y != nil {
		return *f.y
	}
	values := slices.Clone(f.Axis.Include)
	for _, s := range f.Lines {
		for _, p := range s.Points {
			values = append(values, p.Est.Value)
			if p.Est.Interval {
				values = append(values, p.Est.Lo, p.Est.Hi)
			}
		}
	}
	for _, r := range f.Axis.Refs {
		values = append(values, r.At)
	}
	if f.Axis.Log {
		return logSpan(values, most)
	}
	return linSpan(values, most)
}

// logX says whether the parameter spans enough to be read as multiples.
func (f *Curves) logX() bool {
	return len(f.Xs) > 2 && f.Xs[0] > 0 && f.Xs[len(f.Xs)-1] >= 4*f.Xs[0]
}

func (f *Curves) xSpan() extent {
	lo, hi := f.Xs[0], f.Xs[len(f.Xs)-1]
	if lo == hi {
		lo, hi = lo-1, hi+1
	}
	return extent{lo: lo, hi: hi}
}

// panels splits the figure by runtime, on common axes.
func (f *Curves) panels() []*Curves {
	var out []*Curves
	for _, s := range f.Lines {
		if len(out) == 0 || out[len(out)-1].Lines[0].Panel != s.Panel {
			one := *f
			one.Lines = nil
			out = append(out, &one)
		}
		last := out[len(out)-1]
		last.Lines = append(last.Lines, s)
	}
	return out
}

func (f *Curves) draw(width float64) *canvas {
	const left, top, gap, body, foot = 54.0, 46.0, 40.0, 230.0, 42.0
	columns := 2
	panels := f.panels()
	if len(panels) == 1 {
		columns = 1
	}
	longest, most := 0, 0
	for _, p := range panels {
		most = max(most, len(p.Lines))
		for _, s := range p.Lines {
			longest = max(longest, len([]rune(s.Label)))
		}
	}
	cell := (width - gap*float64(columns-1)) / float64(columns)
	right := min(float64(longest)*charWidth+24, cell*0.38)
	tall := max(body, 15*float64(most))
	height := 0.0
	var tops []float64
	for i := range panels {
		if i%columns == 0 {
			if i > 0 {
				height += 16
			}
			tops = append(tops, height)
			height += top + tall + foot
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
		c.text(vg.Point{X: vg.Length(x), Y: vg.Length(upper - 14)}, "start", text{size: textSize, bold: true}, panel.Lines[0].Panel)
		p := newPlot(f.xSpan(), y, f.logX(), f.Axis.Log)
		p.Add(&curvePlotter{panel, y, c, vg.Length(x)})
		p.Draw(draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{
			Min: vg.Point{X: vg.Length(x + left), Y: vg.Length(upper - top - tall)},
			Max: vg.Point{X: vg.Length(x + cell - right), Y: vg.Length(upper - top)},
		}})
	}
	return c
}

type curvePlotter struct {
	f    *Curves
	y    extent
	c    *canvas
	edge vg.Length // the left end of its panel
}

// Plot implements plot.Plotter.
func (r *curvePlotter) Plot(dc draw.Canvas, p *plot.Plot) {
	trX, trY := p.Transforms(&dc)
	f := r.f
	y := func(v float64) vg.Length { return max(dc.Min.Y, min(dc.Max.Y, trY(max(v, r.y.lo)))) }
	for _, t := range r.y.ticks {
		line(dc, rule, 1, nil, dc.Min.X, y(t), dc.Max.X, y(t))
		r.c.text(vg.Point{X: dc.Min.X - 8, Y: y(t) - 4}, "end", text{size: smallSize, colour: muted}, f.Axis.Unit.Tick(t))
	}
	for _, ref := range f.Axis.Refs {
		line(dc, strong, 1.4, []vg.Length{4, 3}, dc.Min.X, y(ref.At), dc.Max.X, y(ref.At))
	}
	r.c.text(vg.Point{X: r.edge, Y: dc.Max.Y + 12}, "start", text{size: smallSize, colour: muted}, f.Axis.Title)
	// A label needs room; the last one always stands.
	next := dc.Max.X + 1000
	for i := len(f.Xs) - 1; i >= 0; i-- {
		at := trX(f.Xs[i])
		line(dc, strong, 1, nil, at, dc.Min.Y, at, dc.Min.Y-4)
		if room := vg.Length(len([]rune(f.Labels[i])))*charWidth + 6; next-at >= room {
			r.c.text(vg.Point{X: at, Y: dc.Min.Y - 17}, "middle", text{size: smallSize, colour: muted}, f.Labels[i])
			next = at
		}
	}
	r.c.text(vg.Point{X: (dc.Min.X + dc.Max.X) / 2, Y: dc.Min.Y - 34}, "middle", text{size: smallSize, colour: muted}, f.Param)

	var ends []vg.Length
	for _, s := range f.Lines {
		var pts []vg.Point
		for _, q := range s.Points {
			pts = append(pts, vg.Point{X: trX(f.Xs[q.At]), Y: y(q.Est.Value)})
		}
		if len(pts) == 0 {
			ends = append(ends, dc.Min.Y)
			continue
		}
		if s.flat(f) {
			line(dc, s.Style.Colour, 1.4, []vg.Length{5, 4}, dc.Min.X, pts[0].Y, dc.Max.X, pts[0].Y)
			pts = []vg.Point{{X: dc.Min.X, Y: pts[0].Y}, {X: dc.Max.X, Y: pts[0].Y}}
		} else {
			dc.StrokeLines(draw.LineStyle{Color: s.Style.Colour, Width: 1.8}, pts)
			for i, q := range s.Points {
				if q.Est.Interval {
					lo, hi := y(q.Est.Lo), y(q.Est.Hi)
					line(dc, s.Style.Colour, 1.4, nil, pts[i].X, lo, pts[i].X, hi)
				}
			}
		}
		for _, pt := range pts {
			drawMark(dc, s.Style, pt, 4.2, s.flat(f))
		}
		ends = append(ends, pts[len(pts)-1].Y)
	}
	for i, at := range apart(ends, 15, dc.Min.Y, dc.Max.Y) {
		line(dc, f.Lines[i].Style.Colour, 1, nil, dc.Max.X+6, ends[i], dc.Max.X+14, at)
		r.c.text(vg.Point{X: dc.Max.X + 18, Y: at - 4}, "start", text{size: textSize}, f.Lines[i].Label)
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
