// Package answer says in plain words what a run found of a pair's question.
//
// Its one decision: a sentence is made from intervals and from nothing else. No
// text of the catalog can state a result, and what is not decided says so.
package answer

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// Sentence answers a pair's question in one sentence, runtime by runtime:
// "CPython 3.11: threads make no difference (0.98 to 1.02); Go: ...".
func Sentence(m model.Manifest, rows *summary.Pair, p *catalog.Pair) string {
	var parts []string
	for _, r := range m.Runtimes {
		var said []string
		for _, c := range contrasts(p, r.Side) {
			if text := clause(m, rows, p, &c, r); text != "" {
				said = append(said, text)
			}
		}
		if len(said) > 0 {
			name := short(r)
			if slices.ContainsFunc(m.Runtimes, func(o model.Runtime) bool { return o.ID != r.ID && short(o) == name }) {
				name = r.Name()
			}
			parts = append(parts, name+": "+strings.Join(said, ", "))
		}
	}
	if len(parts) == 0 {
		return "nothing could be compared"
	}
	return strings.Join(parts, "; ")
}

// mostContrasts is how many a side has that the catalog gives none.
const mostContrasts = 3

// contrasts are what a side's answer is made of.
func contrasts(p *catalog.Pair, side string) []catalog.Contrast {
	var own []catalog.Contrast
	for _, c := range p.Contrasts {
		if strings.HasPrefix(c.Of, side+"/") {
			own = append(own, c)
		}
	}
	if len(p.Contrasts) > 0 {
		return own
	}
	for _, v := range p.Variants {
		base := p.BaselineOf(v.Side, v.Name)
		if v.Side == side && base != v.Name && p.Variant(side, base) != nil && len(own) < mostContrasts {
			own = append(own, catalog.Contrast{Of: side + "/" + v.Name, Against: side + "/" + base, Measure: "wall"})
		}
	}
	return own
}

// clause says one contrast: "threads take 1.9 times as long (1.8 to 2.1)". It is
// empty where the run has no such rows.
func clause(m model.Manifest, rows *summary.Pair, p *catalog.Pair, c *catalog.Contrast, r model.Runtime) string {
	t := c.Test()
	read := claims.Read(m, rows, p, t, r)
	if read.Missing != "" {
		return ""
	}
	name := c.Says
	if name == "" {
		name = read.Of.Variant
	}
	switch e := read.Estimate; {
	case read.Of.Failed() > 0:
		return name + " failed"
	case e.N == 0:
		return ""
	case read.Against == nil:
		return fmt.Sprintf("%s: %s of %s%s", name, noun(c.Measure), claims.Show(t, e.Value), interval(e, 1, func(v float64) string { return claims.Show(t, v) }))
	}
	return name + " " + ratio(c.Measure, read, t)
}

// ratio puts a ratio and its interval in words.
func ratio(measure string, read claims.Reading, t *catalog.Test) string {
	e := read.Estimate
	less, more := "have %s times the "+noun(measure), "have %s times the "+noun(measure)
	turned := 1.0 // a time is turned round where it is shorter
	if measure == "wall" {
		less, more = "finish %s times as soon", "take %s times as long"
		if e.Value < 1 {
			turned = -1
		}
	}
	low, high := claims.Limits(t)
	value := factor(e.Value, turned) + "%s"
	text, closing := "", interval(e, turned, nil)
	switch {
	case !e.Interval:
		text = fmt.Sprintf(pick(e.Value < 1, less, more), strings.TrimSuffix(value, "%s"))
		return text + ", too few rounds to tell"
	case e.Hi < low:
		text = fmt.Sprintf(less, factor(e.Value, turned))
	case e.Lo > high:
		text = fmt.Sprintf(more, factor(e.Value, turned))
	case e.Lo >= low && e.Hi <= high:
		text = "make no difference"
	default:
		text = "may make a difference or none"
	}
	if !read.Bias.Allows(e.Lo > 1, e.Hi < 1) {
		closing = strings.TrimSuffix(closing, ")") + "; others used the cores)"
	}
	return text + closing
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// interval is " (1.8 to 2.1)"; turned is -1 for the reciprocal.
func interval(e model.Estimate, turned float64, show func(float64) string) string {
	if !e.Interval {
		return ""
	}
	if show == nil {
		show = func(v float64) string { return factor(v, turned) }
	}
	ends := []string{show(e.Lo), show(e.Hi)}
	if turned < 0 {
		slices.Reverse(ends)
	}
	if ends[0] == ends[1] {
		return ""
	}
	return fmt.Sprintf(" (%s to %s)", ends[0], ends[1])
}

// factor writes a ratio with two digits, or three from ten on.
func factor(v, turned float64) string {
	if turned < 0 {
		v = 1 / v
	}
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 9.95:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.0995:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

var nouns = map[string]string{
	"startup": "start-up time", "whole": "time with start-up", "cpu": "processor time", "parallelism": "cores in use",
	"peak_rss": "peak memory", "peak_threads": "threads", "switches": "context switches", "wall": "time",
}

func noun(measure string) string {
	if n, ok := nouns[measure]; ok {
		return n
	}
	return strings.ReplaceAll(strings.TrimPrefix(measure, "metric:"), "_", " ")
}

// short names a runtime without its last digit: "CPython 3.11".
func short(r model.Runtime) string {
	switch {
	case r.Implementation == model.Command:
		return r.Name()
	case r.Side == catalog.Go:
		return "Go"
	}
	name := r.Name()
	if strings.Count(name, ".") >= 2 {
		name = name[:strings.LastIndexByte(name, '.')]
	}
	return name
}
