package findings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// mostRuntimes is up to how many runtimes figures have a panel for each. With
// more there is a panel for each variant, and one row a runtime in it.
const mostRuntimes = 3

// many says whether so many runtimes ran that one row a runtime reads better.
func (p *Pair) many() bool { return len(p.runtimes()) > mostRuntimes }

// age orders the run's runtimes from old to new.
func (r *Run) age(a, b string) int {
	at := func(id string) model.Runtime {
		for _, o := range r.Manifest.Runtimes {
			if o.ID == id {
				return o
			}
		}
		return model.Runtime{}
	}
	return at(a).Compare(at(b))
}

// panels lists the series as they stand in figures of rows: runtime by runtime,
// or where there are many variant by variant, each from old to new.
func (p *Pair) panels() []*series {
	if !p.many() {
		return p.series
	}
	var order []string
	for _, t := range p.series {
		if key := t.Side + "/" + t.Variant; !slices.Contains(order, key) {
			order = append(order, key)
		}
	}
	all := slices.Clone(p.series)
	slices.SortStableFunc(all, func(a, b *series) int {
		return cmp.Or(
			slices.Index(order, a.Side+"/"+a.Variant)-slices.Index(order, b.Side+"/"+b.Variant),
			p.run.age(a.Runtime, b.Runtime))
	})
	return all
}

// place is the heading and the name of a series among the panels.
func (p *Pair) place(t *series) (heading, label string) {
	if !p.many() {
		return t.on, t.Variant
	}
	return format.Capital(t.Side) + ", " + t.Variant, t.on
}

// foremost lists one variant of each runtime where there are many of them: the
// first that the pair asks about. left says how many others there are.
func (p *Pair) foremost() (all []*series, left int) {
	if !p.many() {
		return p.series, 0
	}
	asked := map[string]string{} // by side
	for _, c := range p.Entry.Contrasts {
		if side, variant, _ := strings.Cut(c.Of, "/"); asked[side] == "" {
			asked[side] = variant
		}
	}
	for _, t := range p.panels() {
		if asked[t.Side] == "" && !t.IsBaseline() {
			asked[t.Side] = t.Variant
		}
	}
	for _, t := range p.panels() {
		if asked[t.Side] == t.Variant {
			all = append(all, t)
		}
	}
	return all, len(p.series) - len(all)
}

// foremostNote says what foremost has left out.
func foremostNote(left int) string {
	if left == 0 {
		return ""
	}
	return " Of so many runtimes one variant each is drawn; a run of three or fewer draws all."
}

// ofRuntimes draws the figures that the catalog describes: those for which at
// least two runtimes have a number.
func (p *Pair) ofRuntimes() (all []*figure.Figure) {
	for i := range p.Entry.Figures {
		if f := p.ofRuntime(&p.Entry.Figures[i]); f != nil {
			all = append(all, f)
		}
	}
	return all
}

func (p *Pair) ofRuntime(about *catalog.Figure) *figure.Figure {
	runtimes := slices.Clone(p.run.Manifest.Runtimes)
	slices.SortStableFunc(runtimes, model.Runtime.Compare)
	f := &figure.Figure{ID: p.ID + "-" + about.ID, Title: about.Title, Table: figure.Table{
		Caption: about.Title, Head: []string{"runtime", "median", "95 % interval", "rounds"},
	}}
	art := &figure.Rows{}
	var said []string
	measured := map[string]bool{}
	brief := false
	for i := range about.Show {
		c := &about.Show[i]
		t := c.Test()
		unit, factor := unitOf(c)
		art.Axis.Unit = unit
		var least, most *figure.Row
		var low, high model.Estimate
		heading := ""
		rows := len(art.Rows)
		for _, r := range runtimes {
			read := claims.Read(p.run.Manifest, p.Pair, p.Entry, t, r)
			if side, _, _ := strings.Cut(c.Of, "/"); side != r.Side || read.Missing != "" {
				continue
			}
			if heading == "" {
				heading = p.Entry.Fill(c.Says, read.Of.Params)
				f.Note = cmp.Or(f.Note, p.Entry.Fill(about.Note, read.Of.Params))
				if theirs := p.printed(c, heading); theirs != nil {
					art.Rows = append(art.Rows, *theirs)
				}
			}
			row := figure.Row{Heading: heading, Label: p.run.Manifest.RuntimeName(r.ID)}
			e := format.Scaled(read.Estimate, factor)
			switch {
			case read.Of.Wall.N == 0:
				row.Note = absent(read.Of)
			case e.N == 0:
				row.Note = "not measured"
			default:
				measured[r.ID] = true
				tooBrief := p.Entry.Calibrate != "" && read.Against != nil && read.Against.Wall.Value < summary.LeastWork
				brief = brief || tooBrief
				m := figure.Mark{Style: p.run.styles.of(read.Of.Side, read.Of.Variant), Est: e}
				for _, v := range read.Rounds {
					row.Dots = append(row.Dots, figure.Dot{Value: v * factor})
				}
				row.Value, row.Extra = unit.Value(e), unit.Interval(e, "–")
				if read.Against != nil {
					if g := read.Grade(claims.Limits(t)); g != model.Shown {
						row.Extra, m.Hollow = strings.TrimSpace(row.Extra+" "+g.String()), true
					}
				}
				if tooBrief {
					row.Extra += ", overhead"
				}
				row.Marks = []figure.Mark{m}
			}
			row.Tip = heading + ", " + row.Label + ": " + cmp.Or(row.Note, unit.Full(e))
			f.Table.Add(heading, row.Label, figure.Cell{Text: cmp.Or(row.Note, row.Value), Note: row.Note != ""},
				figure.Cell{Text: intervalText(unit, e)}, figure.Cell{Text: rounds(e.N)})
			f.Table.Record(p.ID, "", read.Of, about.ID, unit, e, row.Note)
			art.Rows = append(art.Rows, row)
			if row.Note != "" {
				continue
			}
			if least == nil || e.Value < low.Value {
				least, low = &row, e
			}
			if most == nil || e.Value > high.Value {
				most, high = &row, e
			}
		}
		switch {
		case least == nil:
			art.Rows = art.Rows[:rows] // nothing but reasons, or what a source printed
		case least.Label == most.Label:
			said = append(said, fmt.Sprintf("%s: %s in %s.", heading, unit.Value(low), least.Label))
		default:
			said = append(said, fmt.Sprintf("%s: from %s in %s to %s in %s.", heading, unit.Value(low), least.Label, unit.Value(high), most.Label))
		}
	}
	if len(measured) < 2 {
		return nil
	}
	switch art.Axis.Unit {
	case format.Times:
		art.Axis.Log, art.Axis.Refs = true, []figure.Ref{{At: 1}}
	case format.Seconds:
		art.Axis.Log = true
	}
	if brief {
		f.Note += " Overhead: the loop itself is over so soon that this shows what it costs to start workers; --calibrate 200ms gives each runtime as much to do."
	}
	f.Note = strings.TrimSpace(f.Note + " From old to new; mark: median; whisker: its 95 % interval; small dots: rounds.")
	f.Art, f.Points, f.Finding = art, said, strings.Join(said, " ")
	return f
}

// unitOf is the unit of what a contrast shows, and what makes its number one in
// that unit.
func unitOf(c *catalog.Contrast) (format.Unit, float64) {
	if c.Against != "" {
		return format.Times, 1
	}
	switch c.Measure {
	case "wall", "startup", "whole", "cpu":
		return format.Seconds, 1
	case "peak_rss":
		return format.Bytes, 1
	case "parallelism":
		return format.Cores, 1
	}
	_, unit, factor := format.Metric(strings.TrimPrefix(c.Measure, "metric:"))
	return unit, factor
}

// printed is the row of what a source printed for a contrast, nil where it
// printed nothing.
func (p *Pair) printed(c *catalog.Contrast, heading string) *figure.Row {
	// It stands in the first figure that shows the contrast.
	for i := range p.Entry.Figures {
		at := slices.IndexFunc(p.Entry.Figures[i].Show, func(o catalog.Contrast) bool { return o.Of == c.Of && o.Against == c.Against })
		if at < 0 {
			continue
		}
		if &p.Entry.Figures[i].Show[at] != c {
			return nil
		}
		break
	}
	for i := range p.Entry.Claims {
		claim := &p.Entry.Claims[i]
		if claim.PrintedRatio == 0 {
			continue
		}
		t := &claim.Tests[0]
		if t.Of != c.Of || t.Against != c.Against || t.Measure != c.Measure {
			continue
		}
		e := model.Estimate{Value: claim.PrintedRatio, N: 1}
		return &figure.Row{
			Heading: heading, Label: claim.Source.Short() + " printed", Value: format.Times.Value(e), Tip: claim.Printed,
			Marks: []figure.Mark{{Style: figure.Style{Colour: figure.Source, Shape: figure.Square}, Est: e}},
		}
	}
	return nil
}
