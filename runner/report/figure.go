package report

import (
	"fmt"
	"html/template"

	"tandem/runner/model"
)

// A figure is one finding and the numbers it rests on, not yet drawn.
type figure struct {
	ID      string   // unique on the page, and the name of its file
	Title   string   // what is shown, as a heading
	Finding string   // what there is to see, in a sentence: caption and spoken text
	Points  []string // the same in several lines, where one would be long
	Note    string   // how to read it, or what limits it
	Wide    bool     // takes the page's full width
	table   table
	art     plotter
}

// A plotter draws a figure as SVG at a given width.
type plotter interface {
	draw(width float64) *canvas
}

// A piecewise plotter gives its figure in pieces, which the page lays out at any
// width, and as an ECharts option; nil: the drawing is better.
type piecewise interface {
	plotter
	pieces() []piece
	chart() map[string]any
}

// A piece is one panel of a figure, under a heading where a new one begins.
type piece struct {
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
func (p *piece) SVG() template.HTML {
	attrs := fmt.Sprintf(` width="%s"`, num(p.Width))
	if p.axis[2] > 0 {
		attrs += fmt.Sprintf(` data-x="%s %s %.6g"`, num(p.axis[0]), num(p.axis[1]), p.axis[2])
	}
	return template.HTML(p.art.draw(p.Width).svg("", attrs, ""))
}

// standalone draws the figure as a file that needs no style sheet.
func standalone(f *figure) []byte {
	inner := "<style>" + paletteCSS() + "svg{background:var(--paper)}</style>\n"
	return f.art.draw(wideWidth).svg(f.Title+". "+f.Finding, ` font-family="`+sans+`"`, inner)
}

// sans is a stack of fonts that people have; none is fetched.
const sans = `-apple-system, 'Segoe UI', Roboto, 'Noto Sans', Ubuntu, 'Helvetica Neue', Arial, sans-serif`

// An axis is the horizontal axis of rows.
type axis struct {
	unit    unit
	log     bool
	include []float64 // values that must be on it
	refs    []ref
	title   string
}

// A ref is a line that marks a value of its own.
type ref struct {
	at    float64
	label string
}

// A row is one line of a figure of rows.
type row struct {
	heading string // where it differs from the row before, it is printed above
	label   string
	marks   []mark
	dots    []dot  // single rounds
	value   string // printed on the right: the median
	extra   string // beside it, fainter: the interval
	note    string // printed where there is nothing that may be drawn
	tip     string // said by the chart
}

// A mark is an estimate on a row.
type mark struct {
	style  style
	est    model.Estimate
	bar    bool    // filled from from
	from   float64 // where a bar begins
	hatch  bool    // the bar is hatched: not from this run
	hollow bool
	label  string
}

// A dot is one round.
type dot struct {
	value   float64
	spoiled bool
}

// mostDots bounds the rounds drawn of one row; the rest are left out evenly.
const mostDots = 30

func thin[T any](all []T, most int) []T {
	if len(all) <= most {
		return all
	}
	out := make([]T, most)
	for i := range out {
		out[i] = all[i*len(all)/most]
	}
	return out
}
