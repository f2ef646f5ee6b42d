package claims

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// measured says in one clause what a test found, on what, and where that lies.
func (j *judge) measured(t *catalog.Test, of, against *rowRef, f finding) string {
	var b strings.Builder
	if against == nil {
		fmt.Fprintf(&b, "the %s of %s was %s", subject(t.Measure), of.variant.Name, quantity(t, f.estimate.Value))
	} else {
		a, o := of.variant.Name, against.variant.Name
		if of.variant.Side != against.variant.Side {
			a, o = t.Of, t.Against
		}
		if t.AgainstAt != nil {
			a += j.where(pick(of.params, t.At, t.AgainstAt))
			o += j.where(pick(against.params, t.At, t.AgainstAt))
		}
		if t.AgainstMeasure == t.Measure {
			fmt.Fprintf(&b, "%s had %s times the %s of %s", a, figure(f.estimate.Value), subject(t.Measure), o)
		} else {
			fmt.Fprintf(&b, "the %s of %s was %s times the %s of %s", subject(t.Measure), a, figure(f.estimate.Value), subject(t.AgainstMeasure), o)
		}
	}
	notes := []string{span(t, f.estimate), j.conditions(t, of, against)}
	fmt.Fprintf(&b, " (%s), %s", strings.Join(notes, "; "), position(t, f))
	if against != nil && t.Measure == "wall" && t.AgainstMeasure == "wall" {
		b.WriteString(j.cause(of.row, against.row))
	}
	return b.String()
}

// span writes the interval and how many rounds it rests on.
func span(t *catalog.Test, e model.Estimate) string {
	rounds := format.Plural(e.N, "round")
	switch {
	case t.Exact:
		return "the same in " + rounds
	case !e.Interval:
		return "no interval from " + rounds
	case t.Against != "":
		return fmt.Sprintf("%s to %s, %s", figure(e.Lo), figure(e.Hi), rounds)
	}
	return fmt.Sprintf("%s to %s, %s", quantity(t, e.Lo), quantity(t, e.Hi), rounds)
}

// conditions names what the numbers depend on.
func (j *judge) conditions(t *catalog.Test, of, against *rowRef) string {
	parts := []string{of.runtime.Name()}
	if against != nil && against.runtime.ID != of.runtime.ID {
		parts = append(parts, against.runtime.Name())
	}
	parts = append(parts, format.Plural(j.run.Machine.Cores, "core"))
	shown := maps.Clone(of.params)
	if against != nil {
		maps.Copy(shown, against.params)
	}
	if t.AgainstAt != nil { // said already
		maps.DeleteFunc(shown, func(name string, _ any) bool {
			_, a := t.At[name]
			_, b := t.AgainstAt[name]
			return a || b
		})
	}
	if text := j.text(shown); text != "" {
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// position says where the number lies, in the words of the verdict's rule.
func position(t *catalog.Test, f finding) string {
	bound := quantity(t, *t.Bound)
	if t.Against != "" {
		bound = figure(*t.Bound)
	}
	e := f.estimate
	if t.Exact {
		switch {
		case e.Value > *t.Bound:
			return "above " + bound
		case e.Value < *t.Bound:
			return "below " + bound
		}
		return "exactly " + bound
	}
	within := bound
	if *t.Margin > 0 {
		within = fmt.Sprintf("%s give or take %s %%", bound, figure(*t.Margin*100))
	}
	low, high := Limits(t)
	switch {
	case !e.Interval:
		return "which decides nothing"
	case e.Lo > high:
		return "all above " + within
	case e.Hi < low:
		return "all below " + within
	case e.Lo >= low && e.Hi <= high:
		return "all within " + within
	}
	return "on both sides of the limits of " + within
}

// cause splits a ratio of times into what makes it up, for time is processor
// time over cores kept busy. It is silent where these were not measured.
func (j *judge) cause(of, against *summary.Row) string {
	cpu := summary.Compare(of, "cpu", against, "cpu").Estimate
	if cpu.N == 0 || of.Parallelism.N == 0 || against.Parallelism.N == 0 {
		return ""
	}
	return fmt.Sprintf(", with %s times the processor time on %s cores against %s",
		figure(cpu.Value), figure(of.Parallelism.Value), figure(against.Parallelism.Value))
}

// printed sets the source's own number beside ours, with what is known to differ.
func (j *judge) printed(e model.Estimate, r model.Runtime) string {
	if j.claim.PrintedRatio == 0 || e.N == 0 {
		return ""
	}
	t := &j.claim.Tests[0]
	of, _, missing := j.find(t, r)
	if missing != "" {
		return ""
	}
	var other []string
	if paper, err := j.pair.Values(catalog.Paper, of.variant.Side); err == nil {
		for i := range j.pair.Params {
			q := &j.pair.Params[i]
			v, reads := of.params[q.Name]
			if theirs := q.Format(paper[q.Name]); reads && q.Format(v) != theirs && len(paper[q.Name]) == 1 {
				other = append(other, q.Name+"="+theirs)
			}
		}
	}
	text := fmt.Sprintf("; %s printed %s times", j.claim.Source.Short(), figure(j.claim.PrintedRatio))
	if len(other) > 0 {
		text += ", at " + strings.Join(other, ", ")
	}
	return text
}

// lacks says which runtime the run does not have.
func (j *judge) lacks() string {
	return fmt.Sprintf("this run has no runtime of the %s side with %s", j.side(), strings.Join(append([]string{j.side()}, j.claim.Runtime...)[1:], " and "))
}

// cite writes a fact with its source.
func cite(f *model.Fact) string {
	return fmt.Sprintf("%s (%s, %s, %s, %d)", strings.TrimSuffix(f.Fact, "."), f.Author, f.Title, f.Where, f.Year)
}

// pick leaves the parameters that one of the points names.
func pick(params map[string]any, points ...map[string]any) map[string]any {
	picked := map[string]any{}
	for _, at := range points {
		for name := range at {
			if v, ok := params[name]; ok {
				picked[name] = v
			}
		}
	}
	return picked
}

// nouns are what readers call the quantities.
var nouns = map[string]string{
	"wall": "time", "startup": "start-up time", "whole": "time with start-up", "cpu": "processor time", "parallelism": "effective parallelism",
	"peak_rss": "peak memory", "peak_threads": "peak number of threads", "switches": "context switches",
}

func subject(measure string) string {
	if noun, ok := nouns[measure]; ok {
		return noun
	}
	return "metric " + strings.TrimPrefix(measure, "metric:")
}

// reading writes an estimate of a claim's first test with its unit and interval.
func reading(t *catalog.Test, e model.Estimate) string {
	of := ""
	if metric, ok := strings.CutPrefix(t.Measure, "metric:"); ok {
		for _, unit := range []string{"_ns", "_bytes", "_s"} {
			metric = strings.TrimSuffix(metric, unit)
		}
		of = format.Words(metric) + ": "
	}
	show := func(v float64) string { return quantity(t, v) }
	if t.Against != "" {
		show = func(v float64) string { return figure(v) + "x" }
	}
	switch {
	case e.N == 0:
		return ""
	case t.Exact || !e.Interval:
		return of + show(e.Value)
	}
	return of + fmt.Sprintf("%s (%s to %s)", show(e.Value), show(e.Lo), show(e.Hi))
}

// quantity writes a test's own number with its unit, which a metric has at the
// end of its name.
func quantity(t *catalog.Test, v float64) string {
	if t.Against != "" {
		return figure(v)
	}
	metric, isMetric := strings.CutPrefix(t.Measure, "metric:")
	ends := func(units ...string) bool {
		name, _, _ := strings.Cut(metric, "_per_")
		return isMetric && slices.ContainsFunc(units, func(u string) bool { return strings.HasSuffix(name, "_"+u) })
	}
	switch {
	case slices.Contains([]string{"wall", "startup", "whole", "cpu"}, t.Measure) || ends("s", "seconds"):
		return duration(v * 1e9)
	case ends("ns"):
		return duration(v)
	case t.Measure == "parallelism":
		return figure(v) + " cores"
	case t.Measure == "peak_rss" || ends("bytes"):
		return size(v)
	}
	return figure(v)
}

func duration(ns float64) string {
	if math.Abs(ns) >= math.MaxInt64 {
		return figure(ns/1e9) + "s"
	}
	d := time.Duration(ns)
	unit := time.Duration(1)
	for d.Abs()/unit >= 1000 {
		unit *= 10
	}
	return d.Round(unit).String()
}

func size(bytes float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if math.Abs(bytes) >= u.size {
			return figure(bytes/u.size) + " " + u.name
		}
	}
	return figure(bytes) + " bytes"
}

// figure writes three significant digits, and whole numbers in full.
func figure(v float64) string {
	switch {
	case v == math.Trunc(v) && math.Abs(v) < 1e15:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 100 && math.Abs(v) < 1e15:
		return fmt.Sprintf("%.0f", v)
	case math.Abs(v) >= 10:
		return fmt.Sprintf("%.1f", v)
	case math.Abs(v) >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.2g", v)
}
