package findings

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
)

// A quantity is one number of every row, and how to show it.
type quantity struct {
	id, title string
	axis      figure.Axis
	bars      bool
	about     string // what the number is
	note      string // how to read it as rows
	get       func(r row) reading
	graded    bool // its rows say how sure they are
	finding   string
}

// A reading is a quantity of one row.
type reading struct {
	est    model.Estimate
	dots   []figure.Dot
	absent bool   // the row has no such quantity, and is left out
	hollow bool   // a reference, not a finding
	value  string // instead of est in words
	note   string // instead of est: why there is none
	why    string // the note's reason, or why the number is not shown for sure
	more   string // beside est
	grade  model.Grade
}

// figure draws a quantity: as rows, or over the sweep where there is one.
func (p *Pair) figure(q quantity) *figure.Figure {
	f := &figure.Figure{ID: p.ID + "-" + q.id, Title: q.title, Note: strings.TrimSpace(q.about + " " + q.note), Table: p.table(q)}
	if p.sweep != "" {
		lines := p.curves(q)
		f.Art = lines
		f.Note = q.about + " Mark: median; whisker: its 95 % interval."
		if slices.ContainsFunc(lines.Lines, func(c figure.Curve) bool { return c.Constant }) {
			f.Note += " Dashed: the variant does not read the parameter and ran once."
		}
		if lines.Left > 0 {
			f.Note += fmt.Sprintf(" %s more are not drawn.", format.Plural(lines.Left, "line"))
		}
		if q.axis.Log {
			f.Note += " Each step of the vertical axis multiplies."
		}
	} else {
		f.Art = p.rows(q)
	}
	f.Finding = q.finding
	return f
}

func (p *Pair) rows(q quantity) *figure.Rows {
	out := &figure.Rows{Axis: q.axis}
	for _, t := range p.panels() {
		if v := q.get(t.row); !v.absent {
			row := q.row(t.row, v)
			row.Heading, row.Label = p.place(t)
			out.Rows = append(out.Rows, row)
		}
	}
	return out
}

func (q *quantity) row(r row, v reading) figure.Row {
	line := figure.Row{Dots: v.dots}
	if r.Wall.N == 0 {
		line.Note = absent(r.Row)
		line.Tip = r.Variant + ": " + line.Note
		return line
	}
	m := figure.Mark{Style: r.style, Est: v.est, Bar: q.bars, Hollow: v.hollow}
	line.Tip = r.Variant + ": "
	switch {
	case v.note != "":
		line.Note = v.note
		line.Tip += v.note + ". " + v.why
		m.Est = model.Estimate{} // keeps the dots' colour, draws nothing
	case v.value != "":
		line.Value = v.value
		line.Tip += v.value
	default:
		line.Value = q.axis.Unit.Value(v.est)
		line.Extra = q.axis.Unit.Interval(v.est, "–")
		line.Tip += q.axis.Unit.Full(v.est)
		if v.more != "" {
			line.Extra, line.Tip = strings.TrimSpace(line.Extra+", "+v.more), line.Tip+", "+v.more
		}
		line.Tip += "; " + format.Plural(v.est.N, "round")
		if q.graded {
			line.Tip += "; " + v.grade.String()
			if v.why != "" {
				line.Tip += ": " + v.why
			}
			if v.grade != model.Shown {
				line.Extra += " " + v.grade.String()
			}
			m.Hollow = v.grade != model.Shown
		}
	}
	line.Marks = []figure.Mark{m}
	return line
}

func (p *Pair) table(q quantity) figure.Table {
	t := figure.Table{Caption: q.title, Head: []string{"variant"}}
	if len(p.Groups) > 1 {
		t.Head = append(t.Head, "parameters")
	}
	t.Head = append(t.Head, "median", "95 % interval", "rounds")
	for _, tr := range p.series {
		for _, r := range tr.rows {
			v := q.get(r)
			if v.absent {
				continue
			}
			var cells []figure.Cell
			if len(p.Groups) > 1 {
				cells = append(cells, figure.Cell{Text: p.params(r), Note: true})
			}
			note := v.note
			switch {
			case r.Wall.N == 0:
				note = absent(r.Row)
				cells = append(cells, figure.Cell{Text: note, Note: true}, figure.Cell{}, figure.Cell{})
			case note != "":
				cells = append(cells, figure.Cell{Text: note, Note: true}, figure.Cell{}, figure.Cell{Text: rounds(len(r.Rounds))})
			case v.value != "":
				cells = append(cells, figure.Cell{Text: v.value, Note: true}, figure.Cell{}, figure.Cell{Text: rounds(len(r.Rounds))})
			default:
				value := figure.Cell{Text: q.axis.Unit.Value(v.est)}
				if q.graded {
					value.Sub = v.grade.String()
				}
				cells = append(cells, value, figure.Cell{Text: intervalText(q.axis.Unit, v.est)}, figure.Cell{Text: rounds(v.est.N)})
			}
			t.Add(r.on, r.Variant, cells...)
			est := v.est
			if v.note != "" {
				est = model.Estimate{}
			}
			if v.why != "" {
				note = v.why
			}
			t.Record(p.ID, r.group.Label, r.Row, q.id, q.axis.Unit, est, note)
		}
	}
	return t
}

func rounds(n int) string { return format.Whole(float64(n)) }

func intervalText(u format.Unit, e model.Estimate) string {
	switch {
	case e.N == 0:
		return ""
	case e.N < model.MinRounds:
		return "no interval under six rounds"
	case !e.Interval:
		return "no interval"
	}
	return u.Interval(e, " to ")
}
