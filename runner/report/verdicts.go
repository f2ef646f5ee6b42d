package report

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/model"
	"tandem/runner/summary"
)

// A verdict is a claim as the page shows it.
type verdict struct {
	model.Judgement
	Where  string
	Others []string // the verdicts by each runtime, where there are several
	Anchor string   // of the figure that it is read off
	Class  string   // of its verdict
}

// verdicts readies the claims for the page, of one pair or of all ("").
func (d *desk) verdicts(pair string) []verdict {
	var out []verdict
	for _, c := range d.in.Claims {
		if pair != "" && c.Pair != pair {
			continue
		}
		v := verdict{Judgement: c, Where: c.Source.String(), Class: slug(string(c.Verdict))}
		if len(c.Runtimes) > 1 {
			for _, o := range c.Runtimes {
				v.Others = append(v.Others, strings.TrimSpace(fmt.Sprintf("%s: %s  %s", o.Runtime, o.Verdict, o.Text)))
			}
		}
		if _, known := d.anchors[c.Pair]; !known {
			if at := slices.IndexFunc(d.in.Summary.Pairs, func(p summary.Pair) bool { return p.ID == c.Pair }); at >= 0 {
				d.anchors[c.Pair] = d.anchor(&d.in.Summary.Pairs[at])
			}
		}
		v.Anchor = d.anchors[c.Pair]
		out = append(out, v)
	}
	return out
}

// anchor is where a pair's claims are read off: its animation or timeline where
// the order of events is the point, else what its source printed, else its
// section.
func (d *desk) anchor(p *summary.Pair) string {
	if measured(p) {
		for _, make := range []func(*summary.Pair) *figure{d.haulFigure, d.timelineFigure, d.curveFigure, d.sourceFigure} {
			if f := make(p); f != nil {
				return f.ID
			}
		}
	}
	return "pair-" + slug(p.ID)
}

// tally counts the verdicts: "31 reproduced, 4 contradicted".
func (d *desk) tally() string {
	if len(d.in.Claims) == 0 {
		return ""
	}
	counts := map[model.Verdict]int{}
	for _, c := range d.in.Claims {
		counts[c.Verdict]++
	}
	var parts []string
	for _, word := range model.Verdicts {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return fmt.Sprintf("Of %s put to the test: %s.", plural(len(d.in.Claims), "claim"), strings.Join(parts, ", "))
}
