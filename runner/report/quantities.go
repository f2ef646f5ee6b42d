package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// figures lists a pair's figures in the order in which they are read.
func (d *builder) figures(p *summary.Pair) []*figure {
	// Where nothing finished, the reasons say more than empty axes.
	if !measured(p) {
		return nil
	}
	var out []*figure
	if f := d.sourceFigure(p); f != nil {
		out = append(out, f)
	}
	if f := d.timelineFigure(p); f != nil {
		out = append(out, f)
	}
	if f := d.curveFigure(p); f != nil {
		out = append(out, f)
	}
	for _, q := range []quantity{d.speedUp(p), d.time(p), d.parallelism(p), d.memory(p)} {
		out = append(out, d.figure(p, q))
	}
	if f := d.coresFigure(p); f != nil {
		out = append(out, f)
	}
	if d.pair(p.ID).Folder == "" || slices.ContainsFunc(tracks(p), func(t *track) bool { return t.Row.Startup.N > 0 }) {
		out = append(out, d.startup(p)) // a command's is part of its time
	}
	return out
}

// measured says whether any row of a pair has numbers.
func measured(p *summary.Pair) bool {
	return slices.ContainsFunc(p.Groups, func(g summary.Group) bool {
		return slices.ContainsFunc(g.Rows, func(r summary.Row) bool { return r.Wall.N > 0 })
	})
}

func (d *builder) time(p *summary.Pair) quantity {
	return quantity{
		id: "time", title: "Time the work took",
		axis: axis{unit: seconds, log: true},
		note: "Large mark: median; whisker: its 95 % interval; small dots: single rounds, hollow where something else disturbed the machine. Each step of the axis multiplies.",
		get: func(_ *summary.Pair, _ *summary.Group, r *summary.Row) reading {
			return reading{est: r.Wall, dots: walls(r)}
		},
		finding: func(p *summary.Pair) string {
			return d.took(p)
		},
	}
}

func (d *builder) speedUp(p *summary.Pair) quantity {
	base := cmp.Or(d.pair(p.ID).Baseline, "baseline")
	about := "Each round’s time is set against the same round’s " + base + " time on the same runtime: 1× is no gain, 2× is half the time."
	if own := d.ownBaselines(p); len(own) > 0 {
		about += " Variants that do other work have a baseline of their own: " + list(own) + "."
	}
	return quantity{
		id: "speedup", title: "Speed-up over " + base,
		axis:  axis{unit: times, log: true, include: []float64{1}, refs: []ref{{1, ""}}},
		about: about,
		note:  "Small dots are the rounds.",
		get: func(p *summary.Pair, g *summary.Group, r *summary.Row) reading {
			if r.IsBaseline() {
				one := r.Wall
				one.Value, one.Interval = 1, false
				return reading{est: one, hollow: true, value: "baseline"}
			}
			v := reading{est: r.SpeedUp, dots: ratios(baseline(p, g, r, r.Baseline), r), grade: r.Grade, why: reason(r.Doubt)}
			if r.SpeedUp.N == 0 {
				v.note, v.why = "no baseline", "there is no "+r.Baseline+" in this run to compare with"
			}
			return v
		},
		graded:  true,
		finding: func(p *summary.Pair) string { return d.about(p, "wall") },
	}
}

// ownBaselines names the variants that are baselines beside the pair's.
func (d *builder) ownBaselines(p *summary.Pair) (names []string) {
	for _, t := range tracks(p) {
		if t.IsBaseline() && t.Variant != d.pair(p.ID).Baseline && !slices.Contains(names, t.Variant) {
			names = append(names, t.Variant)
		}
	}
	return names
}

// reason drops the verdict that the summary's sentence begins with.
func reason(doubt string) string { return strings.TrimPrefix(doubt, "inconclusive: ") }

func (d *builder) parallelism(p *summary.Pair) quantity {
	n := float64(d.in.Manifest.Machine.Cores)
	a := axis{unit: cores, include: []float64{1}}
	busiest := 0.0
	for _, t := range tracks(p) {
		busiest = max(busiest, t.Parallelism.Value)
	}
	// On a large machine a line far to the right would hide the rest.
	if n > 0 && n <= 6*max(1, busiest) {
		a.refs = []ref{{n, plural(int(n), "core")}}
	}
	return quantity{
		id: "parallelism", title: "Effective parallelism", bars: true, axis: a,
		about: "CPU time over wall time: how many cores the variant kept busy on average. Much less than one means waiting.",
		get: func(_ *summary.Pair, _ *summary.Group, r *summary.Row) reading {
			return reading{est: r.Parallelism}
		},
		finding: func(p *summary.Pair) string {
			s := d.about(p, "parallelism")
			if n > 0 {
				s += fmt.Sprintf(" The machine has %s.", plural(int(n), "core"))
			}
			return s
		},
	}
}

func (d *builder) memory(p *summary.Pair) quantity {
	return quantity{
		id: "memory", title: "Memory and threads", bars: true,
		axis:  axis{unit: bytesU},
		about: "Memory of the whole process tree at its peak; the method says how it was counted.",
		get: func(_ *summary.Pair, _ *summary.Group, r *summary.Row) reading {
			v := reading{est: r.PeakRSS}
			if r.PeakThreads.N > 0 {
				v.more = plural(int(r.PeakThreads.Value), "thread")
			}
			return v
		},
		finding: func(p *summary.Pair) string {
			return d.about(p, "peak_rss")
		},
	}
}

// startup stacks the work on the time to be ready: run once from the shell, a
// variant costs both.
func (d *builder) startup(p *summary.Pair) *figure {
	f := &figure{ID: p.ID + "-startup", Title: "Start-up and work"}
	art := &rows{axis: axis{unit: seconds, include: []float64{0}}}
	f.table = table{Caption: f.Title}
	var said []string
	for _, rt := range d.runtimes(p) {
		var ready []float64
		for _, t := range rt.tracks {
			r := t.Row
			line := row{heading: rt.name, label: r.Variant}
			if r.Wall.N == 0 {
				line.note = absent(r)
				line.tip = r.Variant + ": " + line.note
				art.rows = append(art.rows, line)
				continue
			}
			line.marks = []mark{
				{style: d.style(r), est: r.Startup, bar: true, hollow: true},
				{style: d.style(r), est: r.Wall, bar: true, from: r.Startup.Value},
			}
			line.marks[0].est.Interval = false
			line.value, line.extra = seconds.value(r.Startup), "+ "+seconds.value(r.Wall)
			line.tip = fmt.Sprintf("%s: start-up %s, work %s", r.Variant, seconds.full(r.Startup), seconds.full(r.Wall))
			art.rows = append(art.rows, line)
			ready = append(ready, r.Startup.Value)
			f.table.record(p.ID, t.group.Label, r, "startup", seconds, r.Startup, "")
			f.table.record(p.ID, t.group.Label, r, "time", seconds, r.Wall, "")
		}
		if len(ready) > 0 {
			slices.Sort(ready)
			said = append(said, fmt.Sprintf("%s was ready after %s", rt.name, seconds.value(model.Estimate{Value: ready[len(ready)/2], N: 1})))
		}
	}
	f.Finding = "Nothing was measured."
	if len(said) > 0 {
		f.Finding = capital(strings.Join(said, "; ")) + "."
	}
	f.Note = "Pale: from spawn to ready, before any work. Full: the work. Start-up is never part of the times elsewhere; run once from the shell, a variant costs both."
	if d.sweep(p) != "" {
		f.Note += " Of the sweep, each variant’s last point."
	}
	f.art = art
	return f
}

// metrics is the table of the variants' own numbers, nil where they have none.
// A duration also stands as a share of the work; what is 0 or 1 in every round
// is said in words.
func (d *builder) metrics(p *summary.Pair) *table {
	names := map[string]bool{}
	for _, t := range tracks(p) {
		for name := range t.Metrics {
			names[name] = true
		}
	}
	if len(names) == 0 {
		return nil
	}
	out := &table{Caption: "What the variants measure and count themselves", Head: []string{"variant", "median", "95 % interval", "rounds"}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		label, u, factor := metricUnit(name)
		about := capital(label)
		if unit := u.String(); unit != "" && u != seconds {
			about += ", " + unit
		}
		truth := boolean(p, name)
		for _, t := range tracks(p) {
			e, ok := t.Metrics[name]
			if !ok {
				continue
			}
			e = scaled(e, factor)
			value := cell{Text: u.value(e)}
			interval := cell{Text: intervalText(u, e)}
			switch {
			case truth:
				value, interval = cell{Text: yesNo(t.Row, name), Note: true}, cell{}
			case u == seconds && t.Wall.Value > 0:
				value.Sub = percent.value(scaled(e, 1/t.Wall.Value)) + " of the work"
			}
			out.add(about, d.name(t.Row), value, interval, cell{Text: rounds(e.N)})
			out.record(p.ID, t.group.Label, t.Row, "metric-"+slug(name), u, e, "")
		}
	}
	return out
}

// values are a metric's in every round of a row.
func values(r *summary.Row, name string) (all []float64) {
	for _, round := range r.Rounds {
		if v, ok := round.Trial.Metrics[name]; ok {
			all = append(all, v)
		}
	}
	return all
}

// boolean says whether a metric is 0 or 1 in every round of a pair, and has no
// unit that would make it a number.
func boolean(p *summary.Pair, name string) bool {
	if _, u, _ := metricUnit(name); u != plain {
		return false
	}
	n := 0
	for _, t := range tracks(p) {
		for _, v := range values(t.Row, name) {
			if v != 0 && v != 1 {
				return false
			}
			n++
		}
	}
	return n > 0
}

func yesNo(r *summary.Row, name string) string {
	all := values(r, name)
	yes := 0
	for _, v := range all {
		yes += int(v)
	}
	switch yes {
	case 0:
		return "no"
	case len(all):
		return "yes"
	}
	return fmt.Sprintf("in %d of %d rounds", yes, len(all))
}

// slug makes a name fit for a file and an ID.
func slug(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
}

// fold is the unit of what a source printed as so many times as fast.
const fold = "×"

// sourceFigure sets what a source printed beside what this run measured, both as
// times relative to the baseline: the only scale that two machines share.
func (d *builder) sourceFigure(p *summary.Pair) *figure {
	pair := d.pair(p.ID)
	type printed struct {
		side, variant string
		text          string
		value         store.Value // its time, or its share of the baseline's
	}
	var all []printed
	var base float64
	var from store.Published
	for _, pr := range pair.Printed {
		pub, ok := d.in.Published[pr.File]
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
		text := seconds.exact(v.Value)
		if pub.Unit == fold {
			text, v.Value = whole(v.Value)+"× as fast", 1/v.Value
		}
		all = append(all, printed{pr.Side, pr.Variant, text, v})
		if pr.Variant == pair.Baseline && base == 0 {
			base = v.Value
		}
	}
	if len(all) == 0 || base == 0 {
		return nil
	}
	group := d.nearest(p)
	f := &figure{
		ID: p.ID + "-source", Title: "What the source printed, and what happened here", Wide: true,
		Note: "Time relative to " + pair.Baseline + " on the same machine and runtime: below 1× is faster. Hatched: the source, as printed. Filled: this run.",
	}
	art := &rows{axis: axis{unit: times, include: []float64{1}, refs: []ref{{1, ""}}}}
	f.table = table{Caption: f.Title, Head: []string{"where", "time", "relative to " + pair.Baseline, "95 % interval"}}
	cited := d.cite(&from).String()
	for _, pr := range all {
		ratio := model.Estimate{Value: pr.value.Value / base, N: 1}
		value := pr.text
		there := fixed(ratio.Value, 0.01) + "×"
		if pr.variant == pair.Baseline {
			there = "1×"
		}
		art.rows = append(art.rows, row{
			heading: pr.variant, label: cited,
			marks: []mark{{style: style{colour: source}, est: ratio, bar: true, hatch: true}},
			value: there, extra: value,
			tip: fmt.Sprintf("%s, %s: %s of %s (%s)", pr.variant, cited, there, pair.Baseline, value),
		})
		f.table.add(pr.variant, cited, cell{Text: value}, cell{Text: there}, cell{Text: "not stated", Note: true})
		here, say := 0, ""
		for ri := range group.Rows {
			r := &group.Rows[ri]
			if r.Side != pr.side || r.Variant != pr.variant {
				continue
			}
			here++
			line := row{heading: pr.variant, label: "here, " + d.runtime(r)}
			if r.Wall.N == 0 {
				line.note = absent(r)
				f.table.add(pr.variant, line.label, cell{Text: line.note, Note: true}, cell{}, cell{})
				art.rows = append(art.rows, line)
				continue
			}
			var mine model.Estimate
			switch pair.Baseline {
			case r.Variant:
				mine = model.Estimate{Value: 1, N: r.Wall.N}
			case r.Baseline:
				mine = inverse(r.SpeedUp)
			}
			line.extra = seconds.value(r.Wall)
			switch {
			case mine.N == 0:
				line.note = "no baseline · " + line.extra
				f.table.add(pr.variant, line.label, cell{Text: line.extra}, cell{Text: "no baseline", Note: true}, cell{})
			default:
				line.marks = []mark{{style: d.style(r), est: mine, bar: true}}
				line.value = times.value(mine)
				interval := intervalText(times, mine)
				line.extra += d.unsure(r)
				if r.Variant == pair.Baseline {
					line.value, interval = "1×", "by definition"
				} else {
					say += fmt.Sprintf("; %s here on %s", times.full(mine), d.runtime(r))
				}
				f.table.add(pr.variant, line.label, cell{Text: line.extra}, cell{Text: line.value}, cell{Text: interval})
			}
			line.tip = fmt.Sprintf("%s, %s: %s %s", pr.variant, line.label, line.value, line.extra)
			art.rows = append(art.rows, line)
			f.table.record(p.ID, group.Label, r, "relative-time", times, mine, "")
		}
		if say != "" {
			f.Points = append(f.Points, capital(fmt.Sprintf("%s took %s the time of %s there%s.", pr.variant, there, pair.Baseline, say)))
		}
		if here == 0 {
			art.rows = append(art.rows, row{heading: pr.variant, label: "here", note: "not in this run", tip: pr.variant + ": not in this run"})
			f.table.add(pr.variant, "here", cell{Text: "not in this run", Note: true}, cell{}, cell{})
		}
	}
	f.art = art
	f.Finding = strings.Join(f.Points, " ")
	if len(f.Points) == 0 {
		f.Finding = "This run has nothing that may be set beside the source’s figure."
	}
	return f
}

// nearest is the group whose parameters agree most with the paper profile.
func (d *builder) nearest(p *summary.Pair) *summary.Group {
	pair := d.pair(p.ID)
	best, most := &p.Groups[len(p.Groups)-1], -1
	for i := range p.Groups {
		same := 0
		for _, q := range pair.Params {
			if v, ok := p.Groups[i].Params[q.Name]; ok && fmt.Sprint(v) == fmt.Sprint(q.Paper) {
				same++
			}
		}
		if same > most {
			best, most = &p.Groups[i], same
		}
	}
	// The baseline may have run in another group, once for all.
	g := *best
	g.Rows = slices.Clone(g.Rows)
	for _, t := range tracks(p) {
		if !slices.ContainsFunc(g.Rows, func(r summary.Row) bool {
			return r.Side == t.Side && r.Runtime == t.Runtime && r.Variant == t.Variant
		}) {
			g.Rows = append(g.Rows, *t.Row)
		}
	}
	return &g
}

// mostPanels bounds the trials whose cores are drawn.
const mostPanels = 32

// coresFigure shows the cores while one trial of each variant ran.
func (d *builder) coresFigure(p *summary.Pair) *figure {
	if d.in.Samples == nil {
		return nil
	}
	f := &figure{ID: p.ID + "-cores", Title: "The cores while it ran", Wide: true}
	f.table = table{Caption: f.Title, Head: []string{"variant", "work", "steps shown", "busy with it", "busy with other things"}}
	art := &lanes{}
	methods := map[string]bool{}
	var said []string
	left, last := 0, ""
	for _, t := range tracks(p) {
		r := t.Row
		shown := cmp.Or(r.Traced, r.Shown) // one trial for the timeline and this
		if shown == nil || shown.Samples == "" {
			continue
		}
		if len(art.panels) == mostPanels {
			left++
			continue
		}
		var pl panel
		if s, err := d.in.Samples(shown); err != nil {
			pl = panel{empty: "its samples cannot be read", seconds: float64(shown.WallNS) / 1e9}
		} else {
			pl = newPanel(s, float64(shown.WallNS)/1e9)
			if s.Method != "" {
				methods[s.Method] = true
			}
		}
		pl.heading, pl.label, pl.style = d.runtime(r), r.Variant, d.style(r)
		art.panels = append(art.panels, pl)
		if pl.empty != "" {
			f.table.add(pl.heading, pl.label, cell{Text: seconds.exact(pl.seconds)}, cell{Text: pl.empty, Note: true}, cell{}, cell{})
			continue
		}
		own, others := pl.used(pl.own), pl.used(pl.other)
		f.table.add(pl.heading, pl.label, cell{Text: seconds.exact(pl.seconds)}, cell{Text: whole(float64(len(pl.edges) - 1))},
			cell{Text: fixed(own, 0.01) + " cores"}, cell{Text: fixed(others, 0.01) + " cores"})
		f.table.record(p.ID, t.group.Label, r, "cores-own", cores, model.Estimate{Value: own, N: 1}, "one trial")
		f.table.record(p.ID, t.group.Label, r, "cores-other", cores, model.Estimate{Value: others, N: 1}, "one trial")
		if pl.heading != last {
			said = append(said, pl.heading+": ")
			last = pl.heading
		} else {
			said[len(said)-1] += ", "
		}
		said[len(said)-1] += pl.label + " " + cores.value(model.Estimate{Value: own, N: 1})
	}
	if len(art.panels) == 0 {
		return nil
	}
	f.art = art
	f.Finding = "Cores kept busy, on average over one trial. " + strings.Join(said, ". ") + "."
	if len(said) == 0 {
		f.Finding = "Every trial was over before the first sample."
	}
	f.Note = "One lane a core, time to the right, each panel on its own scale. Colour: this trial. Grey: everything else on the machine. The trial nearest the median stands for its variant, and a traced one for its timeline too."
	for _, m := range slices.Sorted(maps.Keys(methods)) {
		f.Note += " Source: " + m + "."
	}
	if left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", plural(left, "variant"))
	}
	return f
}
