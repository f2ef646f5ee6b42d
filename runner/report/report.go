// Package report turns a run into one HTML page that stands on its own.
//
// Its one decision: a figure is drawn three times from one description (as SVG
// for every reader, as a table for readers who cannot see it, as a chart for
// those who want to touch it), so that the three cannot disagree. The page asks
// the network for nothing and hides nothing that scripts would have to reveal.
package report

import (
	"fmt"
	"io"

	"tandem/runner/findings"
)

// Input is everything that a report is made of. The same input gives the same
// bytes.
type Input struct {
	findings.Results
	// Source gives the code of a pair's side and the name of its file; nil:
	// no listings.
	Source func(pair, side string) (name, text string, err error)
	// ECharts is the library's script; nil leaves the figures static.
	ECharts []byte
	// Command repeats the run.
	Command string
	// Planned is how many pairs the run has in all; more than the summary has
	// while it is under way.
	Planned int
}

// A Figure is one figure as files: a picture that stands alone, and its data.
type Figure struct {
	Name string // file name without extension
	SVG  []byte // empty: it is a table
	CSV  []byte
}

// A Writer writes the report of a run, again and again while the run goes on. A
// pair's section is rendered once, when the pair is first in the summary.
type Writer struct {
	sections map[string]section
	library  string // ECharts, packed
}

// Write writes the report. An error is either w's or says which part of the
// page could not be made.
func (w *Writer) Write(to io.Writer, in Input) error {
	if w.sections == nil {
		w.sections = map[string]section{}
	}
	page, err := newPage(in, w)
	if err != nil {
		return fmt.Errorf("making the report: %w", err)
	}
	return page.write(to)
}

// Figures gives every figure of the report, in its order.
func Figures(in Input) (out []Figure, _ error) {
	for _, p := range findings.Of(in.Results).Measured {
		for _, f := range p.Files() {
			data, err := f.Table.CSV()
			if err != nil {
				return nil, fmt.Errorf("writing the data of figure %q: %w", f.ID, err)
			}
			out = append(out, Figure{Name: f.ID, SVG: f.SVG(), CSV: data})
		}
	}
	return out, nil
}
