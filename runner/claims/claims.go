// Package claims judges what the sources say against what a run measured.
//
// Its one decision: a verdict comes from intervals alone. Nothing in the
// catalog can state one, no point estimate decides, and what could decide
// neither way says so, with what would; what could not be tried here says that.
package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// Judge judges every claim of the pairs that the run has, in the order of
// documents and numbers.
func Judge(m model.Manifest, s summary.Summary, pairs []*catalog.Pair) []model.Judgement {
	var all []model.Judgement
	for i := range s.Pairs {
		p := catalog.Find(pairs, s.Pairs[i].ID)
		if p == nil {
			continue
		}
		for k := range p.Claims {
			j := judge{&m, &s.Pairs[i], p, &p.Claims[k]}
			all = append(all, j.judgement())
		}
	}
	slices.SortStableFunc(all, func(a, b model.Judgement) int {
		return cmp.Or(cmp.Compare(a.Source.Order(), b.Source.Order()), compareID(a.ID, b.ID))
	})
	return all
}

// compareID puts P2 before P10, and P6 before P6b.
func compareID(a, b string) int {
	split := func(id string) (letter string, number int, rest string) {
		end := 1
		for end < len(id) && id[end] >= '0' && id[end] <= '9' {
			end++
		}
		number, _ = strconv.Atoi(id[1:end]) // the catalog has checked it
		return id[:1], number, id[end:]
	}
	letterA, numberA, restA := split(a)
	letterB, numberB, restB := split(b)
	return cmp.Or(cmp.Compare(letterA, letterB), cmp.Compare(numberA, numberB), cmp.Compare(restA, restB))
}

// A judge holds what one claim is judged by.
type judge struct {
	run   *model.Manifest
	rows  *summary.Pair
	pair  *catalog.Pair
	claim *catalog.Claim
}

func (j *judge) judgement() model.Judgement {
	c := j.claim
	v := model.Judgement{
		ID: c.ID, Pair: j.pair.ID, Says: c.Says, Source: c.Source, Printed: c.Printed, PrintedRatio: c.PrintedRatio,
		Note: c.Note, OnPaper: c.OnPaper, Figure: j.pair.ID,
	}
	if fact := j.claim.OnPaper; fact != nil {
		v.Outcome = model.Outcome{Verdict: model.OnPaper, Why: cite(fact)}
		return v
	}
	runtimes := j.candidates(j.side(), j.claim.Runtime)
	v.Repeat = j.repeat(runtimes)
	if len(runtimes) == 0 {
		v.Outcome = model.Outcome{Verdict: model.NotTried, Why: j.lacks(), Remedy: "run: " + v.Repeat}
		return v
	}
	for _, r := range runtimes {
		o := j.outcome(r)
		if slices.Contains([]model.Verdict{model.Inconclusive, model.NotTried}, o.Verdict) && o.Remedy == "" {
			o.Remedy = "run: " + v.Repeat
		}
		v.Runtimes = append(v.Runtimes, o)
	}
	v.Outcome = v.Runtimes[0]
	j.outdate(&v, runtimes)
	return v
}

// side is the one whose runtimes are judged: that of the first variant.
func (j *judge) side() string { return j.pair.VariantOf(j.claim.Tests[0].Of).Side }

// outdate looks for what bears the claim out where the newest runtime does not:
// the variant that behaves as a runtime formerly did, or an older runtime of the
// same implementation. Of one version the build without the lock is the newer.
func (j *judge) outdate(v *model.Judgement, runtimes []model.Runtime) {
	if v.Verdict != model.Contradicted && v.Verdict != model.NoDifference {
		return
	}
	newest := runtimes[0]
	if j.claim.Formerly != "" {
		before := *j.claim
		before.Tests = slices.Clone(before.Tests)
		for i := range before.Tests {
			before.Tests[i].Of = before.Formerly
		}
		was := judge{j.run, j.rows, j.pair, &before}
		if o := was.outcome(newest); o.Verdict == model.Reproduced {
			v.Why = "no longer true: " + v.Why + "; as it was before: " + o.Why
			v.Verdict = model.Outdated
			return
		}
	}
	// Runtimes are in order of age, the newest first: the first that bears it out
	// is the last that did, and what failed before that the first that does not.
	fails := newest
	for i, r := range runtimes {
		if !sameKind(r, newest) {
			break
		}
		switch v.Runtimes[i].Verdict {
		case model.Contradicted, model.NoDifference:
			fails = r
		case model.Reproduced:
			if r.Compare(newest) == 0 { // the same version somewhere else is no older one
				continue
			}
			v.Why = fmt.Sprintf("true of %s, no longer of %s: %s; before: %s", r.Name(), fails.Name(), v.Why, v.Runtimes[i].Why)
			v.Verdict = model.Outdated
			return
		}
	}
}

// outcome judges all of the claim's tests by one runtime.
func (j *judge) outcome(r model.Runtime) model.Outcome {
	o := model.Outcome{Runtime: r.ID, Name: r.Name(), Verdict: model.Reproduced}
	var parts []string
	for i := range j.claim.Tests {
		f := j.try(&j.claim.Tests[i], r)
		if i == 0 {
			o.Estimate, o.Text = f.estimate, reading(&j.claim.Tests[i], f.estimate)
		}
		if !slices.Contains(parts, f.why) {
			parts = append(parts, f.why)
		}
		if w := worse(o.Verdict, f.verdict); w != o.Verdict {
			o.Verdict, o.Remedy = w, f.remedy
		}
	}
	o.Why = strings.Join(parts, "; ") + j.printed(o.Estimate, r)
	return o
}

// worse is the verdict on a claim of which two parts were judged: both must
// hold, and a part that fails for sure decides whatever else is open. What was
// not tried leaves it so: nothing else that is measured would decide it.
func worse(a, b model.Verdict) model.Verdict {
	for _, w := range []model.Verdict{model.Contradicted, model.NoDifference, model.NotTried, model.Inconclusive} {
		if a == w || b == w {
			return w
		}
	}
	return model.Reproduced
}
