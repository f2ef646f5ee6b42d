package claims

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A finding is what came of one test.
type finding struct {
	verdict  model.Verdict
	estimate model.Estimate
	why      string
	remedy   string
}

func open(why, decide string) finding {
	return finding{verdict: model.Inconclusive, why: why, remedy: decide}
}

// try puts one test to a runtime.
func (j *judge) try(t *catalog.Test, r model.Runtime) finding {
	of, against, missing := j.find(t, r)
	if missing != "" {
		return finding{verdict: model.NotTried, why: missing}
	}
	for _, p := range []*rowRef{of, against} {
		if p != nil && len(p.row.Rounds) == 0 && p.row.Status[model.Skipped] > 0 {
			return finding{verdict: model.NotTried, why: p.row.Variant + " was skipped", remedy: strings.Join(p.row.Why, "; ")}
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
		f := open(about+": "+c.Doubt, c.Remedy)
		f.estimate = c.Estimate
		return f
	}
	f := finding{estimate: c.Estimate, verdict: decide(c.Estimate, t)}
	f.why = j.measured(t, of, against, f)
	switch low, high := Limits(t); {
	case !t.Steady && !c.Settled(low, high):
		f.why = fmt.Sprintf("%s; but with %s it may be the machine", f.why, c.Lacking)
		f.verdict, f.remedy = model.Inconclusive, summary.Undisturbed
	case f.verdict == model.Inconclusive:
		f.remedy = "more rounds would narrow the interval (--rounds)"
	}
	return f
}

func compare(t *catalog.Test, of, against *rowRef) summary.Comparison {
	if against == nil {
		return summary.Measure(t.Measure, of.row)
	}
	return summary.Compare(of.row, t.Measure, against.row, t.AgainstMeasure)
}

// Limits are what a test's number must pass: its bound, give or take the
// margin. What is no difference is as far from the bound upwards as downwards,
// as a ratio: turning both the number and the bound round gives the same
// verdict.
func Limits(t *catalog.Test) (low, high float64) {
	margin := 0.0
	if !t.Exact {
		margin = *t.Margin
	}
	return *t.Bound / (1 + margin), *t.Bound * (1 + margin)
}

// state judges what a runtime states of itself. It is the same in every round,
// or it is no fact; one round is enough and a disturbed one as good as any.
func (j *judge) state(t *catalog.Test, of, against *rowRef) finding {
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
	for _, p := range []*rowRef{of, against} {
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
	f := finding{estimate: model.Estimate{Value: lo, Lo: lo, Hi: lo, N: len(values), Interval: true, Confidence: 1}}
	if f.verdict = decide(f.estimate, t); f.verdict == model.NoDifference {
		f.verdict = model.Contradicted // what is exactly the bound is neither above nor below it
	}
	f.why = j.measured(t, of, against, f)
	return f
}

// decide judges an estimate by its interval alone.
func decide(e model.Estimate, t *catalog.Test) model.Verdict {
	if !e.Interval {
		return model.Inconclusive
	}
	low, high := Limits(t)
	above, below := e.Lo > high, e.Hi < low
	within := e.Lo >= low && e.Hi <= high
	switch {
	case t.Is == catalog.Above && above, t.Is == catalog.Below && below, t.Is == catalog.Equal && within:
		return model.Reproduced
	case above || below:
		return model.Contradicted
	case within:
		return model.NoDifference
	}
	return model.Inconclusive
}
