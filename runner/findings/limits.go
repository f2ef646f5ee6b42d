package findings

import (
	"cmp"
	"fmt"
	"slices"

	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// limits is the table of how fast bytes were stored under limits of memory,
// beside what the source printed for that; nil where the pair asks for none or the
// run has no limit.
func (p *Pair) limits() *figure.Table {
	limits := p.Entry.Limits
	if limits == nil {
		return nil
	}
	type line struct {
		runtime, label string
		keys           []string // what the source may call it
		at             map[float64]*summary.Row
		bytes          map[float64]float64
	}
	var lines []*line
	var caps []float64
	for _, t := range p.series {
		for _, r := range t.rows {
			if !p.reads(r.Row, limits.Param) {
				continue
			}
			g := r.group
			at, limited := number(g.Params[limits.Param])
			bytes, sized := number(g.Params[limits.Bytes])
			if !limited || !sized {
				continue
			}
			label := r.Variant
			if rest := p.point(r, func(param string) bool { return param != limits.Param && p.reads(r.Row, param) }); rest != "" {
				label += ", " + rest
			}
			i := slices.IndexFunc(lines, func(l *line) bool { return l.runtime == r.on && l.label == label })
			if i < 0 {
				i = len(lines)
				l := &line{runtime: r.on, label: label, keys: []string{r.Variant}, at: map[float64]*summary.Row{}, bytes: map[float64]float64{}}
				if v := p.Entry.Variant(r.Side, r.Variant); v != nil {
					l.keys = append(l.keys, v.PrintedAs)
				}
				if n, ok := number(g.Params[limits.Suffix]); ok && p.reads(r.Row, limits.Suffix) {
					l.keys = append(l.keys, r.Variant+"-"+format.Whole(n))
				}
				lines = append(lines, l)
			}
			lines[i].at[at], lines[i].bytes[at] = r.Row, bytes
			if !slices.Contains(caps, at) {
				caps = append(caps, at)
			}
		}
	}
	slices.SortFunc(caps, func(a, b float64) int { // no limit, then ever less memory
		return cmp.Or(btoi(b == 0)-btoi(a == 0), cmp.Compare(b, a))
	})
	if len(caps) == 0 || slices.Max(caps) == 0 {
		return nil
	}
	theirs, printed := p.run.Published[limits.Printed]
	t := &figure.Table{Caption: "MB/s with less memory", Head: []string{"variant"},
		Notes: []string{"Bytes of the file over the time until it was stored, in millions a second."}}
	if printed {
		t.Notes = append(t.Notes, p.run.cite(&theirs).Short()+": "+theirs.Notes+".")
	}
	for _, at := range caps {
		t.Head = append(t.Head, limitText(at))
		if at > 0 && printed {
			t.Head = append(t.Head, p.run.cite(&theirs).Short()+", "+limitText(at))
		}
	}
	for _, l := range lines {
		var cells []figure.Cell
		for _, at := range caps {
			switch r := l.at[at]; {
			case r == nil:
				cells = append(cells, figure.Cell{})
			case r.Metrics[limits.Time].N == 0:
				cells = append(cells, figure.Cell{Text: absent(r), Note: true})
			default:
				cells = append(cells, figure.ValueCell(format.Plain, rate(l.bytes[at]/1e6, r.Metrics[limits.Time])))
			}
			if at > 0 && printed {
				cells = append(cells, printedLimit(&theirs, l.keys, at))
			}
		}
		t.Add(l.runtime, l.label, cells...)
	}
	return t
}

// rate is so much over an estimate of nanoseconds, a second.
func rate(much float64, ns model.Estimate) model.Estimate {
	out := ns
	out.Value = much / ns.Value * 1e9
	out.Lo, out.Hi = 0, 0
	if ns.Interval {
		out.Lo, out.Hi = much/ns.Hi*1e9, much/ns.Lo*1e9
	}
	return out
}

// printedLimit is the source's number for the first of the keys that it has.
func printedLimit(pub *store.Published, keys []string, limit float64) figure.Cell {
	for _, key := range keys {
		v, ok := pub.Find(key)
		if key == "" || !ok {
			continue
		}
		for i, x := range v.X { // in MiB, as systemd counts them
			if x*(1<<20) == limit && i < len(v.Y) {
				return figure.Cell{Text: format.Whole(v.Y[i])}
			}
		}
	}
	return figure.Cell{Text: "not printed", Note: true}
}

// limitText writes a limit as it is given: 512 MiB.
func limitText(bytes float64) string {
	n := int64(bytes)
	switch {
	case n == 0:
		return "no limit"
	case n%(1<<30) == 0:
		return fmt.Sprintf("%d GiB", n>>30)
	case n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return format.Bytes.Exact(bytes)
}
