package claims

import (
	"slices"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/summary"
)

// Needs lists what a pair's claims, and its answer, are decided by, and how
// narrow each must be: half of the margin that counts as no difference, and
// width where a test has none. What is exact needs no interval at all.
func Needs(m model.Manifest, rows *summary.Pair, p *catalog.Pair, width float64) []plan.Need {
	var needs []plan.Need
	asked := slices.Clone(p.Claims)
	for i := range p.Contrasts {
		if p.Folder != "" { // nothing else may ask
			asked = append(asked, catalog.Claim{Tests: []catalog.Test{*p.Contrasts[i].Test()}})
		}
	}
	for i := range asked {
		j := judge{&m, rows, p, &asked[i]}
		for k := range j.claim.Tests {
			t := &j.claim.Tests[k]
			if t.Exact {
				continue
			}
			for _, r := range j.candidates(j.side(), j.claim.Runtime) {
				of, against, missing := j.find(t, r)
				if missing != "" {
					continue
				}
				n := plan.Need{
					Estimate: compare(t, of, against).Estimate, Ratio: against != nil, Width: *t.Margin / 2,
					Cells: []model.Cell{of.row.Cell(p.ID)},
				}
				if n.Width == 0 {
					n.Width = width
				}
				if against != nil {
					n.Cells = append(n.Cells, against.row.Cell(p.ID))
				}
				needs = append(needs, n)
			}
		}
	}
	return needs
}
