// Package claims judges what the seeds say against what a run measured.
//
// Its one decision: a verdict comes from intervals alone. Nothing in the
// catalog can state one, no point estimate decides, and what could decide
// neither way says so, with what would.
package claims

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/stats"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// A Word is what a run says of a claim.
type Word string

// The verdicts.
const (
	Reproduced   Word = "reproduced"    // all of the interval is where the claim says
	Contradicted Word = "contradicted"  // all of it is on the other side
	NoDifference Word = "no difference" // all of it is within the margin of the bound
	Inconclusive Word = "inconclusive"  // Decide says what would decide it
	Outdated     Word = "outdated"      // fails on the newest runtime, reproduced on an older one
	OnPaper      Word = "on paper"      // history: a source decides, not a run
)

// A Verdict is what a run says of one claim.
type Verdict struct {
	Claim *catalog.Claim
	Pair  string // ID of the pair that tests it
	// Outcome is that of the newest runtime of the kind that comes first in
	// the run: the reader's own interpreter before others.
	Outcome
	// Runtimes has every runtime that was judged, the newest first; the
	// default's kind (implementation, with or without a GIL) before others.
	Runtimes []Outcome
	Repeat   string // the command that measures it again; empty on paper
	Figure   string // anchor in the report
}

// An Outcome is what one runtime says of a claim.
type Outcome struct {
	Runtime string // its ID; empty on paper, or where the run has none that fits
	Verdict Word
	// Estimate is of the claim's first test, in the units of
	// catalog.Quantities; N == 0: not measured.
	Estimate stats.Estimate
	// Text is Estimate with its unit, for readers.
	Text   string
	Why    string // one sentence, from what was measured
	Decide string // what would decide it, where it is inconclusive
}

// Judge judges every claim of the pairs that the run has, in the order of
// seeds and numbers.
func Judge(m store.Manifest, s summary.Summary, pairs []*catalog.Pair) []Verdict {
	var all []Verdict
	for i := range s.Pairs {
		at := slices.IndexFunc(pairs, func(p *catalog.Pair) bool { return p.ID == s.Pairs[i].ID })
		if at < 0 {
			continue
		}
		for k := range pairs[at].Claims {
			j := judge{&m, &s.Pairs[i], pairs[at], &pairs[at].Claims[k]}
			all = append(all, j.verdict())
		}
	}
	slices.SortStableFunc(all, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(a.Claim.Source.Seed, b.Claim.Source.Seed), compareID(a.Claim.ID, b.Claim.ID))
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
	run   *store.Manifest
	rows  *summary.Pair
	pair  *catalog.Pair
	claim *catalog.Claim
}

func (j *judge) verdict() Verdict {
	v := Verdict{Claim: j.claim, Pair: j.pair.ID, Figure: "pair-" + j.pair.ID}
	if fact := j.claim.OnPaper; fact != nil {
		v.Outcome = Outcome{Verdict: OnPaper, Why: cite(fact)}
		return v
	}
	runtimes := candidates(j.run.Runtimes, j.side(), j.claim.Runtime)
	v.Repeat = j.repeat(runtimes)
	if len(runtimes) == 0 {
		v.Outcome = Outcome{Verdict: Inconclusive, Why: j.lacks(), Decide: j.runs(v.Repeat)}
		return v
	}
	for _, r := range runtimes {
		o := j.outcome(r)
		if o.Verdict == Inconclusive && o.Decide == "" {
			o.Decide = j.runs(v.Repeat)
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
// headline's kind.
func (j *judge) outdate(v *Verdict, runtimes []store.Runtime) {
	if v.Verdict != Contradicted && v.Verdict != NoDifference {
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
		if o := was.outcome(newest); o.Verdict == Reproduced {
			v.Why = "no longer true: " + v.Why + "; as it was before: " + o.Why
			v.Verdict = Outdated
			return
		}
	}
	for i, r := range runtimes {
		if kind(r) == kind(newest) && compareVersion(r.Version, newest.Version) < 0 && v.Runtimes[i].Verdict == Reproduced {
			v.Why = "true of " + name(r) + ", no longer of " + name(newest) + ": " + v.Why + "; before: " + v.Runtimes[i].Why
			v.Verdict = Outdated
			return
		}
	}
}

// outcome judges all of the claim's tests by one runtime.
func (j *judge) outcome(r store.Runtime) Outcome {
	o := Outcome{Runtime: r.ID, Verdict: Reproduced}
	var said []string
	for i := range j.claim.Tests {
		f := j.try(&j.claim.Tests[i], r)
		if i == 0 {
			o.Estimate, o.Text = f.estimate, reading(&j.claim.Tests[i], f.estimate)
		}
		if !slices.Contains(said, f.why) {
			said = append(said, f.why)
		}
		o.Verdict = worse(o.Verdict, f.word)
		if f.word == Inconclusive && o.Decide == "" {
			o.Decide = f.decide
		}
	}
	if o.Verdict != Inconclusive {
		o.Decide = ""
	}
	o.Why = strings.Join(said, "; ") + j.printed(o.Estimate, r)
	return o
}

// worse is the verdict on a claim of which two parts were judged: both must
// hold, and a part that fails for sure decides whatever else is open.
func worse(a, b Word) Word {
	for _, w := range []Word{Contradicted, NoDifference, Inconclusive} {
		if a == w || b == w {
			return w
		}
	}
	return Reproduced
}
