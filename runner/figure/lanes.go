package figure

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tandem/runner/format"
	"tandem/runner/model"
)

// Lanes is a figure of the cores over time: a small panel for each variant, a
// lane for each core.
type Lanes struct {
	Panels []Panel
	most   int // lanes of each panel, at least
}

// A Panel is one trial.
type Panel struct {
	Heading string
	Label   string
	Style   Style
	Seconds float64 // of the work
	Edges   []float64
	Own     [][]float64 // [lane][interval], shares of the core
	Other   [][]float64
	core    []int  // which core a lane is
	Empty   string // why there is nothing to see
}

const (
	mostSteps = 32 // intervals drawn of one trial
	mostLanes = 32 // cores drawn of one trial
)

// NewPanel reduces a trial's samples to what a figure can show. Neighbouring
// intervals are averaged by their length; of very many cores those with the
// most to see are kept.
func NewPanel(s model.Samples, seconds float64) Panel {
	p := Panel{Seconds: seconds}
	s = proper(s)
	n := len(s.AtNS)
	if n == 0 || len(s.Own) == 0 {
		p.Empty = "over before the first sample"
		return p
	}
	for core := range s.Own {
		p.core = append(p.core, core)
	}
	if len(p.core) > mostLanes {
		busy := func(core int) float64 {
			sum := 0.0
			for _, v := range s.Own[core][:n] {
				sum += v
			}
			return sum
		}
		slices.SortStableFunc(p.core, func(a, b int) int {
			switch {
			case busy(a) > busy(b):
				return -1
			case busy(a) < busy(b):
				return 1
			}
			return 0
		})
		p.core = p.core[:mostLanes]
		slices.Sort(p.core)
	}
	bins := min(n, mostSteps)
	p.Edges = []float64{0}
	for b := range bins {
		p.Edges = append(p.Edges, float64(s.AtNS[(b+1)*n/bins-1])/1e9)
	}
	mean := func(lane []float64, from, to int) float64 {
		sum, length := 0.0, 0.0
		for i := from; i < to; i++ {
			start := int64(0)
			if i > 0 {
				start = s.AtNS[i-1]
			}
			d := float64(s.AtNS[i] - start)
			sum += lane[i] * d
			length += d
		}
		if length <= 0 {
			return 0
		}
		return math.Max(0, math.Min(1, sum/length))
	}
	for _, core := range p.core {
		var own, other []float64
		for b := range bins {
			from, to := b*n/bins, (b+1)*n/bins
			o := mean(s.Own[core], from, to)
			own = append(own, o)
			if core < len(s.Other) {
				other = append(other, math.Min(1-o, mean(s.Other[core], from, to)))
			} else {
				other = append(other, 0)
			}
		}
		p.Own, p.Other = append(p.Own, own), append(p.Other, other)
	}
	if p.Seconds < p.Edges[bins] {
		p.Seconds = p.Edges[bins]
	}
	return p
}

// proper leaves out intervals that have no length, such as a first one that
// ends when the work begins, and what is not there for every core.
func proper(s model.Samples) model.Samples {
	n := len(s.AtNS)
	for _, lane := range slices.Concat(s.Own, s.Other) {
		n = min(n, len(lane))
	}
	out := model.Samples{Own: make([][]float64, len(s.Own)), Other: make([][]float64, len(s.Other))}
	last := int64(0)
	for i := range n {
		if s.AtNS[i] <= last {
			continue
		}
		last = s.AtNS[i]
		out.AtNS = append(out.AtNS, last)
		for core := range s.Own {
			out.Own[core] = append(out.Own[core], s.Own[core][i])
		}
		for core := range s.Other {
			out.Other[core] = append(out.Other[core], s.Other[core][i])
		}
	}
	return out
}

// Used is how many cores the trial (or everything else) kept busy on average.
func (p *Panel) Used(shares [][]float64) float64 {
	sum := 0.0
	for _, lane := range shares {
		for i, v := range lane {
			sum += v * (p.Edges[i+1] - p.Edges[i])
		}
	}
	if end := p.Edges[len(p.Edges)-1]; end > 0 {
		return sum / end
	}
	return 0
}

// laneHeight is in pixels: as tall as the number of cores allows.
func (f *Lanes) laneHeight() float64 {
	return math.Max(4, math.Min(24, 110/float64(f.cores())))
}

// lanesWidth is that of one trial's panel.
const lanesWidth = 172

// Pieces implements piecewise.
func (f *Lanes) Pieces() (out []Piece) {
	for i, p := range f.Panels {
		heading := p.Heading
		if i > 0 && heading == f.Panels[i-1].Heading {
			heading = ""
		}
		p.Heading = ""
		one := Piece{Heading: heading, Width: lanesWidth, art: &Lanes{Panels: []Panel{p}, most: f.cores()}}
		if p.Empty == "" {
			one.axis = [3]float64{0, lanesWidth, p.Seconds}
		}
		out = append(out, one)
	}
	return out
}

// Chart implements piecewise: the drawing says it all.
func (f *Lanes) Chart() map[string]any { return nil }

// cores is how many lanes the panel with the most of them has.
func (f *Lanes) cores() int {
	most := max(1, f.most)
	for _, p := range f.Panels {
		most = max(most, len(p.core))
	}
	return most
}

func (f *Lanes) draw(width float64) *canvas {
	const gap, head, foot, headed = 26.0, 24.0, 26.0, 28.0
	columns := max(1, int(width/lanesWidth))
	most, lane := f.cores(), f.laneHeight()
	body := lane * float64(most)
	cell := head + body + foot

	// Panels fill rows; a new heading begins a new row.
	type place struct{ x, y float64 }
	places := make([]place, len(f.Panels))
	y, column := 0.0, 0
	panelWidth := (width - gap*float64(columns-1)) / float64(columns)
	headings := map[int]float64{}
	for i, p := range f.Panels {
		if p.Heading != "" && (i == 0 || p.Heading != f.Panels[i-1].Heading) {
			if i > 0 {
				y += cell
			}
			headings[i] = y
			y += headed
			column = 0
		} else if column == columns {
			y += cell
			column = 0
		}
		places[i] = place{float64(column) * (panelWidth + gap), y}
		column++
	}
	height := y + cell
	c := newCanvas(width, height)
	area := draw.NewCanvas(c, vg.Length(width), vg.Length(height))
	for i, p := range f.Panels {
		at := places[i]
		if h, ok := headings[i]; ok {
			c.text(vg.Point{X: 0, Y: vg.Length(height - h - 18)}, "start", text{size: textSize, bold: true}, p.Heading)
		}
		key := vg.Point{X: vg.Length(at.x + 5), Y: vg.Length(height - at.y - 13)}
		drawMark(area, p.Style, key, 4.2, false)
		c.text(vg.Point{X: key.X + 11, Y: key.Y - 4}, "start", text{size: textSize}, p.Label)
		left, top := at.x, height-at.y-head
		gp := newPlot(extent{lo: 0, hi: math.Max(p.Seconds, 1e-9)}, extent{lo: 0, hi: float64(most)}, false, false)
		gp.Add(&lanePlotter{&p, c, lane, most})
		gp.Draw(draw.Canvas{Canvas: c, Rectangle: vg.Rectangle{
			Min: vg.Point{X: vg.Length(left), Y: vg.Length(top - body)},
			Max: vg.Point{X: vg.Length(left + panelWidth), Y: vg.Length(top)},
		}})
	}
	return c
}

type lanePlotter struct {
	p    *Panel
	c    *canvas
	lane float64
	most int
}

// Plot implements plot.Plotter.
func (r *lanePlotter) Plot(dc draw.Canvas, gp *plot.Plot) {
	trX, trY := gp.Transforms(&dc)
	small := text{size: smallSize, colour: muted}
	if r.p.Empty != "" {
		mid := (dc.Min.Y + dc.Max.Y) / 2
		dc.StrokeLines(draw.LineStyle{Color: rule, Width: 1}, []vg.Point{
			{X: dc.Min.X, Y: dc.Min.Y}, {X: dc.Max.X, Y: dc.Min.Y}, {X: dc.Max.X, Y: dc.Max.Y}, {X: dc.Min.X, Y: dc.Max.Y}, {X: dc.Min.X, Y: dc.Min.Y}})
		r.c.text(vg.Point{X: (dc.Min.X + dc.Max.X) / 2, Y: mid - 4}, "middle", small, r.p.Empty)
	}
	for i := range r.p.core {
		floor := float64(r.most - 1 - i)
		y := func(share float64) vg.Length { return trY(floor + share*laneFill) }
		dc.FillPolygon(Colour{Name: "lane"}, []vg.Point{
			{X: dc.Min.X, Y: y(0)}, {X: dc.Max.X, Y: y(0)}, {X: dc.Max.X, Y: y(1)}, {X: dc.Min.X, Y: y(1)}})
		// Steps, never slopes: nothing is known between two samples.
		shape := func(from, to func(k int) float64) vg.Path {
			var p vg.Path
			n := len(r.p.Edges) - 1
			p.Move(vg.Point{X: trX(r.p.Edges[0]), Y: y(from(0))})
			for k := range n {
				p.Line(vg.Point{X: trX(r.p.Edges[k]), Y: y(to(k))})
				p.Line(vg.Point{X: trX(r.p.Edges[k+1]), Y: y(to(k))})
			}
			for k := n - 1; k >= 0; k-- {
				p.Line(vg.Point{X: trX(r.p.Edges[k+1]), Y: y(from(k))})
				p.Line(vg.Point{X: trX(r.p.Edges[k]), Y: y(from(k))})
			}
			p.Close()
			return p
		}
		own, other := r.p.Own[i], r.p.Other[i]
		if slices.Max(other) > 0.004 {
			dc.SetColor(Colour{Name: "other"})
			dc.Fill(shape(func(k int) float64 { return own[k] }, func(k int) float64 { return own[k] + other[k] }))
		}
		if slices.Max(own) > 0.004 {
			dc.SetColor(r.p.Style.Colour)
			dc.Fill(shape(func(int) float64 { return 0 }, func(k int) float64 { return own[k] }))
		}
	}
	below := dc.Min.Y - 13
	r.c.text(vg.Point{X: dc.Min.X, Y: below}, "start", small, "0")
	note := format.Seconds.Exact(r.p.Seconds)
	if n := len(r.p.Edges) - 1; n > 0 {
		note = fmt.Sprintf("%s, %s", format.Plural(n, "step"), note)
	}
	r.c.text(vg.Point{X: dc.Max.X, Y: below}, "end", small, note)
}
