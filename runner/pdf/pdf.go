// Package pdf turns the report's figures into PDF, fit for print.
//
// Its one decision: it reads the SVG that the report draws, and no other: paths,
// discs and texts, whose colours are classes of the style sheet by day. So each
// figure is drawn once. A page is as large as its picture, a unit a point, and
// its fonts are embedded.
package pdf

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"codeberg.org/go-pdf/fpdf"
)

// A picture is a figure's SVG.
type picture struct {
	ViewBox string  `xml:"viewBox,attr"`
	Label   string  `xml:"aria-label,attr"`
	Style   string  `xml:"style"`
	Shapes  []shape `xml:",any"`
}

// A shape is a path, a circle, a text, or a part of that.
type shape struct {
	XMLName xml.Name
	Class   string  `xml:"class,attr"` // f- and a colour fills, s- strokes
	D       string  `xml:"d,attr"`
	Fill    string  `xml:"fill-opacity,attr"`
	Stroke  string  `xml:"stroke-opacity,attr"`
	Width   string  `xml:"stroke-width,attr"`
	Dash    string  `xml:"stroke-dasharray,attr"`
	CX      float64 `xml:"cx,attr"`
	CY      float64 `xml:"cy,attr"`
	R       float64 `xml:"r,attr"`
	X       float64 `xml:"x,attr"`
	Y       float64 `xml:"y,attr"`
	Size    float64 `xml:"font-size,attr"`
	Weight  string  `xml:"font-weight,attr"`
	Anchor  string  `xml:"text-anchor,attr"`
	Text    string  `xml:",chardata"`
	Spans   []shape `xml:"tspan"`
}

var declares = regexp.MustCompile(`--([\w-]+):#([0-9a-f]{6})`)

// A page is a picture on its way to PDF.
type page struct {
	*fpdf.Fpdf
	colours map[string]int64 // by name, as 0xRRGGBB
}

// Of gives a figure of the report as PDF.
func Of(svg []byte) ([]byte, error) {
	var pic picture
	if err := xml.Unmarshal(svg, &pic); err != nil {
		return nil, fmt.Errorf("reading a figure: %w", err)
	}
	box := numbers(pic.ViewBox)
	if len(box) != 4 {
		return nil, fmt.Errorf("reading a figure: its viewBox is %q, want four numbers", pic.ViewBox)
	}
	size := fpdf.SizeType{Wd: box[2], Ht: box[3]}
	p := page{fpdf.NewCustom(&fpdf.InitType{UnitStr: "pt", Size: size}), map[string]int64{}}
	for _, m := range declares.FindAllStringSubmatch(pic.Style, -1) {
		if _, known := p.colours[m[1]]; !known { // those by night come later
			p.colours[m[1]], _ = strconv.ParseInt(m[2], 16, 64)
		}
	}
	p.SetTitle(pic.Label, true)
	p.SetMargins(0, 0, 0)
	p.SetAutoPageBreak(false, 0)
	p.AddUTF8FontFromBytes("sans", "", liberationsansregular.TTF)
	p.AddUTF8FontFromBytes("sans", "B", liberationsansbold.TTF)
	p.AddPage()
	for i := range pic.Shapes {
		if err := p.draw(&pic.Shapes[i]); err != nil {
			return nil, fmt.Errorf("drawing a figure: %w", err)
		}
	}
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, fmt.Errorf("writing a figure: %w", err)
	}
	return out.Bytes(), nil
}

func (p page) draw(s *shape) error {
	how := "F"
	if strings.HasPrefix(s.Class, "s-") {
		how = "D"
	}
	switch s.XMLName.Local {
	case "circle":
		p.paint(s)
		p.Circle(s.CX, s.CY, s.R, how)
	case "path":
		p.paint(s)
		if err := p.path(s.D); err != nil {
			return err
		}
		p.DrawPath(how)
	case "text":
		spans := s.Spans
		if len(spans) == 0 {
			spans = []shape{*s}
		}
		width := 0.0
		for i := range spans {
			p.font(&spans[i])
			width += p.GetStringWidth(spans[i].Text)
		}
		x := s.X - map[string]float64{"middle": width / 2, "end": width}[s.Anchor]
		for i := range spans {
			p.paint(&spans[i])
			p.font(&spans[i])
			p.Text(x, s.Y, spans[i].Text)
			x += p.GetStringWidth(spans[i].Text)
		}
	default:
		return fmt.Errorf("it has <%s>, want a path, a circle or a text", s.XMLName.Local)
	}
	return p.Error()
}

func (p page) font(s *shape) {
	style := ""
	if s.Weight != "" {
		style = "B"
	}
	p.SetFont("sans", style, s.Size)
}

// paint sets colour, opacity and line as a shape says.
func (p page) paint(s *shape) {
	_, name, _ := strings.Cut(s.Class, "-")
	rgb := p.colours[name]
	r, g, b := int(rgb>>16), int(rgb>>8&0xff), int(rgb&0xff)
	p.SetFillColor(r, g, b)
	p.SetDrawColor(r, g, b)
	p.SetTextColor(r, g, b)
	p.SetAlpha(number(s.Fill+s.Stroke, 1), "Normal")
	p.SetLineWidth(number(s.Width, 1))
	p.SetDashPattern(numbers(s.Dash), 0)
}

var steps = regexp.MustCompile(`([MLHVAQCZ])([^MLHVAQCZ]*)`)

// path goes along a path, whose coordinates are all absolute.
func (p page) path(d string) error {
	var x, y float64
	for _, m := range steps.FindAllStringSubmatch(d, -1) {
		n := numbers(m[2])
		want := map[string]int{"M": 2, "L": 2, "H": 1, "V": 1, "A": 7, "Q": 4, "C": 6}[m[1]]
		if len(n) != want {
			return fmt.Errorf("a path has %q, want %d numbers", m[0], want)
		}
		fromX, fromY := x, y
		switch m[1] {
		case "H":
			x = n[0]
		case "V":
			y = n[0]
		case "Z":
			p.ClosePath()
			continue
		default:
			x, y = n[want-2], n[want-1]
		}
		switch m[1] {
		case "M":
			p.MoveTo(x, y)
		case "Q":
			p.CurveTo(n[0], n[1], x, y)
		case "C":
			p.CurveBezierCubicTo(n[0], n[1], n[2], n[3], x, y)
		case "A":
			p.arc(fromX, fromY, x, y, n[0], n[4] != 0)
		default:
			p.LineTo(x, y)
		}
	}
	return nil
}

// arc goes along a circle, at most half of it.
func (p page) arc(x0, y0, x1, y1, r float64, clockwise bool) {
	dx, dy := x1-x0, y1-y0
	half := math.Hypot(dx, dy) / 2
	if half == 0 {
		return
	}
	sign := -1.0
	if clockwise {
		sign = 1
	}
	r = max(r, half)
	off := sign * math.Sqrt(r*r-half*half) / (2 * half)
	cx, cy := (x0+x1)/2-dy*off, (y0+y1)/2+dx*off
	// fpdf counts counterclockwise.
	from, turn := -math.Atan2(y0-cy, x0-cx), -2*math.Asin(half/r)*sign
	p.ArcTo(cx, cy, r, r, 0, from*180/math.Pi, (from+turn)*180/math.Pi)
}

// numbers are those of a text, with spaces between.
func numbers(text string) (all []float64) {
	for _, word := range strings.Fields(text) {
		all = append(all, number(word, 0))
	}
	return all
}

func number(text string, missing float64) float64 {
	if v, err := strconv.ParseFloat(text, 64); err == nil {
		return v
	}
	return missing
}
