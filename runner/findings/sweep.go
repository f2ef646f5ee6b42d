package findings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/summary"
)

// varies says whether a variant ran with several values of a parameter that it
// reads. That two languages have different values of it is no sweep.
func (p *Pair) varies(t *series, param string) int {
	seen := map[string]bool{}
	for _, r := range t.rows {
		if v, ok := r.group.Params[param]; ok && p.reads(r.Row, param) {
			seen[fmt.Sprint(v)] = true
		}
	}
	return len(seen)
}

// sweepAxis gives the values of the swept parameter for the horizontal axis,
// and each group's place on it.
func (p *Pair) sweepAxis() (name string, xs []float64, labels []string, at []int) {
	name = p.sweep
	// Only groups in which somebody reads it have a place.
	placed := func(g *summary.Group) bool {
		_, there := g.Params[name]
		return there && slices.ContainsFunc(g.Rows, func(r summary.Row) bool { return p.reads(&r, name) })
	}
	type place struct {
		x     float64
		label string
	}
	var places []place
	numeric := true
	for i := range p.Groups {
		g := &p.Groups[i]
		if !placed(g) {
			continue
		}
		x, ok := number(g.Params[name])
		numeric = numeric && ok
		l := p.value(name, g.Params[name])
		if !slices.ContainsFunc(places, func(q place) bool { return q.label == l }) {
			places = append(places, place{x, l})
		}
	}
	if numeric {
		slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.x, b.x) })
		// Where 0 stands for all of them it is no number, and the largest.
		if q := p.Entry.Param(name); q != nil && strings.Contains(q.Doc, "0: all") && places[0].x == 0 {
			numeric = false
			places = append(places[1:], places[0])
		}
	}
	for i, q := range places {
		if !numeric {
			q.x = float64(i + 1)
		}
		xs = append(xs, q.x)
		labels = append(labels, q.label)
	}
	for i := range p.Groups {
		g := &p.Groups[i]
		// Who does not read it stands anywhere, and is drawn across.
		at = append(at, max(0, slices.Index(labels, p.value(name, g.Params[name]))))
	}
	if q := p.Entry.Param(name); q != nil && !numeric {
		if _, zero, ok := strings.Cut(q.Doc, "0: "); ok && len(labels) > 0 && labels[len(labels)-1] == "0" {
			labels[len(labels)-1], _, _ = strings.Cut(zero, ",")
		}
	}
	return name, xs, labels, at
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case uint64:
		return float64(v), true
	case time.Duration:
		return float64(v), true
	}
	return 0, false
}

// value writes a parameter's value.
func (p *Pair) value(name string, v any) string {
	q := p.Entry.Param(name)
	x, isNumber := number(v)
	switch {
	case isNumber && (q == nil || q.Type != "duration"):
		return format.Whole(x)
	case q != nil:
		return q.Format(v)
	}
	return fmt.Sprint(v)
}

// point names a row by the values of those swept parameters that keep says.
func (p *Pair) point(r row, keep func(param string) bool) string {
	var parts []string
	for _, name := range p.Swept {
		if v, ok := r.group.Params[name]; ok && keep(name) {
			parts = append(parts, name+"="+p.value(name, v))
		}
	}
	return strings.Join(parts, ", ")
}

// reads says whether a row's variant reads a parameter.
func (p *Pair) reads(r *summary.Row, param string) bool {
	v := p.Entry.Variant(r.Side, r.Variant)
	return v == nil || v.Takes(param)
}

// params is a row's point without what its variant does not read.
func (p *Pair) params(r row) string {
	return p.point(r, func(param string) bool { return p.reads(r.Row, param) })
}

// Bounds of a figure over a sweep; the data file has all.
const (
	mostSeries = 24 // of one runtime
	mostPoints = 60 // of one line
)

func (p *Pair) curves(q quantity) *figure.Curves {
	name, xs, labels, at := p.sweepAxis()
	out := &figure.Curves{Axis: q.axis, Param: name, Xs: xs, Labels: labels}
	out.Axis.Title = q.title
	drawn := map[string]int{}
	for _, t := range p.series {
		// Other swept parameters make lines of their own.
		apart := map[string]bool{}
		for _, param := range p.Swept {
			apart[param] = param != name && p.varies(t, param) > 1
		}
		byRest := map[string]*figure.Curve{}
		var order []string
		for _, r := range t.rows {
			v := q.get(r)
			if r.Wall.N == 0 || v.note != "" || v.est.N == 0 || v.hollow {
				continue
			}
			key := p.point(r, func(param string) bool { return apart[param] })
			s := byRest[key]
			if s == nil {
				label := t.Variant
				if key != "" {
					label += ", " + key
				}
				constant := !p.reads(r.Row, name)
				if base := *r.Row; q.id == "speedup" { // what it is set against may differ from place to place
					base.Variant = r.Baseline
					constant = constant && !p.reads(&base, name)
				}
				s = &figure.Curve{Panel: t.on, Label: label, Style: t.style, Constant: constant}
				byRest[key] = s
				order = append(order, key)
			}
			s.Points = append(s.Points, figure.Point{At: at[r.at], Est: v.est})
		}
		for _, key := range order {
			s := byRest[key]
			slices.SortStableFunc(s.Points, func(a, b figure.Point) int { return a.At - b.At })
			s.Points = figure.Thin(s.Points, mostPoints)
			if drawn[t.on]++; drawn[t.on] <= mostSeries {
				out.Lines = append(out.Lines, *s)
			} else {
				out.Left++
			}
		}
	}
	return out
}
