package report

import (
	"fmt"
	"strings"

	"tandem/runner/model"
	"tandem/runner/summary"
)

// A runtimeTracks is a runtime with its variants.
type runtimeTracks struct {
	name   string
	tracks []*track
}

// runtimes lists a pair's runtimes in their order.
func (d *desk) runtimes(p *summary.Pair) []runtimeTracks {
	var out []runtimeTracks
	at := map[string]int{}
	for _, t := range tracks(p) {
		name := d.runtime(t.Row)
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, runtimeTracks{name: name})
		}
		out[i].tracks = append(out[i].tracks, t)
	}
	return out
}

// extreme is the row with the largest value, of those that have any.
func extreme(all []*track, of func(*summary.Row) float64) *summary.Row {
	var best *summary.Row
	for _, t := range all {
		for _, r := range t.rows {
			if r != nil && r.Wall.N > 0 && (best == nil || of(r) > of(best)) {
				best = r
			}
		}
	}
	return best
}

// extremes names the smallest and the largest of a quantity.
func (d *desk) extremes(p *summary.Pair, u unit, least, most string, of func(*summary.Row) model.Estimate) string {
	var lo, hi *summary.Row
	for _, t := range tracks(p) {
		for _, r := range t.rows {
			if r == nil || of(r).N == 0 {
				continue
			}
			if lo == nil || of(r).Value < of(lo).Value {
				lo = r
			}
			if hi == nil || of(r).Value > of(hi).Value {
				hi = r
			}
		}
	}
	switch {
	case lo == nil:
		return "Nothing was measured."
	case lo == hi:
		return fmt.Sprintf("%s, the only one measured: %s.", d.name(lo), u.full(of(lo)))
	}
	return fmt.Sprintf("%s: %s, %s; %s: %s, %s.", least, d.name(lo), u.value(of(lo)), most, d.name(hi), u.value(of(hi)))
}

// name is a variant and its runtime, in a sentence.
func (d *desk) name(r *summary.Row) string { return r.Variant + " in " + d.short(r) }

// speedUpFinding says, for each runtime, what the intervals allow to be said
// and nothing else.
func (d *desk) speedUpFinding(p *summary.Pair) string {
	base := d.pair(p.ID).Baseline
	var parts []string
	for _, rt := range d.runtimes(p) {
		if s := speedUpOf(rt, base, d.sweep(p) != ""); s != "" {
			parts = append(parts, rt.name+": "+s+".")
		}
	}
	if len(parts) == 0 {
		return "There is no speed-up that may be read."
	}
	return strings.Join(parts, " ")
}

func speedUpOf(rt runtimeTracks, base string, swept bool) string {
	var best *track
	var open, slower, same, level []string
	for _, t := range rt.tracks {
		if t.IsBaseline() || t.Wall.N == 0 {
			continue
		}
		switch e := t.bestSpeedUp(); {
		case e.N == 0:
			open = append(open, t.against(base))
		case e.Interval && e.Hi < 1:
			slower = append(slower, fmt.Sprintf("%s %s", t.against(base), times.value(e)))
		case !e.Interval || e.Lo <= 1:
			same = append(same, t.against(base))
		case best == nil || e.Value > best.bestSpeedUp().Value:
			best = t
		}
	}
	var out []string
	if best != nil {
		e := best.bestSpeedUp()
		s := fmt.Sprintf("%s %s", best.against(base), times.full(e))
		if swept {
			s = "at best " + s
		}
		for _, t := range rt.tracks {
			if o := t.bestSpeedUp(); t != best && !t.IsBaseline() && o.Interval && o.Lo > 1 && o.Hi >= e.Lo {
				level = append(level, t.against(base))
			}
		}
		if len(level) > 0 {
			s += ", overlapping with " + list(level)
		}
		out = append(out, s)
	}
	if len(same) > 0 {
		out = append(out, "no difference shown for "+list(same))
	}
	if len(slower) > 0 {
		out = append(out, "slower than "+base+": "+list(slower))
	}
	if len(open) > 0 {
		out = append(out, "inconclusive for "+list(open))
	}
	return strings.Join(out, "; ")
}

// against is the variant's name, with that of its baseline where it is not the
// pair's.
func (t *track) against(base string) string {
	if t.Baseline == base {
		return t.Variant
	}
	return t.Variant + " (against " + t.Baseline + ")"
}

// bestSpeedUp is the largest speed-up of the sweep that may be trusted.
func (t *track) bestSpeedUp() model.Estimate {
	var best model.Estimate
	for _, r := range t.rows {
		if r != nil && r.Doubt == "" && r.SpeedUp.N > 0 && r.SpeedUp.Value > best.Value {
			best = r.SpeedUp
		}
	}
	return best
}
