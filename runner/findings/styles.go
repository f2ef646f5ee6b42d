package findings

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/figure"
)

// variantStyles gives each variant its style, by side and name: a variant that several
// pairs have looks the same in all of them.
type variantStyles map[string]figure.Style

func newVariantStyles(in Results) variantStyles {
	l := variantStyles{}
	for i := range in.Summary.Pairs {
		p := &in.Summary.Pairs[i]
		var names []string // as "side/variant", the catalogue's order first
		add := func(side, variant string) {
			if key := side + "/" + variant; !slices.Contains(names, key) {
				names = append(names, key)
			}
		}
		if described := catalog.Find(in.Pairs, p.ID); described != nil {
			for _, v := range described.Variants {
				add(v.Side, v.Name)
			}
		}
		for _, r := range p.Rows() {
			add(r.Side, r.Variant)
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
func (l variantStyles) free(name string, pair []string) figure.Style {
	side, _, _ := strings.Cut(name, "/")
	hue := "py" // the colours of other sides than Go and Python go by turns
	if at := among(side, pair); side == catalog.Go || side != catalog.Python && at%2 == 0 {
		hue = "go"
	}
	var best figure.Style
	var least [5]int
	for t := range figure.ColoursPerSide {
		for s := range figure.Shape(figure.Shapes) {
			one := figure.Style{Colour: figure.Colour{Name: fmt.Sprintf("%s-%d", hue, t)}, Shape: (s + figure.Shape(t)) % figure.Shapes}
			var use [5]int
			for other, o := range l {
				if !strings.HasPrefix(other, side+"/") {
					continue
				}
				colour, form := btoi(o.Colour == one.Colour), btoi(o.Shape == one.Shape)
				if slices.Contains(pair, other) {
					use[0] += colour
					use[1] += form
				}
				use[2] += colour * form
				use[3] += colour
				use[4] += form
			}
			if best.Colour.Name == "" || slices.Compare(use[:], least[:]) < 0 {
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

func (l variantStyles) of(side, variant string) figure.Style { return l[side+"/"+variant] }

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
