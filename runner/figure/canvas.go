package figure

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// A canvas draws what gonum/plot asks for as SVG. It differs from gonum's own
// in two ways: colours are classes, so that a style sheet decides them, and
// text is anchored, so that it lines up in whatever font the reader has.
type canvas struct {
	w, h float64 // points; one point is one unit of the picture
	b    bytes.Buffer
	// The path that was stroked last: how it begins, and where in b it ends.
	stroke    string
	strokeEnd int
	stack     []pen
}

type pen struct {
	color color.Color
	width vg.Length
	dash  []vg.Length
	at    vg.Point
	turn  float64 // radians
	scale vg.Point
}

var _ vg.CanvasSizer = (*canvas)(nil)

func newCanvas(w, h float64) *canvas {
	c := &canvas{w: w, h: h, stack: []pen{{scale: vg.Point{X: 1, Y: 1}}}}
	vg.Initialize(c)
	return c
}

func (c *canvas) pen() *pen                              { return &c.stack[len(c.stack)-1] }
func (c *canvas) Size() (w, h vg.Length)                 { return vg.Length(c.w), vg.Length(c.h) }
func (c *canvas) SetLineWidth(w vg.Length)               { c.pen().width = w }
func (c *canvas) SetLineDash(d []vg.Length, _ vg.Length) { c.pen().dash = d }
func (c *canvas) SetColor(v color.Color)                 { c.pen().color = v }
func (c *canvas) Push()                                  { c.stack = append(c.stack, *c.pen()) }
func (c *canvas) Pop()                                   { c.stack = c.stack[:len(c.stack)-1] }

func (c *canvas) Rotate(rad float64) { c.pen().turn += rad }

func (c *canvas) Translate(pt vg.Point) { c.pen().at = c.pen().place(pt) }

func (c *canvas) Scale(x, y float64) {
	p := c.pen()
	p.scale.X *= vg.Length(x)
	p.scale.Y *= vg.Length(y)
}

// place applies the pen's transformation to a point.
func (p *pen) place(pt vg.Point) vg.Point {
	x, y := float64(pt.X*p.scale.X), float64(pt.Y*p.scale.Y)
	sin, cos := math.Sincos(p.turn)
	return vg.Point{X: p.at.X + vg.Length(x*cos-y*sin), Y: p.at.Y + vg.Length(x*sin+y*cos)}
}

// xy gives a point as SVG counts it, from the top.
func (c *canvas) xy(pt vg.Point) string {
	pt = c.pen().place(pt)
	return num(float64(pt.X)) + " " + num(c.h-float64(pt.Y))
}

// num writes a coordinate with a tenth of a unit: finer than any screen shows.
func num(v float64) string {
	s := strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64)
	if s == "-0" {
		return "0"
	}
	return s
}

// path writes a path; lines along an axis, of which steps are made, take one
// number.
func (c *canvas) path(p vg.Path) string {
	var b bytes.Buffer
	lastX, lastY := "", ""
	for _, step := range p {
		x, y, _ := strings.Cut(c.xy(step.Pos), " ")
		switch step.Type {
		case vg.MoveComp:
			b.WriteString("M" + x + " " + y)
		case vg.LineComp:
			switch {
			case x == lastX && y == lastY:
			case x == lastX:
				b.WriteString("V" + y)
			case y == lastY:
				b.WriteString("H" + x)
			default:
				b.WriteString("L" + x + " " + y)
			}
		case vg.ArcComp:
			c.arc(&b, step)
		case vg.CurveComp:
			b.WriteString(map[int]string{1: "Q", 2: "C"}[len(step.Control)])
			for _, pt := range step.Control {
				b.WriteString(c.xy(pt) + " ")
			}
			b.WriteString(c.xy(step.Pos))
		case vg.CloseComp:
			b.WriteString("Z")
		}
		lastX, lastY = x, y
		if step.Type == vg.ArcComp || step.Type == vg.CloseComp { // ends elsewhere
			lastX, lastY = "", ""
		}
	}
	return b.String()
}

// arc draws in two halves, for SVG cannot draw a full circle in one.
func (c *canvas) arc(b *bytes.Buffer, step vg.PathComp) {
	sweep := 0
	if step.Angle < 0 {
		sweep = 1
	}
	r := num(float64(step.Radius))
	for i := 1; i <= 2; i++ {
		sin, cos := math.Sincos(step.Start + step.Angle*float64(i)/2)
		end := vg.Point{X: step.Pos.X + step.Radius*vg.Length(cos), Y: step.Pos.Y + step.Radius*vg.Length(sin)}
		fmt.Fprintf(b, "A%s %s 0 0 %d %s", r, r, sweep, c.xy(end))
	}
}

// paint is the class (and opacity) of the pen's colour; what is not one of ours is
// drawn as ink.
func (c *canvas) paint(how string) string {
	t, ok := c.pen().color.(Colour)
	if !ok {
		t = ink
	}
	class := ` class="` + how[:1] + "-" + t.Name + `"`
	if t.alpha > 0 {
		class += fmt.Sprintf(` %s-opacity="%s"`, how, strconv.FormatFloat(t.alpha, 'g', 2, 64))
	}
	return class
}

func (c *canvas) Stroke(p vg.Path) {
	pen := c.pen()
	if pen.width <= 0 || len(p) == 0 {
		return
	}
	dash := ""
	for i, d := range pen.dash {
		if i > 0 {
			dash += " "
		}
		dash += num(float64(d))
	}
	if dash != "" {
		dash = ` stroke-dasharray="` + dash + `"`
	}
	width := num(float64(pen.width))
	if width = ` stroke-width="` + width + `"`; pen.width == 1 { // as SVG has it
		width = ""
	}
	begin, end := "<path"+c.paint("stroke")+width+dash+` d="`, "\"/>\n"
	// What follows with the same pen, such as the ends of a whisker, goes on
	// in the same path: a page has thousands.
	if c.b.Len() == c.strokeEnd && begin == c.stroke {
		c.b.Truncate(c.b.Len() - len(end))
	} else {
		c.b.WriteString(begin)
	}
	c.b.WriteString(c.path(p) + end)
	c.stroke, c.strokeEnd = begin, c.b.Len()
}

func (c *canvas) Fill(p vg.Path) {
	if at, r, ok := disc(p); ok { // of which a page has thousands
		xy := strings.Split(c.xy(at), " ")
		fmt.Fprintf(&c.b, `<circle%s cx="%s" cy="%s" r="%s"/>`+"\n", c.paint("fill"), xy[0], xy[1], num(float64(r)))
		return
	}
	if len(p) > 0 {
		fmt.Fprintf(&c.b, `<path%s d="%s"/>`+"\n", c.paint("fill"), c.path(p))
	}
}

// disc says whether a path is a circle, and which.
func disc(p vg.Path) (at vg.Point, r vg.Length, ok bool) {
	if len(p) != 3 || p[0].Type != vg.MoveComp || p[1].Type != vg.ArcComp || p[2].Type != vg.CloseComp || math.Abs(p[1].Angle) < 2*math.Pi {
		return at, 0, false
	}
	return p[1].Pos, p[1].Radius, true
}

// FillString draws a text that gonum has placed itself.
func (c *canvas) FillString(f font.Face, pt vg.Point, s string) {
	c.text(pt, "start", text{size: float64(f.Font.Size)}, s)
}

// DrawImage draws nothing: the report's figures are lines and text.
func (c *canvas) DrawImage(vg.Rectangle, image.Image) {}

// A text is how words are set in a figure.
type text struct {
	size   float64
	colour Colour // zero: ink
	bold   bool
}

// text writes s with its start, middle or end at pt, the baseline at pt.Y.
func (c *canvas) text(pt vg.Point, anchor string, t text, s string) {
	if s == "" {
		return
	}
	if t.colour.Name == "" {
		t.colour = ink
	}
	attrs := ""
	if anchor != "start" {
		attrs += ` text-anchor="` + anchor + `"`
	}
	if t.bold {
		attrs += ` font-weight="600"`
	}
	pt = c.pen().place(pt)
	fmt.Fprintf(&c.b, `<text class="f-%s" x="%s" y="%s" font-size="%s"%s>%s</text>`+"\n",
		t.colour.Name, num(float64(pt.X)), num(c.h-float64(pt.Y)), num(t.size), attrs, html.EscapeString(s))
}

// spans writes two texts as one line that ends at pt.
func (c *canvas) spans(pt vg.Point, t [2]text, a, b string) {
	pt = c.pen().place(pt)
	fmt.Fprintf(&c.b, `<text x="%s" y="%s" text-anchor="end"><tspan class="f-ink" font-size="%s" font-weight="600">%s</tspan><tspan class="f-%s" font-size="%s">%s</tspan></text>`+"\n",
		num(float64(pt.X)), num(c.h-float64(pt.Y)), num(t[0].size), html.EscapeString(a), t[1].colour.Name, num(t[1].size), html.EscapeString(b))
}

// svg gives the picture. The label is what a screen reader says in its place;
// extra goes into its first tag, inner before the drawing.
func (c *canvas) svg(label, extra, inner string) []byte {
	var b bytes.Buffer
	spoken := ` aria-hidden="true"` // a piece of what is spoken of as a whole
	if label != "" {
		spoken = ` xmlns="http://www.w3.org/2000/svg" role="img" aria-label="` + html.EscapeString(label) + `"`
	}
	fmt.Fprintf(&b, `<svg viewBox="0 0 %s %s"%s%s>`+"\n%s", num(c.w), num(c.h), spoken, extra, inner)
	b.Write(c.b.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}
