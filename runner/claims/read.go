package claims

import (
	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A Reading is what a test reads of one runtime of a run.
type Reading struct {
	summary.Comparison
	Of, Against *summary.Row // Against is nil where the test is of one row's own number
	Missing     string       // why there is no such row; empty where there is
}

// Read finds the rows that a test is about and compares them, without a claim
// that would judge it.
func Read(m model.Manifest, rows *summary.Pair, p *catalog.Pair, t *catalog.Test, r model.Runtime) Reading {
	j := judge{&m, rows, p, &catalog.Claim{Tests: []catalog.Test{*t}}}
	of, against, missing := j.find(t, r)
	if missing != "" {
		return Reading{Missing: missing}
	}
	out := Reading{Comparison: compare(t, of, against), Of: of.row}
	if against != nil {
		out.Against = against.row
	}
	return out
}

// Show writes a test's number with its unit.
func Show(t *catalog.Test, v float64) string { return quantity(t, v) }
