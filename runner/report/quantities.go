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
func (d *desk) figures(p *summary.Pair) []*figure {
	// Where nothing finished, the reasons say more than empty axes.
	if !measured(p) {
		return nil
	}
	var out []*figure
	if f := d.sourceFigure(p); f != nil {
		out = append(out, f)
	}
	if f := d.haulFigure(p); f != nil {
		out = append(out, f)
	}
	if f := d.timelineFigure(p); f != nil {
		out = append(out, f)
	}
	if f := d.curveFigure(p); f != nil {
		out = append(out, f)
	}
	qs := []quantity{d.time(p), d.speedUp(p), d.parallelism(p), d.memory(p)}
	for _, q := range qs {
		out = append(out, d.figure(p, q))
	}
	if f := d.coresFigure(p); f != nil {
		out = append(out, f)
	}
	if d.pair(p.ID).Folder == "" || slices.ContainsFunc(tracks(p), func(t *track) bool { return t.Row.Startup.N > 0 }) {
		out = append(out, d.startup(p)) // a command's is part of its time
	}
	for _, q := range d.metrics(p) {
		out = append(out, d.figure(p, q))
	}
	return out
}

// measured says whether any row of a pair has numbers.
func measured(p *summary.Pair) bool {
	return slices.ContainsFunc(p.Groups, func(g summary.Group) bool {
		return slices.ContainsFunc(g.Rows, func(r summary.Row) bool { return r.Wall.N > 0 })
	})
}

func (d *desk) time(p *summary.Pair) quantity {
	return quantity{
		id: "time", title: "Time the work took",
		axis: axis{unit: seconds, log: true},
		note: "Large mark: median; whisker: its 95 % interval; small dots: single rounds, hollow where something else disturbed the machine. Each step of the axis multiplies.",
		get: func(_ *summary.Pair, _ *summary.Group, r *summary.Row) reading {
			return reading{est: r.Wall, dots: walls(r)}
		},
		finding: func(p *summary.Pair) string {
			return d.extremes(p, seconds, "Least time", "most", func(r *summary.Row) model.Estimate { return r.Wall })
		},
	}
}

func (d *desk) speedUp(p *summary.Pair) quantity {
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
			v := reading{est: r.SpeedUp, dots: ratios(baseline(p, g, r, r.Baseline), r)}
			switch {
			case r.Doubt != "":
				v.note, v.why = inconclusive, reason(r.Doubt)
			case r.SpeedUp.N == 0:
				v.note, v.why = "no baseline", "there is no "+r.Baseline+" in this run to compare with"
			}
			return v
		},
		finding: d.speedUpFinding,
	}
}

// ownBaselines names the variants that are baselines beside the pair's.
func (d *desk) ownBaselines(p *summary.Pair) (names []string) {
	for _, t := range tracks(p) {
		if t.IsBaseline() && t.Variant != d.pair(p.ID).Baseline && !slices.Contains(names, t.Variant) {
			names = append(names, t.Variant)
		}
	}
	return names
}

// inconclusive is what stands where a ratio may not be read.
const inconclusive = "inconclusive"

// reason drops the verdict that the summary's sentence begins with.
func reason(spoiled string) string { return strings.TrimPrefix(spoiled, inconclusive+": ") }

func (d *desk) parallelism(p *summary.Pair) quantity {
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
			var parts []string
			for _, rt := range d.runtimes(p) {
				if best := extreme(rt.tracks, func(r *summary.Row) float64 { return r.Parallelism.Value }); best != nil {
					parts = append(parts, fmt.Sprintf("%s kept at most %s cores busy (%s)", rt.name, cores.value(best.Parallelism), best.Variant))
				}
			}
			if len(parts) == 0 {
				return "Nothing was measured."
			}
			s := strings.Join(parts, "; ")
			if n > 0 {
				s += fmt.Sprintf(". The machine has %d", int(n))
			}
			return s + "."
		},
	}
}

func (d *desk) memory(p *summary.Pair) quantity {
	return quantity{
		id: "memory", title: "Memory and threads", bars: true,
		axis:  axis{unit: bytesU},
		about: "Resident memory of the whole process tree at its peak (pages that processes share count once for each). The table has the threads at their peak.",
		get: func(_ *summary.Pair, _ *summary.Group, r *summary.Row) reading {
			return reading{est: r.PeakRSS}
		},
		finding: func(p *summary.Pair) string {
			return d.extremes(p, bytesU, "Least memory", "most", func(r *summary.Row) model.Estimate { return r.PeakRSS })
		},
	}
}

// startup sets the time to be ready beside the work: two marks on a row.
func (d *desk) startup(p *summary.Pair) *figure {
	f := &figure{ID: p.ID + "-startup", Title: "Start-up beside work"}
	art := &rows{axis: axis{unit: seconds, log: true}}
	f.table = table{Caption: f.Title, Head: []string{"variant", "start-up", "work", "start-up and work: start-up's share"}}
	f.table.Head[3] = "start-up’s share of both"
	byRuntime := map[string][]float64{}
	for _, t := range tracks(p) {
		r, name := t.Row, d.runtime(t.Row)
		line := row{heading: name, label: r.Variant}
		if r.Wall.N == 0 {
			line.note = absent(r)
			line.tip = r.Variant + ": " + line.note
			f.table.add(name, r.Variant, cell{Text: line.note, Note: true}, cell{}, cell{})
			art.rows = append(art.rows, line)
			continue
		}
		line.marks = []mark{
			{look: d.look(r), est: r.Startup, hollow: true, label: "start-up"},
			{look: d.look(r), est: r.Wall, label: "work"},
		}
		line.value = seconds.value(r.Startup)
		line.extra = "+ " + seconds.value(r.Wall)
		line.tip = fmt.Sprintf("%s: start-up %s, work %s", r.Variant, seconds.full(r.Startup), seconds.full(r.Wall))
		art.rows = append(art.rows, line)
		share := cell{Text: "–", Note: true}
		if both := r.Startup.Value + r.Wall.Value; r.Startup.N > 0 && both > 0 {
			share = cell{Text: percent.value(model.Estimate{Value: r.Startup.Value / both, N: 1})}
			byRuntime[name] = append(byRuntime[name], r.Startup.Value)
		}
		f.table.add(name, r.Variant, estimate(seconds, r.Startup), estimate(seconds, r.Wall), share)
		f.table.record(p.ID, t.group.Label, r, "startup", seconds, r.Startup, "")
		f.table.record(p.ID, t.group.Label, r, "time", seconds, r.Wall, "")
	}
	var parts []string
	for _, rt := range d.runtimes(p) {
		if v := byRuntime[rt.name]; len(v) > 0 {
			slices.Sort(v)
			parts = append(parts, fmt.Sprintf("%s was ready after %s", rt.name, seconds.value(model.Estimate{Value: v[len(v)/2], N: 1})))
		}
	}
	f.Finding = capital(strings.Join(parts, "; ")) + "."
	if len(parts) == 0 {
		f.Finding = "Nothing was measured."
	}
	f.Note = "Hollow mark: from spawn to ready, before any work. Filled mark: the work. Start-up is never part of the times above."
	if d.sweep(p) != "" {
		f.Note += " Of the sweep, each variant’s last point."
	}
	f.art = art
	return f
}

// metrics are the variants' own numbers: durations as shares of the work,
// where they are parts of it.
func (d *desk) metrics(p *summary.Pair) []quantity {
	names := map[string]bool{}
	for _, t := range tracks(p) {
		for name := range t.Metrics {
			names[name] = true
		}
	}
	var out []quantity
	for _, name := range slices.Sorted(maps.Keys(names)) {
		label, u, factor := metricUnit(name)
		q := quantity{id: "metric-" + slug(name), title: capital(label), bars: true, axis: axis{unit: u}}
		share := u == seconds
		if share {
			q.title += ": share of the work"
			q.axis = axis{unit: percent, include: []float64{0, 1}}
			q.about = "The variant measures it itself (" + name + "); the figure divides it by the median time of the work."
		} else {
			q.about = "The variant counts it itself (" + name + ")."
		}
		value := func(r *summary.Row) model.Estimate {
			e, ok := r.Metrics[name]
			if !ok {
				return model.Estimate{}
			}
			e = scaled(e, factor)
			if share {
				if r.Wall.Value <= 0 {
					return model.Estimate{}
				}
				e = scaled(e, 1/r.Wall.Value)
			}
			return e
		}
		q.get = func(_ *summary.Pair, _ *summary.Group, r *summary.Row) reading {
			v := reading{est: value(r)}
			v.absent = v.est.N == 0
			return v
		}
		unit := q.axis.unit
		q.finding = func(p *summary.Pair) string {
			return d.extremes(p, unit, "Least", "most", value)
		}
		out = append(out, q)
	}
	return out
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
func (d *desk) sourceFigure(p *summary.Pair) *figure {
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
			marks: []mark{{look: look{tone: source}, est: ratio, bar: true, hatch: true}},
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
			case r.Doubt != "":
				line.note = inconclusive + " · " + line.extra
				f.table.add(pr.variant, line.label, cell{Text: line.extra}, cell{Text: inconclusive, Note: true}, cell{})
			case mine.N == 0:
				line.note = "no baseline · " + line.extra
				f.table.add(pr.variant, line.label, cell{Text: line.extra}, cell{Text: "no baseline", Note: true}, cell{})
			default:
				line.marks = []mark{{look: d.look(r), est: mine, bar: true}}
				line.value = times.value(mine)
				interval := intervalText(times, mine)
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
func (d *desk) nearest(p *summary.Pair) *summary.Group {
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
func (d *desk) coresFigure(p *summary.Pair) *figure {
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
		if r.Last == nil || r.Last.Samples == "" {
			continue
		}
		if len(art.panels) == mostPanels {
			left++
			continue
		}
		var pl panel
		if s, err := d.in.Samples(r.Last); err != nil {
			pl = panel{empty: "its samples cannot be read", seconds: float64(r.Last.WallNS) / 1e9}
		} else {
			pl = newPanel(s, float64(r.Last.WallNS)/1e9)
			if s.Method != "" {
				methods[s.Method] = true
			}
		}
		pl.heading, pl.label, pl.look = d.runtime(r), r.Variant, d.look(r)
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
	f.Note = "One lane a core, time to the right, each panel on its own scale. Colour: this trial. Grey: everything else on the machine. The last trial that finished stands for its variant."
	for _, m := range slices.Sorted(maps.Keys(methods)) {
		f.Note += " Source: " + m + "."
	}
	if left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", plural(left, "variant"))
	}
	return f
}

// overview compares every variant of every pair on the one scale that they
// share: the speed-up over their own baseline.
func (d *desk) overview() []*figure {
	f := &figure{ID: "overview", Title: "Every variant against its own baseline", Wide: true, Lone: true}
	art := &rows{axis: axis{unit: times, log: true, include: []float64{1}, refs: []ref{{1, "no gain"}}}}
	f.table = table{Caption: f.Title, Head: []string{"variant", "speed-up", "95 % interval", "rounds"}}
	swept, drawn, variants := false, 0, 0
	for i := range d.in.Summary.Pairs {
		variants += len(tracks(&d.in.Summary.Pairs[i]))
	}
	dense := variants > mostOverview
	for pi := range d.in.Summary.Pairs {
		p := &d.in.Summary.Pairs[pi]
		if !measured(p) {
			continue
		}
		q := d.speedUp(p)
		title := d.pair(p.ID).Title
		for _, t := range tracks(p) {
			heading := title + " · " + d.runtime(t.Row)
			var line row
			if d.sweep(p) != "" {
				swept = true
				line = d.sweptRow(p, q, heading, t)
			} else {
				v := q.get(p, t.group, t.Row)
				line = d.row(q, heading, t.Variant, t.Row, v)
			}
			switch {
			case !dense:
				art.rows = append(art.rows, line)
			case drawn < mostOverview && (len(art.rows) == 0 || art.rows[len(art.rows)-1].label != d.runtime(t.Row) || art.rows[len(art.rows)-1].heading != title):
				art.rows = append(art.rows, d.denseRow(p, q, title, t))
				drawn++
			}
			value := cell{Text: line.value}
			if line.note != "" {
				value = cell{Text: line.note, Note: true}
			}
			interval := cell{Text: line.extra}
			if d.sweep(p) == "" && line.note == "" && !t.IsBaseline() {
				interval = cell{Text: intervalText(times, t.SpeedUp)}
			}
			f.table.add(heading, t.Variant, value, interval, cell{Text: rounds(len(t.Rounds))})
			for gi, r := range t.rows {
				if r != nil && r.SpeedUp.N > 0 {
					est := r.SpeedUp
					if r.Doubt != "" {
						est = model.Estimate{}
					}
					f.table.record(p.ID, p.Groups[gi].Label, r, "speedup", times, est, reason(r.Doubt))
				}
			}
		}
		f.Points = append(f.Points, title+". "+d.speedUpFinding(p))
	}
	seen := slices.ContainsFunc(art.rows, func(r row) bool { return len(r.marks) > 0 })
	if len(art.rows) == 0 || dense && !seen {
		return nil // empty axes say nothing
	}
	f.art = art
	f.Finding = strings.Join(f.Points, " ")
	if dense {
		f.Finding, f.Points = d.count(), nil
	}
	f.Note = "Mark: median of the rounds’ ratios; whisker: its 95 % interval; small dots: single rounds. To the right is faster. Each step of the axis multiplies."
	if swept {
		f.Note += " Where a parameter was swept, each mark is one of its values."
	}
	if dense {
		f.Note = "One line a runtime, a mark for each of its variants: the median of the rounds’ ratios, where it may be read. To the right is faster. Each step of the axis multiplies. Each pair’s own figures name the variants and have the intervals."
	}
	return []*figure{f}
}

// mostOverview is how many variants have a line each in the overview.
const mostOverview = 40

// denseRow shows all variants of one runtime as marks on one line.
func (d *desk) denseRow(p *summary.Pair, q quantity, heading string, of *track) row {
	line := row{heading: heading, label: d.runtime(of.Row)}
	var lo, hi model.Estimate
	variants, open := 0, 0
	for _, t := range tracks(p) {
		if d.runtime(t.Row) != line.label || t.Baseline == "" || t.IsBaseline() {
			continue
		}
		variants++
		e := t.bestSpeedUp()
		if e.N == 0 || !e.Interval {
			open++
			continue
		}
		mark := mark{look: d.look(t.Row), est: e}
		mark.est.Interval = false
		line.marks = append(line.marks, mark)
		if lo.N == 0 || e.Value < lo.Value {
			lo = e
		}
		if hi.N == 0 || e.Value > hi.Value {
			hi = e
		}
	}
	line.marks = thin(line.marks, mostDots)
	switch {
	case variants == 0:
		line.note = "nothing to compare"
	case len(line.marks) == 0:
		line.note = inconclusive
	case lo.Value == hi.Value:
		line.value = times.value(lo)
	default:
		line.value = times.value(lo) + " to " + times.value(hi)
	}
	if open > 0 && open < variants {
		line.extra = fmt.Sprintf("%d open", open)
	}
	line.tip = heading + ", " + line.label + ": " + line.value + line.note
	return line
}

// count says of how many variants something can be said.
func (d *desk) count() string {
	var all, faster, slower, same, open int
	for i := range d.in.Summary.Pairs {
		p := &d.in.Summary.Pairs[i]
		for _, t := range tracks(p) {
			if t.Baseline == "" || t.IsBaseline() || t.Wall.N == 0 {
				continue
			}
			all++
			switch e := t.bestSpeedUp(); {
			case !e.Interval:
				open++
			case e.Lo > 1:
				faster++
			case e.Hi < 1:
				slower++
			default:
				same++
			}
		}
	}
	return fmt.Sprintf("Of %s beside a baseline, %d are faster, %d slower, %d show no difference and %d are inconclusive.", plural(all, "variant"), faster, slower, same, open)
}

// sweptRow shows a variant's speed-ups over a sweep as marks on one line.
func (d *desk) sweptRow(p *summary.Pair, q quantity, heading string, t *track) row {
	line := row{heading: heading, label: t.Variant}
	var lo, hi model.Estimate
	for gi, r := range t.rows {
		if r == nil || r.Wall.N == 0 {
			continue
		}
		v := q.get(p, &p.Groups[gi], r)
		if v.hollow {
			line.value = v.value
		}
		if v.note != "" || v.est.N == 0 {
			continue
		}
		e := v.est
		e.Interval = false
		line.marks = append(line.marks, mark{look: d.look(r), est: e, hollow: v.hollow})
		if lo.N == 0 || v.est.Value < lo.Value {
			lo = v.est
		}
		if hi.N == 0 || v.est.Value > hi.Value {
			hi = v.est
		}
	}
	line.marks = thin(line.marks, mostDots)
	switch {
	case len(line.marks) == 0 && t.Wall.N == 0:
		line.note = absent(t.Row)
	case len(line.marks) == 0:
		line.note = inconclusive
	case line.value != "":
	case lo.Value == hi.Value:
		line.value = times.value(lo)
	default:
		line.value = times.value(lo) + " to " + times.value(hi)
	}
	line.tip = t.Variant + ": " + line.value + line.note
	return line
}
