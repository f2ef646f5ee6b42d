package serve

import (
	"fmt"

	"tandem/runner/model"
	"tandem/runner/summary"
)

// enoughToAgree is the number of rounds from which on it is said how many of
// them agree. Before it is too early, and from model.MinRounds there is an
// interval.
const enoughToAgree = 3

// rowsOf is a pair's table as viewers see it.
func rowsOf(m model.Manifest, table *summary.Pair) (rows []rowState) {
	names := map[string]string{}
	for _, r := range m.Runtimes {
		names[r.ID] = r.Name()
	}
	var all []*summary.Row
	for g := range table.Groups {
		group := &table.Groups[g]
		for i := range group.Rows {
			row := &group.Rows[i]
			r := rowState{
				key: row.Cell(table.ID).Key(), Side: row.Side, Runtime: names[row.Runtime], Variant: row.Variant,
				Params: group.Label, Dots: []dot{}, Median: row.Wall.Value,
			}
			if row.Wall.Interval {
				r.Lo, r.Hi = row.Wall.Lo, row.Wall.Hi
			}
			for _, round := range row.Rounds {
				why := ""
				if round.Disturbed {
					why = "disturbed"
				}
				r.Dots = append(r.Dots, dot{round.Wall, why})
			}
			rows, all = append(rows, r), append(all, row)
		}
	}
	for i := range rows {
		rows[i].Summary = summarize(all[i], baseline(all, all[i]))
	}
	return rows
}

// baseline is the row that another is measured against: of its own parameters
// where there is one, else the first. It is nil for a baseline.
func baseline(all []*summary.Row, of *summary.Row) (found *summary.Row) {
	if of.IsBaseline() {
		return nil
	}
	for _, row := range all {
		if row.Side != of.Side || row.Runtime != of.Runtime || row.Variant != of.Baseline {
			continue
		}
		if found == nil || model.ParamsKey(row.Params) == model.ParamsKey(of.Params) {
			found = row
		}
	}
	return found
}

// summarize says of a row what can be said by now, and no more.
func summarize(row, base *summary.Row) string {
	n := len(row.Rounds)
	switch {
	case n == 0 && len(row.Why) > 0:
		return row.Why[0]
	case n == 0:
		return ""
	case n < enoughToAgree:
		return "too early to say"
	case base == nil:
		return ""
	case row.SpeedUp.Interval:
		text := compared(row.SpeedUp, row.Baseline, row.Grade)
		if row.SpeedUp.Apart(row.WholeSpeedUp) {
			text += fmt.Sprintf("; with start-up %.2f times as fast", row.WholeSpeedUp.Value)
		}
		return text
	}
	return agreement(row, base)
}

// agreement counts the rounds that say the same.
func agreement(row, base *summary.Row) string {
	walls := map[int]float64{}
	for _, r := range base.Rounds {
		walls[r.Number] = r.Wall
	}
	both, faster := 0, 0
	for _, r := range row.Rounds {
		if wall, ok := walls[r.Number]; ok {
			both++
			if r.Wall < wall {
				faster++
			}
		}
	}
	switch {
	case both < enoughToAgree:
		return "too early to say"
	case 4*max(faster, both-faster) < 3*both:
		return fmt.Sprintf("no agreement: faster than %s in %d of %d rounds", row.Baseline, faster, both)
	case 2*faster > both:
		return fmt.Sprintf("faster than %s in %d of %d rounds", row.Baseline, faster, both)
	}
	return fmt.Sprintf("slower than %s in %d of %d rounds", row.Baseline, both-faster, both)
}

// compared says a speed-up with its interval, and how sure it is.
func compared(e model.Estimate, base string, grade model.Grade) string {
	switch {
	case e.Lo > 1:
		return fmt.Sprintf("%.2f times as fast as %s (%.2f to %.2f): %s", e.Value, base, e.Lo, e.Hi, grade)
	case e.Hi < 1:
		return fmt.Sprintf("takes %.2f times as long as %s (%.2f to %.2f): %s", 1/e.Value, base, 1/e.Hi, 1/e.Lo, grade)
	}
	return fmt.Sprintf("no clear difference from %s (%.2f to %.2f times as fast)", base, e.Lo, e.Hi)
}
