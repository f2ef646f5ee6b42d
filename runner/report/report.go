// Package report turns a run into one HTML page that stands on its own.
//
// Its one decision: a figure is drawn three times from one model (as SVG for
// every reader, as a table for readers who cannot see it, as a chart for those
// who want to touch it), so that the three cannot disagree. The page asks the
// network for nothing and hides nothing that scripts would have to reveal.
package report

import (
	"fmt"
	"io"

	"tandem/runner/catalog"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// Input is everything that a report is made of. The same input gives the same
// bytes.
type Input struct {
	Manifest store.Manifest
	Summary  summary.Summary
	// Pairs describe the pairs of the summary; one that is missing is shown
	// by its ID, without its texts.
	Pairs []*catalog.Pair
	// Published holds what the seeds printed, by file name without ".toml".
	Published map[string]store.Published
	// Samples reads what was seen of a trial over time, and its events where
	// it was traced; nil: nothing was kept.
	Samples func(trial *store.Trial) (store.Samples, error)
	// Source gives the code of a pair's side and the name of its file; nil:
	// no listings.
	Source func(pair, side string) (name, text string, err error)
	// ECharts is the library's script; nil leaves the figures static.
	ECharts []byte
	// Command repeats the run.
	Command string
	// Claims are the verdicts on the seeds' sentences; none: no table.
	Claims []Claim
}

// A Claim is one sentence of a seed, set against this run.
type Claim struct {
	ID      string // "P1"; may be empty
	Pair    string // ID of the pair that tests it
	Text    string // the sentence, in our own words
	Where   string // where it stands
	Printed string // what the seed printed for it; may be empty
	Ours    string // the number that this run has instead, with its interval
	Verdict string // "reproduced", "contradicted", "no difference", "inconclusive", "outdated", "on paper"
	Because string // the numbers that decide it
	Decide  string // what would decide it, where nothing does
	Note    string // a settled fact that helps to read it
	Repeat  string // the command that measures it again; empty on paper
	// Others are the verdicts by each runtime, where there are several.
	Others []string
}

// A Figure is one figure as files: a picture that stands alone, and its data.
type Figure struct {
	Name string // file name without extension
	SVG  []byte
	CSV  []byte
}

// Write writes the report. An error is either w's or says which part of the
// page could not be made.
func Write(w io.Writer, in Input) error {
	page, err := newPage(in)
	if err != nil {
		return fmt.Errorf("making the report: %w", err)
	}
	return page.write(w)
}

// Figures gives every figure of the report, in its order.
func Figures(in Input) ([]Figure, error) {
	d := newDesk(in)
	figures := d.overview()
	for i := range in.Summary.Pairs {
		figures = append(figures, d.figures(&in.Summary.Pairs[i])...)
	}
	var out []Figure
	for _, f := range figures {
		data, err := f.table.csv()
		if err != nil {
			return nil, fmt.Errorf("writing the data of figure %q: %w", f.ID, err)
		}
		out = append(out, Figure{Name: f.ID, SVG: standalone(f), CSV: data})
	}
	return out, nil
}
