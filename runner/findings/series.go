package findings

import (
	"slices"

	"tandem/runner/figure"
	"tandem/runner/summary"
)

// A row is one variant on one runtime with one set of parameters.
type row struct {
	*summary.Row
	group *summary.Group // of its parameters
	at    int            // the group's place
	on    string         // the runtime's name
	style figure.Style
}

// A series is one variant on one runtime with all sets of parameters.
type series struct {
	rows []row // by group
	row        // the last of them, which stands for it in figures of one group
}

// seriesOf lists a pair's variants in the order of their first rows, a side and
// runtime together.
func (r *Run) seriesOf(p *summary.Pair) (all []*series) {
	var order []string
	for gi := range p.Groups {
		g := &p.Groups[gi]
		for ri := range g.Rows {
			r := row{&g.Rows[ri], g, gi, r.Manifest.RuntimeName(g.Rows[ri].Runtime), r.styles.of(g.Rows[ri].Side, g.Rows[ri].Variant)}
			i := slices.IndexFunc(all, func(s *series) bool { return s.Side == r.Side && s.Runtime == r.Runtime && s.Variant == r.Variant })
			if i < 0 {
				i = len(all)
				all = append(all, &series{})
				if key := r.Side + "\x00" + r.Runtime; !slices.Contains(order, key) {
					order = append(order, key)
				}
			}
			all[i].rows, all[i].row = append(all[i].rows, r), r
		}
	}
	// A variant that is missing from the first group must not stand apart.
	slices.SortStableFunc(all, func(a, b *series) int {
		return slices.Index(order, a.Side+"\x00"+a.Runtime) - slices.Index(order, b.Side+"\x00"+b.Runtime)
	})
	return all
}

// baseline finds the row that r's speed-up is measured against.
func (p *Pair) baseline(r row) *summary.Row {
	if r.IsBaseline() {
		return nil
	}
	var found *summary.Row
	for _, s := range p.series {
		if s.Variant != r.Baseline || s.Side != r.Side || s.Runtime != r.Runtime {
			continue
		}
		for _, b := range s.rows {
			if b.at == r.at {
				return b.Row
			}
		}
		// One that does not read the swept parameter ran in one group for all.
		if len(s.rows) == 1 {
			found = s.Row
		}
	}
	return found
}

// ratios are the speed-ups of single rounds.
func ratios(base, r *summary.Row) []figure.Dot {
	if base == nil {
		return nil
	}
	slow := map[int]summary.Round{}
	for _, b := range base.Rounds {
		slow[b.Number] = b
	}
	var dots []figure.Dot
	for _, f := range r.Rounds {
		if b, ok := slow[f.Number]; ok && f.Wall > 0 && b.Wall > 0 {
			dots = append(dots, figure.Dot{Value: b.Wall / f.Wall, Disturbed: f.Disturbed || b.Disturbed})
		}
	}
	return dots
}

func walls(r *summary.Row) []figure.Dot {
	dots := make([]figure.Dot, 0, len(r.Rounds))
	for _, round := range r.Rounds {
		dots = append(dots, figure.Dot{Value: round.Wall, Disturbed: round.Disturbed})
	}
	return dots
}
