package figure

import (
	"fmt"
	"image/color"
	"strings"
)

// A Colour is named by its role. Figures name roles, the style sheet gives
// them values, and so one drawing serves by day, by night and on paper.
type Colour struct {
	Name  string  // of the CSS variable, without the dashes
	alpha float64 // 0 means opaque
}

// RGBA satisfies color.Color, for gonum/plot carries colours to the canvas
// through that interface. The canvas reads the name, nothing reads this.
func (Colour) RGBA() (r, g, b, a uint32) { return color.Black.RGBA() }

func (t Colour) faint(alpha float64) Colour { return Colour{t.Name, alpha} }

// The roles that carry no data.
var (
	ink    = Colour{Name: "ink"}    // text that matters
	muted  = Colour{Name: "muted"}  // text that helps
	rule   = Colour{Name: "rule"}   // grid lines
	strong = Colour{Name: "strong"} // reference lines
	paper  = Colour{Name: "paper"}  // the page
	other  = Colour{Name: "other"}  // everything else on the machine
	Source = Colour{Name: "source"} // what a source printed
)

// ColoursPerSide is how many variants a language can have before colours repeat;
// labels and shapes tell apart what colours cannot.
const ColoursPerSide = 8

// workerColours is how many workers of a trial differ in colour.
const workerColours = 5

// WorkerColour tells lanes apart; the name beside each does so without colour.
func WorkerColour(i int) Colour { return Colour{Name: fmt.Sprintf("w-%d", i%workerColours)} }

// palette lists each role by day and by night. Those of data keep at least 3:1
// against the page, texts 4.5:1 (a test computes both). Cold is Go, warm is
// Python, which also holds for readers who see no red or no green; neighbours
// in the list differ in lightness first.
var palette = []struct{ name, light, dark string }{
	{"paper", "#ffffff", "#14171c"},
	{"raised", "#f6f7f8", "#1b1f26"},
	{"ink", "#1a1d21", "#e7e9ec"},
	{"muted", "#5b636d", "#a3abb5"},
	{"rule", "#e3e6ea", "#2c323b"},
	{"lane", "#eef0f2", "#22272f"},
	{"strong", "#868e98", "#76808c"},
	{"other", "#b9bfc7", "#59626e"},
	{"source", "#747b84", "#949da8"},
	{"link", "#0b5cad", "#7db7ff"},
	{"warn", "#8a4b00", "#f0b765"},
	{"warnbg", "#fdf6e8", "#2a2318"},

	// Source listings.
	{"code-key", "#2f4a9e", "#9db7ff"},
	{"code-name", "#6b2a7a", "#dba6ea"},

	// Workers of one trial, in no language's colour.
	{"w-0", "#6b2a7a", "#dba6ea"},
	{"w-1", "#1f6b3a", "#8fd3a3"},
	{"w-2", "#a0195a", "#ff9cc4"},
	{"w-3", "#4a5560", "#b4bdc7"},
	{"w-4", "#5a6400", "#c9d36a"},

	{"go-0", "#123780", "#547ecd"},
	{"go-1", "#1388a4", "#49d7fe"},
	{"go-2", "#035d90", "#4ba7e8"},
	{"go-3", "#0898ab", "#75ecfe"},
	{"go-4", "#044b8a", "#5092dc"},
	{"go-5", "#0a93aa", "#5ce2ff"},
	{"go-6", "#0e7299", "#47bff5"},
	{"go-7", "#0a8f9f", "#85f2fe"},

	{"py-0", "#701902", "#c55c43"},
	{"py-1", "#ad670a", "#feb266"},
	{"py-2", "#8d3d01", "#e3814a"},
	{"py-3", "#be7c04", "#ffce90"},
	{"py-4", "#7f2c01", "#d56e46"},
	{"py-5", "#b67206", "#fec07b"},
	{"py-6", "#9d5207", "#f49850"},
	{"py-7", "#bd7f00", "#fed7a3"},
}

// CSS declares the roles as variables, and for each a class that fills
// and one that strokes.
func CSS() string {
	var light, dark, classes strings.Builder
	for _, p := range palette {
		fmt.Fprintf(&light, "--%s:%s;", p.name, p.light)
		fmt.Fprintf(&dark, "--%s:%s;", p.name, p.dark)
		fmt.Fprintf(&classes, ".f-%[1]s{fill:var(--%[1]s)}.s-%[1]s{fill:none;stroke:var(--%[1]s)}\n", p.name)
	}
	// On paper the page is white whatever the screen was.
	return fmt.Sprintf(":root{color-scheme:light dark;%s}\n@media screen and (prefers-color-scheme:dark){:root{%s}}\n%s", &light, &dark, &classes)
}

// A Style is how a variant is drawn on every figure.
type Style struct {
	Colour Colour
	Shape  Shape
}
