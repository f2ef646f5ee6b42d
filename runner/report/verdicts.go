package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"tandem/runner/model"
)

// A verdict is a claim as the page shows it.
type verdict struct {
	model.Judgement
	Where  string
	Others []string     // the verdicts by each runtime, where there are several
	Anchor template.URL // of the figure that it is read off
	Class  string       // of its verdict
}

// verdicts readies the claims for the page, of one pair or of all (""). The
// anchors are, by pair, those of the figures that they are read off.
func (d *builder) verdicts(pair string, anchors map[string]template.URL) []verdict {
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
		v.Anchor = anchors[c.Pair]
		out = append(out, v)
	}
	return out
}

// A document is a source with the verdicts on what it says.
type document struct {
	Name, Tally string
	Claims      []verdict
}

// documents groups the verdicts by source.
func (d *builder) documents(anchors map[string]template.URL) (out []document) {
	for _, v := range d.verdicts("", anchors) {
		name := v.Source.Short()
		i := slices.IndexFunc(out, func(o document) bool { return o.Name == name })
		if i < 0 {
			i = len(out)
			out = append(out, document{Name: name})
		}
		out[i].Claims = append(out[i].Claims, v)
	}
	for i := range out {
		out[i].Tally = tally(out[i].Claims)
	}
	return out
}

// tally counts the verdicts: "31 reproduced, 4 contradicted".
func tally(claims []verdict) string {
	counts := map[model.Verdict]int{}
	for _, c := range claims {
		counts[c.Verdict]++
	}
	var parts []string
	for _, word := range model.Verdicts {
		if n := counts[word]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return strings.Join(parts, ", ")
}
