package report

import "tandem/runner/model"

// A figure is one finding and the numbers it rests on, not yet drawn.
type figure struct {
	ID      string   // unique on the page, and the name of its file
	Title   string   // what is shown, as a heading
	Finding string   // what there is to see, in a sentence: caption and spoken text
	Points  []string // the same in several lines, where one would be long
	Note    string   // how to read it, or what limits it
	Wide    bool     // takes the page's full width
	Lone    bool     // stands under a section's heading, not among others
	table   table
	art     artist
}

// An artist draws a figure, as SVG at a given width and as an ECharts option.
type artist interface {
	draw(width float64) *canvas
	// chart gives the option; nil: the drawing is better.
	chart() map[string]any
}

// The widths, in pixels, at which figures are drawn: the whole page, half of
// it, a phone. The same words are the same size in each.
const (
	wideWidth   = 980
	halfWidth   = 470
	narrowWidth = 340
)

// svg draws the figure for the page, and for phones where that is asked for.
func (f *figure) svg(phones bool) (page, phone []byte) {
	width := float64(halfWidth)
	if f.Wide {
		width = wideWidth
	}
	page = f.art.draw(width).svg(f.Finding, ` class="page"`, "")
	if !phones {
		return page, nil
	}
	phone = f.art.draw(narrowWidth).svg(f.Finding, ` class="phone"`, "")
	return page, phone
}

// standalone draws the figure as a file that needs no style sheet.
func standalone(f *figure) []byte {
	inner := "<style>" + paletteCSS() + "svg{background:var(--paper)}</style>\n"
	if _, hauled := f.art.(*stills); hauled {
		inner += haulShapes
	}
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
	look   look
	est    model.Estimate
	bar    bool // filled from zero
	hatch  bool // the bar is hatched: not from this run
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
