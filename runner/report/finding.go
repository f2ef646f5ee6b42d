package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"tandem/runner/stats"
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
func (d *desk) extremes(p *summary.Pair, u unit, least, most string, of func(*summary.Row) stats.Estimate) string {
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
		if s := speedUpOf(rt, base, len(p.Groups) > 1); s != "" {
			parts = append(parts, "in "+rt.name+" "+s)
		}
	}
	if len(parts) == 0 {
		return "There is no speed-up that may be read."
	}
	return capital(strings.Join(parts, "; ")) + "."
}

func speedUpOf(rt runtimeTracks, base string, swept bool) string {
	var best *track
	var open int
	var slower, same []string
	value := func(t *track) stats.Estimate { return t.bestSpeedUp() }
	for _, t := range rt.tracks {
		if t.Variant == base {
			continue
		}
		e := value(t)
		switch {
		case e.N == 0:
			open++
		case e.Interval && e.Hi < 1:
			slower = append(slower, fmt.Sprintf("%s (%s)", t.Variant, times.value(e)))
		case !e.Interval || e.Lo <= 1:
			same = append(same, t.Variant)
		case best == nil || e.Value > value(best).Value:
			best = t
		}
	}
	var out []string
	if best != nil {
		e := value(best)
		names := []string{best.Variant}
		for _, t := range rt.tracks {
			if o := value(t); t != best && t.Variant != base && o.Interval && o.Lo > 1 && o.Hi >= e.Lo {
				names = append(names, t.Variant)
			}
		}
		s := fmt.Sprintf("%s ran at %s the speed of %s", names[0], times.full(e), base)
		if swept {
			s += " at best"
		}
		if len(names) > 1 {
			s += ", with " + list(names[1:]) + " within its interval"
		}
		out = append(out, s)
	}
	if len(same) > 0 {
		out = append(out, list(same)+" made no difference that this run can show")
	}
	if len(slower) > 0 {
		out = append(out, list(slower)+" ran slower than "+base)
	}
	if len(out) == 0 && open > 0 {
		out = append(out, "nothing can be concluded")
	}
	return strings.Join(out, ", ")
}

// bestSpeedUp is the largest speed-up of the sweep that may be trusted.
func (t *track) bestSpeedUp() stats.Estimate {
	var best stats.Estimate
	for _, r := range t.rows {
		if r != nil && r.Spoiled == "" && r.SpeedUp.N > 0 && r.SpeedUp.Value > best.Value {
			best = r.SpeedUp
		}
	}
	return best
}

// lower makes the first letter of a sentence small, to follow a colon.
func lower(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}
