package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/stats"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// workersParam is the parameter over which scaling is read.
const workersParam = "workers"

// A published curve is one that a source printed over a parameter of the pair.
type publishedCurve struct {
	from    store.Published
	value   store.Value
	printed catalog.Printed
}

// published finds the source's curve over a parameter of the pair, nil where it
// printed none.
func (d *builder) published(p *summary.Pair) *publishedCurve {
	pair := d.pair(p.ID)
	for _, pr := range pair.Printed {
		pub, ok := d.in.Published[pr.File]
		if !ok || pair.Param(pub.XLabel) == nil {
			continue
		}
		if v, ok := pub.Find(pr.Key); ok && len(v.X) > 1 {
			return &publishedCurve{pub, v, pr}
		}
	}
	return nil
}

// speedUps are the source's own: its time with one over its time with each.
func (c *publishedCurve) speedUps() (workers, ups []float64) {
	one := slices.Index(c.value.X, 1)
	if one < 0 || c.value.Y[one] <= 0 {
		return nil, nil
	}
	for i, x := range c.value.X {
		if y := c.value.Y[i]; y > 0 {
			workers, ups = append(workers, x), append(ups, c.value.Y[one]/y)
		}
	}
	return workers, ups
}

// A scaled track is a variant over the numbers of workers it ran with.
type scaledTrack struct {
	*track
	points  []scaledPoint // by rising workers
	why     string        // why there is no point
	rounds  []float64     // workers and speed-up of each round that may be used
	speedup []float64
}

// A scaledPoint is the speed-up over one worker.
type scaledPoint struct {
	workers float64
	est     model.Estimate
	doubt   string
}

// scaling sets every variant that reads workers against itself with one.
// Where other parameters are swept too, the first of their points is taken.
func (d *builder) scaling(p *summary.Pair) []scaledTrack {
	if !slices.Contains(p.Swept, workersParam) {
		return nil
	}
	var out []scaledTrack
	for _, t := range tracks(p) {
		if !d.reads(p, t.Row, workersParam) || !t.swept() {
			continue
		}
		s := scaledTrack{track: t}
		rest := func(g *summary.Group) string {
			return d.point(p, g, func(param string) bool { return param != workersParam })
		}
		var one *summary.Row
		first := ""
		for gi, r := range t.rows {
			if n, ok := number(p.Groups[gi].Params[workersParam]); ok && n == 1 && r != nil && r.Wall.N > 0 {
				one, first = r, rest(&p.Groups[gi])
				break
			}
		}
		if one == nil {
			s.why = "did not run with one worker"
			out = append(out, s)
			continue
		}
		for gi, r := range t.rows {
			n, ok := number(p.Groups[gi].Params[workersParam])
			if r == nil || !ok || n < 1 || r.Wall.N == 0 || rest(&p.Groups[gi]) != first {
				continue
			}
			if n == 1 {
				s.points = append(s.points, scaledPoint{1, model.Estimate{Value: 1, N: r.Wall.N}, ""})
				continue
			}
			c := summary.Compare(one, "wall", r, "wall")
			if c.Estimate.N == 0 {
				continue
			}
			s.points = append(s.points, scaledPoint{n, c.Estimate, c.Doubt})
			if c.Doubt != "" { // what may not be read is not fitted either
				continue
			}
			use := ratios(one, r)
			clean := slices.DeleteFunc(slices.Clone(use), func(d dot) bool { return d.spoiled })
			if len(clean) >= model.MinRounds {
				use = clean
			}
			for _, d := range use {
				s.rounds, s.speedup = append(s.rounds, n), append(s.speedup, d.value)
			}
		}
		slices.SortStableFunc(s.points, func(a, b scaledPoint) int { return int(math.Copysign(1, a.workers-b.workers)) })
		out = append(out, s)
	}
	return out
}

// more is the command that runs the pair over several numbers of workers.
func (d *builder) more(p *summary.Pair) string {
	for _, try := range d.pair(p.ID).Try {
		if _, values, ok := strings.Cut(try, workersParam+"="); ok {
			if first, _, _ := strings.Cut(values, " "); strings.Contains(first, ",") {
				return try
			}
		}
	}
	return "tandem run " + p.ID + " --param " + workersParam + "=1,2,4,8"
}

// curveFigure draws the speed-up over one worker, the source's beside ours, nil
// where neither the source nor this run has a curve.
func (d *builder) curveFigure(p *summary.Pair) *figure {
	curve, all := d.published(p), d.scaling(p)
	if curve == nil && len(all) == 0 || curve != nil && curve.from.XLabel != workersParam {
		return nil
	}
	f := &figure{ID: p.ID + "-scaling", Title: "Speed-up over one worker", Wide: true}
	f.table = table{Caption: f.Title, Head: []string{"variant", workersParam, "speed-up over one worker", "95 % interval", "efficiency"}}
	var xs []float64
	var theirX, theirY []float64
	var from model.Source
	if curve != nil {
		from = d.cite(&curve.from)
		f.Title = "Speed-up over one worker, the source’s and ours"
		theirX, theirY = curve.speedUps()
		xs = append(xs, theirX...)
	}
	for _, s := range all {
		for _, q := range s.points {
			xs = append(xs, q.workers)
		}
	}
	slices.Sort(xs)
	xs = slices.Compact(xs)
	if len(xs) == 0 {
		return nil
	}
	art := &curves{axis: axis{unit: times, include: []float64{1}, refs: []ref{{1, ""}}, title: "speed-up over one worker"}, xName: workersParam, xs: xs}
	for _, x := range xs {
		art.labels = append(art.labels, whole(x))
	}
	efficiency := func(e model.Estimate, workers float64) cell {
		return cell{Text: percent.value(scaled(e, 1/workers))}
	}
	theirs := func(panel string) *series {
		if len(theirX) == 0 {
			return nil
		}
		s := &series{panel: panel, label: from.Short(), style: style{colour: source, shape: square}}
		for i, x := range theirX {
			s.points = append(s.points, point{slices.Index(xs, x), model.Estimate{Value: theirY[i], N: 1}})
		}
		return s
	}
	var said []string
	if curve != nil {
		name := from.String()
		for i, x := range theirX {
			e := model.Estimate{Value: theirY[i], N: 1}
			f.table.add(name, curve.value.Label, cell{Text: whole(x)}, cell{Text: times.exact(e.Value)}, cell{Text: "not stated", Note: true}, efficiency(e, x))
		}
		if n := len(theirX); n > 0 {
			at := 0
			for i := range theirY {
				if theirY[i] > theirY[at] {
					at = i
				}
			}
			said = append(said, fmt.Sprintf("%s: at best %s with %s", from.Short(), times.exact(theirY[at]), plural(int(theirX[at]), "worker")))
		}
	}
	panel, drawn, ours := "", 0, perRuntime{}
	for _, s := range all {
		name := d.runtime(s.Row)
		var line series
		best := -1
		for i, q := range s.points {
			est := q.est
			switch {
			case q.workers == 1:
				f.table.add(name, s.Variant, cell{Text: "1"}, cell{Text: "1×"}, cell{Text: "by definition", Note: true}, cell{Text: "100 %"})
			default:
				f.table.add(name, s.Variant, cell{Text: whole(q.workers)}, cell{Text: times.value(est), Sub: q.doubt}, cell{Text: intervalText(times, est)}, efficiency(est, q.workers))
			}
			f.table.record(p.ID, fmt.Sprintf("%s=%s", workersParam, whole(q.workers)), s.Row, "speedup-over-one-worker", times, est, q.doubt)
			line.points = append(line.points, point{slices.Index(xs, q.workers), q.est})
			if q.workers > 1 && (best < 0 || q.est.Value > s.points[best].est.Value) {
				best = i
			}
		}
		if best >= 0 {
			ours.add(name, fmt.Sprintf("%s %s with %s", s.Variant, times.full(s.points[best].est), whole(s.points[best].workers)))
		}
		if name != panel {
			panel = name
			if t := theirs(name); t != nil {
				art.series = append(art.series, *t)
			}
		}
		if drawn++; drawn > mostSeries {
			art.left++
			continue
		}
		line.panel, line.label, line.style, line.points = name, s.Variant, d.style(s.Row), thin(line.points, mostPoints)
		art.series = append(art.series, line)
	}
	if len(art.series) == 0 {
		if t := theirs(from.Short()); t != nil {
			t.label = curve.from.Figure
			art.series = append(art.series, *t)
		}
	}
	if len(art.series) == 0 {
		return nil
	}
	// Near and far are both to be seen.
	const wide = 16
	art.axis.log = slices.ContainsFunc(art.series, func(s series) bool {
		return slices.ContainsFunc(s.points, func(q point) bool { return q.est.Value > wide })
	})
	f.art = art
	for _, name := range ours.heads {
		said = append(said, name+", at best: "+strings.Join(ours.parts[name], ", "))
	}
	for _, s := range said {
		f.Points = append(f.Points, s+".")
	}
	f.Note = "Each variant against itself with one worker, paired by round. Mark: median; whisker: its 95 % interval."
	switch {
	case len(all) == 0:
		f.Points = append(f.Points, "This run has no sweep over "+workersParam+", so it has no curve of its own: "+d.more(p)+" measures one.")
	}
	if art.left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", plural(art.left, "line"))
	}
	if art.axis.log {
		f.Note += " Each step of the vertical axis multiplies."
	}
	f.Finding = strings.Join(f.Points, " ")
	return f
}

// noCurve says why no variant has a curve.
func (d *builder) noCurve(all []scaledTrack) string {
	for _, s := range all {
		if s.why != "" {
			return s.Variant + " " + s.why
		}
		for _, q := range s.points {
			if q.doubt != "" {
				return q.doubt
			}
		}
	}
	return "there are too few points"
}

// fits puts the laws of scaling in a table, nil where nothing scales.
func (d *builder) fits(p *summary.Pair) *table {
	curve, all := d.published(p), d.scaling(p)
	if curve == nil && len(all) == 0 {
		return nil
	}
	t := &table{Caption: "Laws of scaling fitted to it", Head: []string{"variant", "points", "serial share (Amdahl)", "serial share (USL)", "crosstalk (USL)", "fastest with", "typical distance"}}
	row := func(group, name string, workers, ups []float64) {
		amdahl, err := stats.Amdahl(workers, ups)
		if err != nil {
			t.add(group, name, cell{Text: whole(float64(len(ups)))}, cell{Text: "not fitted", Sub: cause(err), Note: true}, cell{}, cell{}, cell{}, cell{})
			return
		}
		share := func(e model.Estimate) cell {
			return cell{Text: percent.value(e), Sub: percent.interval(e, "–")}
		}
		cells := []cell{{Text: whole(float64(len(ups)))}, share(amdahl.Serial)}
		usl, err := stats.USL(workers, ups)
		if err != nil {
			cells = append(cells, cell{Text: "not fitted", Sub: cause(err), Note: true}, cell{}, cell{}, cell{Text: percent.exact(amdahl.Residual)})
		} else {
			peak := "no end"
			if n := usl.Peak(); !math.IsInf(n, 0) {
				peak = whole(math.Round(n)) + " workers"
			}
			cells = append(cells, share(usl.Serial), share(usl.Crosstalk), cell{Text: peak}, cell{Text: percent.exact(usl.Residual)})
		}
		t.add(group, name, cells...)
	}
	if curve != nil {
		if workers, ups := curve.speedUps(); len(workers) > 0 {
			row(d.cite(&curve.from).String(), curve.value.Label, workers, ups)
		}
	}
	for _, s := range all {
		if s.why != "" {
			t.add(d.runtime(s.Row), s.Variant, cell{}, cell{Text: "not fitted", Sub: s.why, Note: true}, cell{}, cell{}, cell{}, cell{})
			continue
		}
		if len(s.rounds) == 0 && len(s.points) > 1 {
			t.add(d.runtime(s.Row), s.Variant, cell{}, cell{Text: "not fitted", Sub: d.noCurve([]scaledTrack{s}), Note: true}, cell{}, cell{}, cell{}, cell{})
			continue
		}
		row(d.runtime(s.Row), s.Variant, s.rounds, s.speedup)
	}
	t.Notes = []string{"Least squares over the rounds; the range is a 95 % interval. Serial share: work that one worker at a time can do. Crosstalk: what each pair of workers costs."}
	if n := d.in.Manifest.Machine.Cores; n > 0 && len(all) > 0 {
		t.Notes = append(t.Notes, fmt.Sprintf("A law knows nothing of cores: beyond the %d of this machine it reads the cores that are missing as serial work.", n))
	}
	return t
}

// cause drops what was being done from an error, for a table.
func cause(err error) string {
	_, text, ok := strings.Cut(err.Error(), ": ")
	if !ok {
		return err.Error()
	}
	return text
}
