package report

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/summary"
)

// A verdict is a claim as the page shows it.
type verdict struct {
	Claim
	Anchor string // of the figure that it is read off
	Class  string // of its verdict
}

// verdicts readies the claims for the page, of one pair or of all ("").
func (d *desk) verdicts(pair string) []verdict {
	var out []verdict
	anchors := map[string]string{}
	for _, c := range d.in.Claims {
		if pair != "" && c.Pair != pair {
			continue
		}
		v := verdict{Claim: c, Class: slug(c.Verdict)}
		for i := range d.in.Summary.Pairs {
			p := &d.in.Summary.Pairs[i]
			if _, known := anchors[p.ID]; p.ID == c.Pair && !known {
				anchors[p.ID] = d.anchor(p)
			}
		}
		v.Anchor = anchors[c.Pair]
		out = append(out, v)
	}
	return out
}

// anchor is where a pair's claims are read off: its animation or timeline where
// the order of events is the point, else what its seed printed, else its
// section.
func (d *desk) anchor(p *summary.Pair) string {
	if measured(p) {
		for _, make := range []func(*summary.Pair) *figure{d.haulFigure, d.timelineFigure, d.curveFigure, d.seedFigure} {
			if f := make(p); f != nil {
				return f.ID
			}
		}
	}
	return "pair-" + slug(p.ID)
}

// verdictWords lists what a verdict can be, the clearest first.
var verdictWords = []string{"reproduced", "contradicted", "no difference", "outdated", "inconclusive", "on paper"}

// tally counts the verdicts: "31 reproduced, 4 contradicted".
func (d *desk) tally() string {
	if len(d.in.Claims) == 0 {
		return ""
	}
	counts := map[string]int{}
	order := slices.Clone(verdictWords)
	for _, c := range d.in.Claims {
		counts[c.Verdict]++
		if !slices.Contains(order, c.Verdict) {
			order = append(order, c.Verdict)
		}
	}
	var parts []string
	for _, word := range order {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return fmt.Sprintf("Of %s put to the test: %s.", plural(len(d.in.Claims), "claim"), strings.Join(parts, ", "))
}
