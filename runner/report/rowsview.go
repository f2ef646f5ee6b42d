package report

import (
	"fmt"
	"html/template"
	"math"
	"strings"
)

// A rowsView is a figure of rows as the page has it: a table whose middle column
// is drawn, at whatever width there is. Its axis runs from 0 to 1000.
type rowsView struct {
	Lo, Hi float64 // of the axis; as logarithms where Log is set
	Log    bool
	Lines  []lineView
	Ticks  []tickView
	Name   string // of the axis
}

// A lineView is one row.
type lineView struct {
	Group, Head, Tip   string
	Plot               template.HTML
	Value, Extra, Note string
}

// A tickView is a number on the axis, and a reference line's name.
type tickView struct {
	At   string // percent of the width
	Text string
}

const axisEnd = 1000

func (f *rows) view() *rowsView {
	s := f.extent(5)
	scale := func(v float64) float64 { return v }
	if f.axis.log {
		scale = func(v float64) float64 { return math.Log(max(v, s.lo/10)) }
	}
	lo, hi := scale(s.lo), scale(s.hi)
	if hi == lo {
		hi++
	}
	x := func(v float64) float64 { return math.Round(max(-9, min(axisEnd+9, axisEnd*(scale(v)-lo)/(hi-lo)))) }
	out := &rowsView{Lo: lo, Hi: hi, Log: f.axis.log, Name: f.axis.title}
	var grid strings.Builder
	for _, t := range s.ticks {
		fmt.Fprintf(&grid, "M%s 0V22", num(x(t)))
		out.Ticks = append(out.Ticks, tickView{num(x(t)/10) + "%", f.axis.unit.tick(t)})
	}
	marks := `<path class="s-rule" d="` + grid.String() + `"/>`
	for _, r := range f.axis.refs {
		marks += fmt.Sprintf(`<path class="s-strong" d="M%s 0V22"/>`, num(x(r.at)))
	}
	for i, r := range f.rows {
		line := lineView{Head: r.label, Tip: r.tip, Value: r.value, Extra: r.extra, Note: r.note}
		if f.headed(i) {
			line.Group = r.heading
		}
		line.Plot = template.HTML(marks + r.plot(x))
		out.Lines = append(out.Lines, line)
	}
	return out
}

// plot draws a row between 0 and 1000, 22 high. A path of length 0 is a dot, so
// that nothing but places is stretched with the width.
func (r *row) plot(x func(float64) float64) string {
	var b strings.Builder
	path := func(class, d string) {
		if d != "" {
			fmt.Fprintf(&b, `<path class="%s" d="%s"/>`, class, d)
		}
	}
	for _, m := range r.marks {
		if !m.bar || m.est.N == 0 {
			continue
		}
		class := "f-" + m.style.colour.name
		if m.hatch {
			class += " hatch s-" + m.style.colour.name
		} else if m.hollow {
			class += " pale"
		}
		from, to := x(m.from), x(m.from+m.est.Value)
		fmt.Fprintf(&b, `<rect class="%s" x="%s" y="4" width="%s" height="14"/>`, class, num(from), num(max(2, to-from)))
	}
	var calm, disturbed strings.Builder
	for _, d := range thin(r.dots, mostDots) {
		to := &calm
		if d.spoiled {
			to = &disturbed
		}
		fmt.Fprintf(to, "M%s 11h0", num(x(d.value)))
	}
	colour := ink.name
	if len(r.marks) > 0 {
		colour = r.marks[0].style.colour.name
	}
	path("dot s-"+colour, calm.String())
	path("ring s-muted", disturbed.String())
	path("hole s-paper", disturbed.String())
	for _, m := range r.marks {
		if m.est.N == 0 {
			continue
		}
		colour := m.style.colour.name
		if m.bar {
			colour = ink.name
		}
		if m.est.Interval {
			path("span s-"+colour, fmt.Sprintf("M%s 11H%s", num(x(m.from+m.est.Lo)), num(x(m.from+m.est.Hi))))
		}
		if at := fmt.Sprintf("M%s 11h0", num(x(m.est.Value))); !m.bar {
			path("rim s-paper", at)
			path("mark s-"+colour, at)
			if m.hollow {
				path("hole s-paper", at)
			}
		}
	}
	return b.String()
}
