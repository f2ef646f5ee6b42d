package findings

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
)

// startup stacks the work on the time to be ready: run once from the shell, a
// variant costs both.
func (p *Pair) startup() *figure.Figure {
	f := &figure.Figure{ID: p.ID + "-startup", Title: "Start-up and work"}
	art := &figure.Rows{Axis: figure.Axis{Unit: format.Seconds, Include: []float64{0}}}
	f.Table = figure.Table{Caption: f.Title}
	var sentences []string
	for _, t := range p.panels() {
		r := t.Row
		line := figure.Row{}
		line.Heading, line.Label = p.place(t)
		if r.Wall.N == 0 {
			line.Note = absent(r)
			line.Tip = r.Variant + ": " + line.Note
			art.Rows = append(art.Rows, line)
			continue
		}
		line.Marks = []figure.Mark{
			{Style: t.style, Est: r.Startup, Bar: true, Hollow: true},
			{Style: t.style, Est: r.Wall, Bar: true, From: r.Startup.Value},
		}
		line.Marks[0].Est.Interval = false
		line.Value, line.Extra = format.Seconds.Value(r.Startup), "+ "+format.Seconds.Value(r.Wall)
		line.Tip = fmt.Sprintf("%s: start-up %s, work %s", r.Variant, format.Seconds.Full(r.Startup), format.Seconds.Full(r.Wall))
		art.Rows = append(art.Rows, line)
		f.Table.Record(p.ID, t.group.Label, r, "startup", format.Seconds, r.Startup, "")
		f.Table.Record(p.ID, t.group.Label, r, "time", format.Seconds, r.Wall, "")
	}
	for _, rt := range p.runtimes() {
		var ready []float64
		for _, t := range rt.series {
			if t.Wall.N > 0 {
				ready = append(ready, t.Startup.Value)
			}
		}
		if len(ready) > 0 {
			slices.Sort(ready)
			sentences = append(sentences, fmt.Sprintf("%s was ready after %s", rt.name, format.Seconds.Value(model.Estimate{Value: ready[len(ready)/2], N: 1})))
		}
	}
	f.Finding = "Nothing was measured."
	if len(sentences) > 0 {
		f.Finding = format.Capital(strings.Join(sentences, "; ")) + "."
	}
	f.Note = "Pale: from spawn to ready, before any work. Full: the work. Start-up is never part of the times elsewhere; run once from the shell, a variant costs both."
	if p.sweep != "" {
		f.Note += " Of the sweep, each variant’s last point."
	}
	f.Art = art
	return f
}
