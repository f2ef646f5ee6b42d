package figure

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A Shape is the outline of a mark: what tells variants apart without colour.
type Shape int

const (
	circle Shape = iota
	Square
	triangle
	diamond
	pentagon
	nabla
	hexagon
	Shapes = iota
)

// corners gives how many corners a shape has, where the first one stands
// (radians), and by how much it must grow to look as large as a circle.
func (s Shape) corners() (n int, start, grow float64) {
	switch s {
	case Square:
		return 4, math.Pi / 4, 1.25
	case triangle:
		return 3, math.Pi / 2, 1.35
	case diamond:
		return 4, math.Pi / 2, 1.25
	case pentagon:
		return 5, math.Pi / 2, 1.12
	case nabla:
		return 3, -math.Pi / 2, 1.35
	case hexagon:
		return 6, 0, 1.1
	}
	return 0, 0, 1
}

func (s Shape) path(at vg.Point, r float64) vg.Path {
	var p vg.Path
	n, start, grow := s.corners()
	if n == 0 {
		p.Move(vg.Point{X: at.X + vg.Length(r), Y: at.Y})
		p.Arc(at, vg.Length(r), 0, 2*math.Pi)
		p.Close()
		return p
	}
	for i := range n {
		sin, cos := math.Sincos(start + 2*math.Pi*float64(i)/float64(n))
		pt := vg.Point{X: at.X + vg.Length(r*grow*cos), Y: at.Y + vg.Length(r*grow*sin)}
		if i == 0 {
			p.Move(pt)
		} else {
			p.Line(pt)
		}
	}
	p.Close()
	return p
}

// symbol is the nearest that ECharts has.
func (s Shape) symbol() string {
	switch s {
	case Square:
		return "rect"
	case triangle:
		return "triangle"
	case diamond:
		return "diamond"
	case pentagon:
		return "path://M0 -10L9.5 -3.1L5.9 8.1L-5.9 8.1L-9.5 -3.1Z"
	case nabla:
		return "path://M-9 -6L9 -6L0 10Z"
	case hexagon:
		return "path://M10 0L5 8.7L-5 8.7L-10 0L-5 -8.7L5 -8.7Z"
	}
	return "circle"
}

// drawMark draws a filled mark with a rim in the colour of the page, which
// keeps it apart from what lies under it; a hollow one the other way round.
func drawMark(c draw.Canvas, l Style, at vg.Point, r float64, hollow bool) {
	p := l.Shape.path(at, r)
	fill, rim, width := l.Colour, paper, vg.Length(1)
	if hollow {
		fill, rim, width = paper, l.Colour, 1.6
	}
	c.SetColor(fill)
	c.Fill(p)
	c.SetColor(rim)
	c.SetLineWidth(width)
	c.SetLineDash(nil, 0)
	c.Stroke(p)
}
