package report

import (
	"fmt"
	"image/color"
	"slices"
	"strings"

	"tandem/runner/catalog"
)

// A tone is a colour by its role. Figures name roles, the style sheet gives
// them values, and so one drawing serves by day, by night and on paper.
type tone struct {
	name  string  // of the CSS variable, without the dashes
	alpha float64 // 0 means opaque
}

// RGBA satisfies color.Color, for gonum/plot carries tones to the canvas
// through that interface. The canvas reads the name, nothing reads this.
func (tone) RGBA() (r, g, b, a uint32) { return color.Black.RGBA() }

func (t tone) faint(alpha float64) tone { return tone{t.name, alpha} }

// The roles that carry no data.
var (
	ink    = tone{name: "ink"}    // text that matters
	muted  = tone{name: "muted"}  // text that helps
	rule   = tone{name: "rule"}   // grid lines
	strong = tone{name: "strong"} // reference lines
	paper  = tone{name: "paper"}  // the page
	other  = tone{name: "other"}  // everything else on the machine
	source = tone{name: "source"} // what a source printed
)

// tonesPerSide is how many variants a language can have before tones repeat;
// labels and shapes tell apart what tones cannot.
const tonesPerSide = 8

// workerTones is how many workers of a trial differ in colour.
const workerTones = 5

// palette lists each role by day and by night. Data tones keep at least 3:1
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
	{"code-text", "#1f6b3a", "#8fd3a3"},
	{"code-number", "#8a4b00", "#f0b765"},
	{"code-name", "#6b2a7a", "#dba6ea"},
	{"code-type", "#0e6275", "#7fd0e3"},

	// Workers of one trial.
	{"w-0", "#2f4a9e", "#9db7ff"},
	{"w-1", "#8a4b00", "#f0b765"},
	{"w-2", "#0e6275", "#7fd0e3"},
	{"w-3", "#6b2a7a", "#dba6ea"},
	{"w-4", "#1f6b3a", "#8fd3a3"},

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

// paletteCSS declares the roles as variables, and for each a class that fills
// and one that strokes.
func paletteCSS() string {
	var light, dark, classes strings.Builder
	for _, p := range palette {
		fmt.Fprintf(&light, "--%s:%s;", p.name, p.light)
		fmt.Fprintf(&dark, "--%s:%s;", p.name, p.dark)
		fmt.Fprintf(&classes, ".f-%[1]s{fill:var(--%[1]s)}.s-%[1]s{fill:none;stroke:var(--%[1]s)}\n", p.name)
	}
	// On paper the page is white whatever the screen was.
	return fmt.Sprintf(":root{color-scheme:light dark;%s}\n@media screen and (prefers-color-scheme:dark){:root{%s}}\n%s", &light, &dark, &classes)
}

// A look is how a variant is drawn on every figure.
type look struct {
	tone  tone
	shape shape
}

// looks gives each variant its look, by side and name: a variant that several
// pairs have looks the same in all of them.
type looks map[string]look

func newLooks(in Input) looks {
	l := looks{}
	for i := range in.Summary.Pairs {
		p := &in.Summary.Pairs[i]
		var names []string // as "side/variant", the catalogue's order first
		add := func(side, variant string) {
			if key := side + "/" + variant; !slices.Contains(names, key) {
				names = append(names, key)
			}
		}
		for _, described := range in.Pairs {
			if described.ID == p.ID {
				for _, v := range described.Variants {
					add(v.Side, v.Name)
				}
			}
		}
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				add(r.Side, r.Variant)
			}
		}
		for _, name := range names {
			if _, ok := l[name]; !ok {
				l[name] = l.free(name, names)
			}
		}
	}
	return l
}

// free picks the look that is least in use: first among the variants of one
// pair, which stand on the same figures, then in the whole report.
func (l looks) free(name string, pair []string) look {
	side, _, _ := strings.Cut(name, "/")
	hue := "py" // the colours of other sides than Go and Python go by turns
	if at := among(side, pair); side == catalog.Go || side != catalog.Python && at%2 == 0 {
		hue = "go"
	}
	var best look
	var least [5]int
	for t := range tonesPerSide {
		for s := range shape(shapes) {
			one := look{tone{name: fmt.Sprintf("%s-%d", hue, t)}, (s + shape(t)) % shapes}
			var use [5]int
			for other, o := range l {
				if !strings.HasPrefix(other, side+"/") {
					continue
				}
				tone, form := btoi(o.tone == one.tone), btoi(o.shape == one.shape)
				if slices.Contains(pair, other) {
					use[0] += tone
					use[1] += form
				}
				use[2] += tone * form
				use[3] += tone
				use[4] += form
			}
			if best.tone.name == "" || slices.Compare(use[:], least[:]) < 0 {
				best, least = one, use
			}
		}
	}
	return best
}

// among is the place of a side among those of its pair.
func among(side string, pair []string) int {
	var sides []string
	for _, name := range pair {
		if s, _, _ := strings.Cut(name, "/"); !slices.Contains(sides, s) {
			sides = append(sides, s)
		}
	}
	return slices.Index(sides, side)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (l looks) of(side, variant string) look { return l[side+"/"+variant] }
