// Package answer says in plain words what a run found of a pair's question.
//
// Its one decision: a sentence is made from intervals and from nothing else. No
// text of the catalog can state a result, and what is not decided says so.
package answer

import (
	"cmp"
	"fmt"
	"maps"
	"math"
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
	return Join(Findings(m, rows, p))
}

// Join makes one sentence of findings, runtime by runtime.
func Join(all []Finding) string {
	var parts []string
	for i, f := range all {
		if i == 0 || f.Runtime.ID != all[i-1].Runtime.ID {
			parts = append(parts, f.Who()+": "+f.Text)
		} else {
			parts[len(parts)-1] += ", " + f.Text
		}
	}
	if len(parts) == 0 {
		return "nothing could be compared"
	}
	return strings.Join(parts, "; ")
}

// A Finding is one contrast on one runtime.
type Finding struct {
	Runtime     model.Runtime
	Measure     string
	Text        string // "threads take 1.9 times as long (1.8 to 2.1)"
	Estimate    model.Estimate
	Of, Against *summary.Row // Against is nil where it is a number of its own
	Grade       model.Grade
	who         string
}

// Who names the finding's runtime, as far as tells it apart: "CPython 3.11".
func (f *Finding) Who() string { return f.who }

// Findings are what a pair's answer is made of, runtime by runtime.
func Findings(m model.Manifest, rows *summary.Pair, p *catalog.Pair) []Finding {
	return findings(m, rows, p, contrasts(p))
}

// About is what the variants that the pair asks about come to in another
// quantity, each against what it is asked about against.
func About(m model.Manifest, rows *summary.Pair, p *catalog.Pair, measure string) (found []Finding) {
	var asked []catalog.Contrast
	for _, c := range contrasts(p) {
		if c.Against != "" {
			c.Measure, c.Says = measure, ""
			asked = append(asked, c)
		}
	}
	return findings(m, rows, p, asked)
}

func findings(m model.Manifest, rows *summary.Pair, p *catalog.Pair, asked []catalog.Contrast) (out []Finding) {
	runtimes := slices.Clone(m.Runtimes)
	first := func(r model.Runtime) int { // of the side's contrasts
		return slices.IndexFunc(asked, func(c catalog.Contrast) bool { return sideOf(c) == r.Side })
	}
	slices.SortStableFunc(runtimes, func(a, b model.Runtime) int { return cmp.Compare(first(a), first(b)) })
	for _, r := range runtimes {
		for i := range asked {
			if sideOf(asked[i]) != r.Side {
				continue
			}
			f := find(m, rows, p, &asked[i], r)
			if f.Text != "" && !slices.ContainsFunc(out, func(o Finding) bool { return o.Runtime.ID == r.ID && o.Text == f.Text }) {
				out = append(out, f)
			}
		}
	}
	return out
}

func sideOf(c catalog.Contrast) string {
	side, _, _ := strings.Cut(c.Of, "/")
	return side
}

// contrasts are what the answer is made of: the catalog's, else the time of each
// variant against its baseline's.
func contrasts(p *catalog.Pair) []catalog.Contrast {
	if len(p.Contrasts) > 0 {
		return p.Contrasts
	}
	var all []catalog.Contrast
	for _, v := range p.Variants {
		if base := p.BaselineOf(v.Side, v.Name); base != v.Name && p.Variant(v.Side, base) != nil {
			all = append(all, catalog.Contrast{Of: v.Side + "/" + v.Name, Against: v.Side + "/" + base, Measure: "wall"})
		}
	}
	return all
}

// find says one contrast; its text is empty where the run has no such rows.
func find(m model.Manifest, rows *summary.Pair, p *catalog.Pair, c *catalog.Contrast, r model.Runtime) Finding {
	t := c.Test()
	read := claims.Read(m, rows, p, t, r)
	if read.Missing != "" {
		return Finding{}
	}
	f := Finding{who: short(r, m.Runtimes), Runtime: r, Measure: c.Measure, Estimate: read.Estimate, Of: read.Of, Against: read.Against}
	if read.Against != nil {
		f.Grade = read.Grade(claims.Limits(t))
	} else if read.Estimate.Interval && read.Doubt == "" { // a number, on no side of anything
		f.Grade = model.Likely
		if read.Bias == summary.Unmoved || slices.Min(read.Rounds) == slices.Max(read.Rounds) {
			f.Grade = model.Shown
		}
	}
	name := p.Fill(c.Says, read.Of.Params)
	switch {
	case read.Of.Failed() > 0:
		f.Text = verb(read.Of.Variant, "fail")
	case read.Estimate.N == 0:
	case read.Against == nil || c.AgainstMeasure != "":
		f.Text = own(cmp.Or(name, noun(c.Measure)+" of "+read.Of.Variant+":"), t, read.Estimate)
	default:
		var whole model.Estimate
		if c.Measure == "wall" { // start-up is no part of that
			with := *t
			with.Measure, with.AgainstMeasure = "whole", "whole"
			whole = claims.Read(m, rows, p, &with, r).Estimate
		}
		f.Text = ratio(cmp.Or(name, read.Of.Variant), noun(c.Measure), t, read.Comparison, whole)
	}
	values := maps.Clone(read.Of.Params)
	if read.Against != nil && c.AgainstAt == nil { // which may read what this one does not
		maps.Copy(values, read.Against.Params)
	}
	if at := where(rows.Swept, c, p.Unusual(m.Profile, r.Side, values)); at != "" && f.Text != "" {
		f.Text = "at " + at + " " + f.Text
	}
	return f
}

// where says at which of the compared values a contrast was taken that names
// none itself, if not at the usual ones.
func where(swept []string, c *catalog.Contrast, unusual map[string]any) string {
	at := map[string]any{}
	for _, name := range swept {
		if value, is := unusual[name]; is && c.At[name] == nil && !strings.Contains(c.Says, "{"+name+"}") {
			at[name] = value
		}
	}
	return model.ParamsKey(at)
}

// own says a number: "memory of a task: 1.0 kB (1.0 kB to 1.1 kB)". What asks a
// question is answered with yes or no.
func own(name string, t *catalog.Test, e model.Estimate) string {
	show := func(v float64) string { return claims.Show(t, v) }
	if strings.HasSuffix(name, "?") {
		show = func(v float64) string {
			switch v {
			case 0:
				return "no"
			case 1:
				return "yes"
			}
			return "now and then"
		}
	}
	text := name + " " + show(e.Value)
	if low, high := show(e.Lo), show(e.Hi); e.Interval && low != high {
		text += fmt.Sprintf(" (%s to %s)", low, high)
	}
	return text
}

// ratio says how a quantity compares to another's, as far as the interval goes,
// and how the whole time does where that is something else.
func ratio(name, what string, t *catalog.Test, c summary.Comparison, whole model.Estimate) string {
	e, apart := c.Estimate, c.Estimate.Apart(whole)
	low, high := claims.Limits(t)
	above, below := e.Lo > high, e.Hi < low
	form, same := "have %s times the "+what, "make no difference to the "+what
	if what == "time" {
		form, same = "take %s times as long", "make no difference"
		if e.Interval && below || !e.Interval && e.Value < 1 {
			form = "finish %s times as soon"
			e.Value, e.Lo, e.Hi, whole.Value = 1/e.Value, 1/e.Hi, 1/e.Lo, 1/whole.Value
		}
	}
	text := verb(name, fmt.Sprintf(form, factor(e.Value)))
	var notes []string
	switch within := e.Lo >= low && e.Hi <= high; {
	case !e.Interval:
		text += ", in too few rounds to tell"
	case within:
		text = verb(name, same)
	case !above && !below && what == "time":
		return open(name, e)
	case !above && !below:
		return verb(name, fmt.Sprintf("have between %s and %s times the %s", factor(e.Lo), factor(e.Hi), what))
	}
	if from, to := factor(e.Lo), factor(e.Hi); e.Interval && from != to {
		notes = append(notes, from+" to "+to)
	}
	if apart {
		notes = append(notes, factor(whole.Value)+" with start-up")
	}
	if e.Interval && !c.Settled(low, high) {
		notes = append(notes, "on a busy machine")
	}
	if len(notes) > 0 {
		text += " (" + strings.Join(notes, ", ") + ")"
	}
	return text
}

// open says the bounds of a time that is not decided: "threads gain at most 8 %
// or lose at most 20 %".
func open(name string, e model.Estimate) string {
	gain, loss := 1-e.Lo, e.Hi-1
	percent := func(v float64) string { return fmt.Sprintf("at most %.0f %%", math.Ceil(100*v-1e-9)) }
	switch {
	case gain <= 0:
		return verb(name, "lose "+percent(loss))
	case loss <= 0:
		return verb(name, "gain "+percent(gain))
	case gain > 0.25 && loss > 0.25: // bounds that bound little
		return fmt.Sprintf("%s (%s to %s times as long)", verb(name, "stay open"), factor(e.Lo), factor(e.Hi))
	}
	lose := "lose " + percent(loss)
	if loss > 1 {
		lose = "take at most " + factor(e.Hi) + " times as long"
	}
	return verb(name, "gain "+percent(gain)) + " or " + strings.TrimPrefix(verb(name, lose), name+" ")
}

// verb puts a predicate in the plural to a subject, which is in the singular
// where it does not end in s.
func verb(subject, predicate string) string {
	if !strings.HasSuffix(subject, "s") {
		first, rest, _ := strings.Cut(predicate, " ")
		switch first {
		case "have":
			first = "has"
		case "finish":
			first = "finishes"
		default:
			first += "s"
		}
		predicate = strings.TrimSuffix(first+" "+rest, " ")
	}
	return subject + " " + predicate
}

// factor writes a ratio with two digits, and as many as it takes to see how it
// differs from one.
func factor(v float64) string {
	switch {
	case v >= 9.95:
		return fmt.Sprintf("%.0f", v)
	case v >= 1.195:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.0995:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.2g", v)
}

var nouns = map[string]string{
	"wall": "time", "startup": "start-up time", "whole": "time with start-up", "cpu": "processor time", "parallelism": "cores in use",
	"peak_rss": "peak memory", "peak_threads": "threads", "switches": "context switches",
	"metric:stored_ns": "time", "metric:latency_p99_ns": "p99 latency",
}

// noun names a quantity; a metric's unit stands at the end of its name.
func noun(measure string) string {
	if n, ok := nouns[measure]; ok {
		return n
	}
	name := strings.TrimPrefix(measure, "metric:")
	for _, unit := range []string{"_ns", "_s", "_count"} {
		name = strings.TrimSuffix(name, unit)
	}
	return strings.ReplaceAll(name, "_", " ")
}

// short names a runtime in a sentence about all of these: as briefly as tells
// it from the others.
func short(r model.Runtime, all []model.Runtime) string {
	side, alike := 0, 0
	for _, o := range all {
		if o.Side == r.Side {
			side++
		}
		if o.Short() == r.Short() {
			alike++
		}
	}
	switch {
	case r.Side == catalog.Go && side == 1:
		return "Go"
	case alike > 1:
		return r.Name()
	}
	return r.Short()
}
