package findings

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
)

// mostPanels bounds the trials whose cores are drawn.
const mostPanels = 32

// coresFigure shows the cores while one trial of each variant ran.
func (p *Pair) coresFigure() *figure.Figure {
	if p.run.Samples == nil {
		return nil
	}
	f := &figure.Figure{ID: p.ID + "-cores", Title: "The cores while it ran"}
	f.Table = figure.Table{Caption: f.Title, Head: []string{"variant", "work", "steps shown", "busy with it", "busy with other things"}}
	art := &figure.Lanes{}
	methods := map[string]bool{}
	var sentences []string
	left, last := 0, ""
	all, rest := p.foremost()
	for _, t := range all {
		r := t.Row
		shown := cmp.Or(r.Traced, r.Shown) // one trial for the timeline and this
		if shown == nil || shown.Samples == "" {
			continue
		}
		if len(art.Panels) == mostPanels {
			left++
			continue
		}
		var pl figure.Panel
		if s, err := p.run.Samples(shown); err != nil {
			pl = figure.Panel{Empty: "its samples cannot be read", Seconds: float64(shown.WallNS) / 1e9}
		} else {
			pl = figure.NewPanel(s, float64(shown.WallNS)/1e9)
			if s.Method != "" {
				methods[s.Method] = true
			}
		}
		pl.Style = t.style
		pl.Heading, pl.Label = p.place(t)
		art.Panels = append(art.Panels, pl)
		if pl.Empty != "" {
			f.Table.Add(pl.Heading, pl.Label, figure.Cell{Text: format.Seconds.Exact(pl.Seconds)}, figure.Cell{Text: pl.Empty, Note: true}, figure.Cell{}, figure.Cell{})
			continue
		}
		own, others := pl.Used(pl.Own), pl.Used(pl.Other)
		f.Table.Add(pl.Heading, pl.Label, figure.Cell{Text: format.Seconds.Exact(pl.Seconds)}, figure.Cell{Text: format.Whole(float64(len(pl.Edges) - 1))},
			figure.Cell{Text: format.Fixed(own, 0.01) + " cores"}, figure.Cell{Text: format.Fixed(others, 0.01) + " cores"})
		f.Table.Record(p.ID, t.group.Label, r, "cores-own", format.Cores, model.Estimate{Value: own, N: 1}, "one trial")
		f.Table.Record(p.ID, t.group.Label, r, "cores-other", format.Cores, model.Estimate{Value: others, N: 1}, "one trial")
		if pl.Heading != last {
			sentences = append(sentences, pl.Heading+": ")
			last = pl.Heading
		} else {
			sentences[len(sentences)-1] += ", "
		}
		sentences[len(sentences)-1] += pl.Label + " " + format.Cores.Value(model.Estimate{Value: own, N: 1})
	}
	if len(art.Panels) == 0 {
		return nil
	}
	f.Art = art
	f.Finding = "Cores kept busy, on average over one trial. " + strings.Join(sentences, ". ") + "."
	if len(sentences) == 0 {
		f.Finding = "Every trial was over before the first sample."
	}
	f.Note = "One lane a core, time to the right, each panel on its own scale. Colour: this trial. Grey: everything else on the machine. The trial nearest the median stands for its variant, and a traced one for its timeline too."
	for _, m := range slices.Sorted(maps.Keys(methods)) {
		f.Note += " Source: " + m + "."
	}
	f.Note += foremostNote(rest)
	if left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", format.Plural(left, "variant"))
	}
	return f
}
