// Package findings says what a run found: in sentences, tables and figures that
// are described and not yet drawn.
//
// Its one decision: what is said comes from rows (a pair, side, runtime, variant
// and parameters), never from a label that was made of them.
package findings

import (
	"maps"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// Results are what a run measured, and what is known of what it ran.
type Results struct {
	Manifest model.Manifest
	Summary  summary.Summary
	// Pairs describe the pairs of the summary; one that is missing is shown
	// by its ID, without its texts.
	Pairs []*catalog.Pair
	// Published holds what the sources printed, by file name without ".toml".
	Published map[string]store.Published
	// Samples reads what was seen of a trial over time, and its events where
	// it was traced; nil: nothing was kept.
	Samples func(trial *model.Trial) (model.Samples, error)
	// Claims are the verdicts on the sources' sentences.
	Claims []model.Judgement
}

// A Run says what a run found.
type Run struct {
	Results
	// Measured are the pairs of the summary.
	Measured []*Pair
	styles   variantStyles
}

// A Pair says what a run found of one pair.
type Pair struct {
	*summary.Pair
	Entry  *catalog.Pair // one that is unknown has only its ID
	run    *Run
	series []*series
	sweep  string                         // the parameter with the most values for one variant, "" where none is swept
	traces map[*model.Trial][]model.Event // of trials, read once
}

// Of readies what a run measured.
func Of(r Results) *Run {
	run := &Run{Results: r, styles: newVariantStyles(r)}
	for i := range r.Summary.Pairs {
		p := &Pair{Pair: &r.Summary.Pairs[i], run: run, traces: map[*model.Trial][]model.Event{}}
		p.Entry = &catalog.Pair{ID: p.ID, Title: p.ID}
		if known := catalog.Find(r.Pairs, p.ID); known != nil {
			p.Entry = known
		}
		p.series = run.seriesOf(p.Pair)
		most := 1
		for _, param := range p.Swept {
			for _, s := range p.series {
				if n := p.varies(s, param); n > most {
					p.sweep, most = param, n
				}
			}
		}
		run.Measured = append(run.Measured, p)
	}
	return run
}

// statusWords say how a trial ended, to people.
var statusWords = map[model.Status]string{
	model.Timeout: "timed out", model.Crashed: "crashed", model.WrongAnswer: "wrong answer",
	model.Skipped: "skipped", model.Interrupted: "interrupted",
}

// absent says why a row has no numbers.
func absent(r *summary.Row) string {
	best, most := "did not run", 0
	for _, s := range slices.Sorted(maps.Keys(r.Status)) {
		if s != model.OK && r.Status[s] > most {
			best, most = word(s), r.Status[s]
		}
	}
	return best
}

func word(s model.Status) string {
	if w := statusWords[s]; w != "" {
		return w
	}
	return string(s)
}

// short names a row's runtime where space is scarce: "Go", or with its version
// where there are several of its side.
func (r *Run) short(of *summary.Row) string {
	same := 0
	for _, o := range r.Manifest.Runtimes {
		if o.Side == of.Side {
			same++
		}
	}
	name := r.Manifest.RuntimeName(of.Runtime)
	if same > 1 {
		return name
	}
	name, _, _ = strings.Cut(name, " ")
	return name
}
