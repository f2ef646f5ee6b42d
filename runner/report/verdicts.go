package report

import (
	"fmt"
	"html/template"
	"slices"
	"strings"

	"tandem/runner/findings"
	"tandem/runner/model"
)

// A verdict is a claim as the page shows it.
type verdict struct {
	model.Judgement
	Anchor template.URL // of the figure that it is read off
}

// A document is a source with the verdicts on what it says.
type document struct {
	Name, Tally string
	Claims      []verdict
}

// verdicts readies claims for the page; the cards have the figures that they are
// read off.
func verdicts(claims []model.Judgement, cards ...findings.Card) (out []verdict) {
	for _, c := range claims {
		v := verdict{Judgement: c}
		if i := slices.IndexFunc(cards, func(o findings.Card) bool { return o.ID == c.Pair }); i >= 0 {
			v.Anchor = template.URL(cards[i].Figure)
		}
		out = append(out, v)
	}
	return out
}

// documents groups verdicts by source.
func documents(claims []verdict) (out []document) {
	for _, v := range claims {
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
	var parts []string
	for _, word := range model.Verdicts {
		n := 0
		for _, c := range claims {
			if c.Verdict == word {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	return strings.Join(parts, ", ")
}
