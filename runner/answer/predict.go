package answer

import (
	"fmt"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// An Outcome is how a pair's prediction turned out.
type Outcome struct {
	First, Last int    // the choices that the interval reaches over
	Here        string // the number, in words
	Source      int    // the choice that the source's number is; -1: it printed none
	Printed     string // "Hassanin printed 1.97 times the time"
}

// Predicted reads the outcome of a pair's prediction off the number that decides
// it, on the first runtime that has it; it is false where none does.
func Predicted(m model.Manifest, rows *summary.Pair, p *catalog.Pair) (Outcome, bool) {
	q := &p.Predict
	for _, r := range m.Runtimes {
		if len(q.Bounds) == 0 || r.Side != sideOf(q.About) {
			continue
		}
		f := find(m, rows, p, &q.About, r)
		if f.Text == "" || f.Estimate.N == 0 {
			continue
		}
		lo, hi := f.Estimate.Lo, f.Estimate.Hi
		if !f.Estimate.Interval {
			lo, hi = f.Estimate.Value, f.Estimate.Value
		}
		o := Outcome{First: q.Choice(lo), Last: q.Choice(hi), Here: f.Who() + ": " + f.Text, Source: -1}
		if o.First > o.Last {
			o.First, o.Last = o.Last, o.First
		}
		for _, c := range p.Claims {
			if c.PrintedRatio > 0 && asks(c.Tests, &q.About) {
				o.Source = q.Choice(c.PrintedRatio)
				o.Printed = fmt.Sprintf("%s printed %s times the %s", c.Source.Short(), claims.Show(q.About.Test(), c.PrintedRatio), noun(q.About.Measure))
				break
			}
		}
		return o, true
	}
	return Outcome{}, false
}

// asks says whether a claim's first test is of the same rows.
func asks(tests []catalog.Test, c *catalog.Contrast) bool {
	return len(tests) > 0 && tests[0].Of == c.Of && tests[0].Against == c.Against && tests[0].Measure == c.Measure
}

// Reply answers a reader who chose.
func (o Outcome) Reply(choices []string, chosen int) string {
	text := "You said: " + choices[chosen]
	if o.Source == chosen {
		text += ", as " + o.Printed
	}
	here := o.here(choices)
	switch {
	case o.First == o.Last && chosen == o.First:
		text += ". So it is here. "
	case chosen >= o.First && chosen <= o.Last:
		text += ". Here that stays open: " + here + ". "
	default:
		text += ". Here it is not: " + here + ". "
	}
	if o.Source >= 0 && o.Source != chosen {
		text += o.Printed + ". "
	}
	return text + o.Here + "."
}

func (o Outcome) here(choices []string) string {
	return strings.Join(choices[o.First:o.Last+1], " or ")
}

// Votes is what a show of hands, a number a choice, comes to; nothing where
// there is none.
func (o Outcome) Votes(choices []string, hands []int) string {
	all, right := 0, 0
	for i, n := range hands {
		all += n
		if i >= o.First && i <= o.Last {
			right += n
		}
	}
	if all == 0 {
		return ""
	}
	said := fmt.Sprintf("%d of %d hands were right: %s. ", right, all, o.here(choices))
	switch {
	case o.Last-o.First == len(choices)-1:
		said = fmt.Sprintf("Which of %d hands are right stays open here. ", all)
	case o.First < o.Last:
		said = fmt.Sprintf("%d of %d hands may be right, for here it stays open: %s. ", right, all, o.here(choices))
	}
	if o.Source >= 0 {
		said += fmt.Sprintf("%d said “%s”, as %s. ", hands[o.Source], choices[o.Source], o.Printed)
	}
	return said + o.Here + "."
}
