package findings

import (
	"fmt"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// fold is the unit of what a source printed as so many times as fast.
const fold = "×"

// sourceFigure sets what a source printed beside what this run measured, both as
// times relative to the baseline: the only scale that two machines share.
func (p *Pair) sourceFigure() *figure.Figure {
	pair := p.Entry
	type printed struct {
		side, variant string
		text          string
		value         store.Value // its time, or its share of the baseline's
	}
	var all []printed
	var base float64
	var from store.Published
	for _, pr := range pair.Printed {
		pub, ok := p.run.Published[pr.File]
		if !ok || pub.Unit != "s" && pub.Unit != fold {
			continue
		}
		v, ok := pub.Find(pr.Key)
		if !ok || len(v.X) > 0 || len(v.Lines) > 0 || v.Value <= 0 {
			continue
		}
		if len(all) == 0 {
			from = pub
		} else if pub.Title != from.Title {
			continue // one figure, one source
		}
		text := format.Seconds.Exact(v.Value)
		if pub.Unit == fold {
			text, v.Value = format.Whole(v.Value)+"× as fast", 1/v.Value
		}
		all = append(all, printed{pr.Side, pr.Variant, text, v})
		if pr.Variant == pair.Baseline && base == 0 {
			base = v.Value
		}
	}
	if len(all) == 0 || base == 0 {
		return nil
	}
	group := p.nearest()
	f := &figure.Figure{
		ID: p.ID + "-source", Title: "What the source printed, and what happened here",
		Note: "Time relative to " + pair.Baseline + " on the same machine and runtime: below 1× is faster. Hatched: the source, as printed. Filled: this run.",
	}
	art := &figure.Rows{Axis: figure.Axis{Unit: format.Times, Include: []float64{1}, Refs: []figure.Ref{{At: 1, Label: ""}}}}
	f.Table = figure.Table{Caption: f.Title, Head: []string{"where", "time", "relative to " + pair.Baseline, "95 % interval"}}
	cited := p.run.cite(&from).String()
	for _, pr := range all {
		ratio := model.Estimate{Value: pr.value.Value / base, N: 1}
		value := pr.text
		there := format.Fixed(ratio.Value, 0.01) + "×"
		if pr.variant == pair.Baseline {
			there = "1×"
		}
		art.Rows = append(art.Rows, figure.Row{
			Heading: pr.variant, Label: cited,
			Marks: []figure.Mark{{Style: figure.Style{Colour: figure.Source}, Est: ratio, Bar: true, Hatch: true}},
			Value: there, Extra: value,
			Tip: fmt.Sprintf("%s, %s: %s of %s (%s)", pr.variant, cited, there, pair.Baseline, value),
		})
		f.Table.Add(pr.variant, cited, figure.Cell{Text: value}, figure.Cell{Text: there}, figure.Cell{Text: "not stated", Note: true})
		here, say := 0, ""
		for _, s := range p.series {
			if s.Side != pr.side || s.Variant != pr.variant {
				continue
			}
			here++
			r := s.in(group)
			line := figure.Row{Heading: pr.variant, Label: "here, " + r.on}
			if r.Wall.N == 0 {
				line.Note = absent(r.Row)
				f.Table.Add(pr.variant, line.Label, figure.Cell{Text: line.Note, Note: true}, figure.Cell{}, figure.Cell{})
				art.Rows = append(art.Rows, line)
				continue
			}
			var mine model.Estimate
			switch pair.Baseline {
			case r.Variant:
				mine = model.Estimate{Value: 1, N: r.Wall.N}
			case r.Baseline:
				mine = format.Inverse(r.SpeedUp)
			}
			line.Extra = format.Seconds.Value(r.Wall)
			switch {
			case mine.N == 0:
				line.Note = "no baseline · " + line.Extra
				f.Table.Add(pr.variant, line.Label, figure.Cell{Text: line.Extra}, figure.Cell{Text: "no baseline", Note: true}, figure.Cell{})
			default:
				line.Marks = []figure.Mark{{Style: r.style, Est: mine, Bar: true}}
				line.Value = format.Times.Value(mine)
				interval := intervalText(format.Times, mine)
				line.Extra += unsure(r.Row)
				if r.Variant == pair.Baseline {
					line.Value, interval = "1×", "by definition"
				} else {
					say += fmt.Sprintf("; %s here on %s", format.Times.Full(mine), r.on)
				}
				f.Table.Add(pr.variant, line.Label, figure.Cell{Text: line.Extra}, figure.Cell{Text: line.Value}, figure.Cell{Text: interval})
			}
			line.Tip = fmt.Sprintf("%s, %s: %s %s", pr.variant, line.Label, line.Value, line.Extra)
			art.Rows = append(art.Rows, line)
			f.Table.Record(p.ID, group.Label, r.Row, "relative-time", format.Times, mine, "")
		}
		if say != "" {
			f.Points = append(f.Points, format.Capital(fmt.Sprintf("%s took %s the time of %s there%s.", pr.variant, there, pair.Baseline, say)))
		}
		if here == 0 {
			art.Rows = append(art.Rows, figure.Row{Heading: pr.variant, Label: "here", Note: "not in this run", Tip: pr.variant + ": not in this run"})
			f.Table.Add(pr.variant, "here", figure.Cell{Text: "not in this run", Note: true}, figure.Cell{}, figure.Cell{})
		}
	}
	f.Art = art
	f.Finding = strings.Join(f.Points, " ")
	if len(f.Points) == 0 {
		f.Finding = "This run has nothing that may be set beside the source’s figure."
	}
	return f
}

// nearest is the group whose parameters agree most with the paper profile.
func (p *Pair) nearest() *summary.Group {
	best, most := &p.Groups[len(p.Groups)-1], -1
	for i := range p.Groups {
		same := 0
		for _, q := range p.Entry.Params {
			if v, ok := p.Groups[i].Params[q.Name]; ok && fmt.Sprint(v) == fmt.Sprint(q.Paper) {
				same++
			}
		}
		if same > most {
			best, most = &p.Groups[i], same
		}
	}
	return best
}

// in is the series' row in a group; what did not run there, as the baseline may
// have run in another group once for all, is as it last ran.
func (s *series) in(g *summary.Group) row {
	for _, r := range s.rows {
		if r.group == g {
			return r
		}
	}
	return s.row
}

// cite is where a published figure stands. Its document is known where a pair or
// a claim comes from it too.
func (r *Run) cite(pub *store.Published) model.Source {
	s := model.Source{Document: pub.Document, Figure: pub.Figure}
	if s.Figure == "" {
		s.Section = pub.Section
	}
	for _, known := range catalog.Documents(r.Pairs) {
		if known.ID == s.Document {
			s.In = known
		}
	}
	return s
}

// Differs says what is not alike between the source's figure and ours.
func (p *Pair) Differs() []Fact {
	pair := p.Entry
	var theirs []string
	from := pair.Source
	for _, pr := range pair.Printed {
		if pub, ok := p.run.Published[pr.File]; ok {
			from = p.run.cite(&pub)
			theirs = append(theirs, pub.Title)
			if pub.Notes != "" {
				theirs = append(theirs, format.Capital(pub.Notes))
			}
			break
		}
	}
	g := p.nearest()
	var params []string
	for _, q := range pair.Params {
		if v, ok := g.Params[q.Name]; ok {
			params = append(params, q.Name+" "+p.value(q.Name, v))
		}
	}
	ours := []string{strings.Join(params, ", ")}
	var names []string
	for _, rt := range p.runtimes() {
		if rt.series[0].Side == catalog.Python {
			names = append(names, rt.name)
		}
	}
	if len(names) > 0 {
		ours = append(ours, format.List(names))
	}
	if n := p.run.Manifest.Machine.Cores; n > 0 {
		ours = append(ours, format.Plural(n, "core"))
	}
	return []Fact{{from.Short(), theirs}, {"This run", ours}}
}
