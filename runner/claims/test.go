package claims

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/stats"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// A finding is what came of one test.
type finding struct {
	word     Word
	estimate stats.Estimate
	why      string
	decide   string
}

func open(why, decide string) finding {
	return finding{word: Inconclusive, why: why, decide: decide}
}

// try puts one test to a runtime.
func (j *judge) try(t *catalog.Test, r store.Runtime) finding {
	of, against, missing := j.find(t, r)
	if missing != "" {
		return open(missing, "")
	}
	for _, p := range []*place{of, against} {
		if p != nil && len(p.row.Rounds) == 0 && p.row.Status[store.Skipped] > 0 {
			return open(p.row.Variant+" was skipped", strings.Join(p.row.Why, "; "))
		}
	}
	if t.Exact {
		return j.state(t, of, against)
	}
	c := compare(t, of, against)
	if c.Doubt != "" {
		about := of.variant.Name
		if against != nil && against.row != of.row {
			about += " against " + against.variant.Name
		}
		f := open(about+": "+c.Doubt, c.Decide)
		f.estimate = c.Estimate
		return f
	}
	f := finding{estimate: c.Estimate, word: decide(c.Estimate, t)}
	f.why = j.measured(t, of, against, f)
	// Disturbed rounds must not decide, either way: the verdict has to be the
	// same with and without them.
	if with := decide(c.All, t); with != f.word {
		f.why = fmt.Sprintf("over all rounds the verdict is %s, over the undisturbed ones %s: %s", with, f.word, f.why)
		f.word, f.decide = Inconclusive, "more rounds on a quieter machine would decide"
	} else if f.word == Inconclusive {
		f.decide = "more rounds would narrow the interval (--rounds)"
	}
	return f
}

func compare(t *catalog.Test, of, against *place) summary.Comparison {
	a, b := of.row, (*summary.Row)(nil)
	if against != nil {
		b = against.row
	}
	if t.Steady {
		a, b = undisturbed(a), undisturbed(b)
	}
	return summary.Compare(a, t.Measure, b, t.AgainstMeasure)
}

// undisturbed is a row whose every round counts.
func undisturbed(r *summary.Row) *summary.Row {
	if r == nil {
		return nil
	}
	calm := *r
	calm.Rounds = slices.Clone(r.Rounds)
	for i := range calm.Rounds {
		calm.Rounds[i].Spoiled = false
	}
	return &calm
}

// state judges what a runtime states of itself. It is the same in every round,
// or it is no fact; one round is enough and a disturbed one as good as any.
func (j *judge) state(t *catalog.Test, of, against *place) finding {
	var values []float64
	for _, round := range of.row.Rounds {
		v, ok := summary.Value(round.Trial, t.Measure)
		if ok && against != nil {
			var other float64
			other, ok = against.value(round.Number, t.AgainstMeasure)
			v /= other
		}
		if ok {
			values = append(values, v)
		}
	}
	for _, p := range []*place{of, against} {
		if p != nil && p.row.Failed() > 0 {
			return open(fmt.Sprintf("trials of %s failed", p.row.Variant), "a run in which all finish would decide")
		}
	}
	if len(values) == 0 {
		return open(fmt.Sprintf("no round has the %s", subject(t.Measure)), "")
	}
	lo, hi := slices.Min(values), slices.Max(values)
	if math.IsInf(lo, 0) || math.IsInf(hi, 0) {
		return open(fmt.Sprintf("the %s of %s is no number", subject(t.Measure), of.variant.Name), "")
	}
	if lo != hi { // so it is too where one is NaN
		return open(fmt.Sprintf("the %s is %s in one round and %s in another, which is no fact", subject(t.Measure), quantity(t, lo), quantity(t, hi)),
			"a test with a margin would decide")
	}
	f := finding{estimate: stats.Estimate{Value: lo, Lo: lo, Hi: lo, N: len(values), Interval: true, Confidence: 1}}
	if f.word = decide(f.estimate, t); f.word == NoDifference {
		f.word = Contradicted // what is exactly the bound is neither above nor below it
	}
	f.why = j.measured(t, of, against, f)
	return f
}

// decide judges an estimate by its interval alone. What is no difference is as
// far from the bound upwards as downwards, as a ratio: turning both the
// estimate and the bound round gives the same verdict.
func decide(e stats.Estimate, t *catalog.Test) Word {
	if !e.Interval {
		return Inconclusive
	}
	var margin float64
	if !t.Exact {
		margin = *t.Margin
	}
	low, high := *t.Bound/(1+margin), *t.Bound*(1+margin)
	above, below := e.Lo > high, e.Hi < low
	within := e.Lo >= low && e.Hi <= high
	switch {
	case t.Is == catalog.Above && above, t.Is == catalog.Below && below, t.Is == catalog.Equal && within:
		return Reproduced
	case above || below:
		return Contradicted
	case within:
		return NoDifference
	}
	return Inconclusive
}
