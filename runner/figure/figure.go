// Package figure draws.
//
// Its one decision: a figure is described once, and the picture of its file, what
// the page shows, the interactive chart and the data are all made of that
// description. It knows marks, axes and tables, and nothing of what they mean.
package figure

import (
	"fmt"
	"html/template"

	"tandem/runner/format"
	"tandem/runner/model"
)

// A Figure is one finding and the numbers it rests on, not yet drawn.
type Figure struct {
	ID      string   // unique on the page, and the name of its file
	Title   string   // what is shown, as a heading
	Finding string   // what there is to see, in a sentence: caption and spoken text
	Points  []string // the same in several lines, where one would be long
	Note    string   // how to read it, or what limits it
	Table   Table
	Art     plotter
}

// A plotter draws a figure as SVG at a given width.
type plotter interface {
	draw(width float64) *canvas
}

// A Piecewise plotter gives its figure in pieces, which the page lays out at any
// width, and as an ECharts option; nil: the drawing is better.
type Piecewise interface {
	plotter
	Pieces() []Piece
	Chart() map[string]any
}

// A Piece is one panel of a figure, under a heading where a new one begins.
type Piece struct {
	Heading string
	Width   float64
	art     plotter
	// axis is where time begins and ends on the drawing, and the seconds
	// between; none where the drawing has no such axis.
	axis [3]float64
}

// wideWidth is how wide a figure's file is, in pixels.
const wideWidth = 980

// SVG draws the piece.
func (p *Piece) SVG() template.HTML {
	attrs := fmt.Sprintf(` width="%s"`, num(p.Width))
	if p.axis[2] > 0 {
		attrs += fmt.Sprintf(` data-x="%s %s %.6g"`, num(p.axis[0]), num(p.axis[1]), p.axis[2])
	}
	return template.HTML(p.art.draw(p.Width).svg("", attrs, ""))
}

// SVG draws the figure as a file that needs no style sheet, nil where there is
// nothing to draw.
func (f *Figure) SVG() []byte {
	if f.Art == nil {
		return nil
	}
	inner := "<style>" + CSS() + "svg{background:var(--paper)}</style>\n"
	return f.Art.draw(wideWidth).svg(f.Title+". "+f.Finding, ` font-family="`+sans+`"`, inner)
}

// sans is a stack of fonts that people have; none is fetched.
const sans = `-apple-system, 'Segoe UI', Roboto, 'Noto Sans', Ubuntu, 'Helvetica Neue', Arial, sans-serif`

// An Axis is the horizontal axis of rows, the vertical one of curves.
type Axis struct {
	Unit    format.Unit
	Log     bool
	Include []float64 // values that must be on it
	Refs    []Ref
	Title   string // above the vertical one
}

// A Ref is a line that marks a value of its own.
type Ref struct {
	At    float64
	Label string
}

// A Row is one line of a figure of rows.
type Row struct {
	Heading string // where it differs from the row before, it is printed above
	Label   string
	Marks   []Mark
	Dots    []Dot  // single rounds
	Value   string // printed on the right: the median
	Extra   string // beside it, fainter: the interval
	Note    string // printed where there is nothing that may be drawn
	Tip     string // said by the chart
}

// A Mark is an estimate on a row.
type Mark struct {
	Style  Style
	Est    model.Estimate
	Bar    bool    // filled from from
	From   float64 // where a bar begins
	Hatch  bool    // the bar is hatched: not from this run
	Hollow bool
}

// A Dot is one round.
type Dot struct {
	Value     float64
	Disturbed bool
}

// MostDots bounds the rounds drawn of one row; the rest are left out evenly.
const MostDots = 30

// Thin keeps at most so many, evenly.
func Thin[T any](all []T, most int) []T {
	if len(all) <= most {
		return all
	}
	out := make([]T, most)
	for i := range out {
		out[i] = all[i*len(all)/most]
	}
	return out
}
