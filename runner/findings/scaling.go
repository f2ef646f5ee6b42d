package findings

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/format"
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
func (p *Pair) published() *publishedCurve {
	pair := p.Entry
	for _, pr := range pair.Printed {
		pub, ok := p.run.Published[pr.File]
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

// A scaled series is a variant over the numbers of workers it ran with.
type scaledSeries struct {
	*series
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
func (p *Pair) scaling() []scaledSeries {
	if !slices.Contains(p.Swept, workersParam) {
		return nil
	}
	var out []scaledSeries
	for _, t := range p.series {
		if !p.reads(t.Row, workersParam) || len(t.rows) == 1 {
			continue
		}
		s := scaledSeries{series: t}
		rest := func(r row) string {
			return p.point(r, func(param string) bool { return param != workersParam })
		}
		var one *summary.Row
		first := ""
		for _, r := range t.rows {
			if n, ok := number(r.group.Params[workersParam]); ok && n == 1 && r.Wall.N > 0 {
				one, first = r.Row, rest(r)
				break
			}
		}
		if one == nil {
			s.why = "did not run with one worker"
			out = append(out, s)
			continue
		}
		for _, r := range t.rows {
			n, ok := number(r.group.Params[workersParam])
			if !ok || n < 1 || r.Wall.N == 0 || rest(r) != first {
				continue
			}
			if n == 1 {
				s.points = append(s.points, scaledPoint{1, model.Estimate{Value: 1, N: r.Wall.N}, ""})
				continue
			}
			c := summary.Compare(one, "wall", r.Row, "wall")
			if c.Estimate.N == 0 {
				continue
			}
			s.points = append(s.points, scaledPoint{n, c.Estimate, c.Doubt})
			if c.Doubt != "" { // what may not be read is not fitted either
				continue
			}
			use := ratios(one, r.Row)
			clean := slices.DeleteFunc(slices.Clone(use), func(o figure.Dot) bool { return o.Disturbed })
			if len(clean) >= model.MinRounds {
				use = clean
			}
			for _, d := range use {
				s.rounds, s.speedup = append(s.rounds, n), append(s.speedup, d.Value)
			}
		}
		slices.SortStableFunc(s.points, func(a, b scaledPoint) int { return int(math.Copysign(1, a.workers-b.workers)) })
		out = append(out, s)
	}
	return out
}

// more is the command that runs the pair over several numbers of workers.
func (p *Pair) more() string {
	for _, try := range p.Entry.Try {
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
func (p *Pair) curveFigure() *figure.Figure {
	curve, all := p.published(), p.scaling()
	if curve == nil && len(all) == 0 || curve != nil && curve.from.XLabel != workersParam {
		return nil
	}
	f := &figure.Figure{ID: p.ID + "-scaling", Title: "Speed-up over one worker"}
	f.Table = figure.Table{Caption: f.Title, Head: []string{"variant", workersParam, "speed-up over one worker", "95 % interval", "efficiency"}}
	var xs []float64
	var theirX, theirY []float64
	var from model.Source
	if curve != nil {
		from = p.run.cite(&curve.from)
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
	art := &figure.Curves{Axis: figure.Axis{Unit: format.Times, Include: []float64{1}, Refs: []figure.Ref{{At: 1, Label: ""}}, Title: "speed-up over one worker"}, Param: workersParam, Xs: xs}
	for _, x := range xs {
		art.Labels = append(art.Labels, format.Whole(x))
	}
	efficiency := func(e model.Estimate, workers float64) figure.Cell {
		return figure.Cell{Text: format.Percent.Value(format.Scaled(e, 1/workers))}
	}
	theirs := func(panel string) *figure.Curve {
		if len(theirX) == 0 {
			return nil
		}
		s := &figure.Curve{Panel: panel, Label: from.Short(), Style: figure.Style{Colour: figure.Source, Shape: figure.Square}}
		for i, x := range theirX {
			s.Points = append(s.Points, figure.Point{At: slices.Index(xs, x), Est: model.Estimate{Value: theirY[i], N: 1}})
		}
		return s
	}
	var sentences []string
	if curve != nil {
		name := from.String()
		for i, x := range theirX {
			e := model.Estimate{Value: theirY[i], N: 1}
			f.Table.Add(name, curve.value.Label, figure.Cell{Text: format.Whole(x)}, figure.Cell{Text: format.Times.Exact(e.Value)}, figure.Cell{Text: "not stated", Note: true}, efficiency(e, x))
		}
		if n := len(theirX); n > 0 {
			at := 0
			for i := range theirY {
				if theirY[i] > theirY[at] {
					at = i
				}
			}
			sentences = append(sentences, fmt.Sprintf("%s: at best %s with %s", from.Short(), format.Times.Exact(theirY[at]), format.Plural(int(theirX[at]), "worker")))
		}
	}
	panel, drawn, ours := "", 0, perRuntime{}
	for _, s := range all {
		name := s.on
		var line figure.Curve
		best := -1
		for i, q := range s.points {
			est := q.est
			switch {
			case q.workers == 1:
				f.Table.Add(name, s.Variant, figure.Cell{Text: "1"}, figure.Cell{Text: "1×"}, figure.Cell{Text: "by definition", Note: true}, figure.Cell{Text: "100 %"})
			default:
				f.Table.Add(name, s.Variant, figure.Cell{Text: format.Whole(q.workers)}, figure.Cell{Text: format.Times.Value(est), Sub: q.doubt}, figure.Cell{Text: intervalText(format.Times, est)}, efficiency(est, q.workers))
			}
			f.Table.Record(p.ID, fmt.Sprintf("%s=%s", workersParam, format.Whole(q.workers)), s.Row, "speedup-over-one-worker", format.Times, est, q.doubt)
			line.Points = append(line.Points, figure.Point{At: slices.Index(xs, q.workers), Est: q.est})
			if q.workers > 1 && (best < 0 || q.est.Value > s.points[best].est.Value) {
				best = i
			}
		}
		if best >= 0 {
			ours.add(name, fmt.Sprintf("%s %s with %s", s.Variant, format.Times.Full(s.points[best].est), format.Whole(s.points[best].workers)))
		}
		if name != panel {
			panel, drawn = name, 0
			if t := theirs(name); t != nil {
				art.Lines = append(art.Lines, *t)
			}
		}
		if drawn++; drawn > mostSeries {
			art.Left++
			continue
		}
		line.Panel, line.Label, line.Style, line.Points = name, s.Variant, s.style, figure.Thin(line.Points, mostPoints)
		art.Lines = append(art.Lines, line)
	}
	if len(art.Lines) == 0 {
		if t := theirs(from.Short()); t != nil {
			t.Label = curve.from.Figure
			art.Lines = append(art.Lines, *t)
		}
	}
	if len(art.Lines) == 0 {
		return nil
	}
	// Near and far are both to be seen.
	const wide = 16
	art.Axis.Log = slices.ContainsFunc(art.Lines, func(s figure.Curve) bool {
		return slices.ContainsFunc(s.Points, func(q figure.Point) bool { return q.Est.Value > wide })
	})
	f.Art = art
	for _, name := range ours.heads {
		sentences = append(sentences, name+", at best: "+strings.Join(ours.parts[name], ", "))
	}
	for _, s := range sentences {
		f.Points = append(f.Points, s+".")
	}
	f.Note = "Each variant against itself with one worker, paired by round. Mark: median; whisker: its 95 % interval."
	switch {
	case len(all) == 0:
		f.Points = append(f.Points, "This run has no sweep over "+workersParam+", so it has no curve of its own: "+p.more()+" measures one.")
	}
	if art.Left > 0 {
		f.Note += fmt.Sprintf(" %s more are not drawn.", format.Plural(art.Left, "line"))
	}
	if art.Axis.Log {
		f.Note += " Each step of the vertical axis multiplies."
	}
	f.Finding = strings.Join(f.Points, " ")
	return f
}

// noCurve says why the variant has no curve.
func (s *scaledSeries) noCurve() string {
	for _, q := range s.points {
		if q.doubt != "" {
			return q.doubt
		}
	}
	return "there are too few points"
}

// fits puts the laws of scaling in a table, nil where nothing scales.
func (p *Pair) fits() *figure.Table {
	curve, all := p.published(), p.scaling()
	if curve == nil && len(all) == 0 {
		return nil
	}
	t := &figure.Table{Caption: "Laws of scaling fitted to it", Head: []string{"variant", "points", "serial share (Amdahl)", "serial share (USL)", "crosstalk (USL)", "fastest with", "typical distance"}}
	row := func(group, name string, workers, ups []float64) {
		amdahl, err := stats.Amdahl(workers, ups)
		if err != nil {
			t.Add(group, name, figure.Cell{Text: format.Whole(float64(len(ups)))}, figure.Cell{Text: "not fitted", Sub: cause(err), Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{}, figure.Cell{})
			return
		}
		share := func(e model.Estimate) figure.Cell {
			return figure.Cell{Text: format.Percent.Value(e), Sub: format.Percent.Interval(e, "–")}
		}
		cells := []figure.Cell{{Text: format.Whole(float64(len(ups)))}, share(amdahl.Serial)}
		usl, err := stats.USL(workers, ups)
		if err != nil {
			cells = append(cells, figure.Cell{Text: "not fitted", Sub: cause(err), Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{Text: format.Percent.Exact(amdahl.Residual)})
		} else {
			peak := "no end"
			if n := usl.Peak(); !math.IsInf(n, 0) {
				peak = format.Whole(math.Round(n)) + " workers"
			}
			cells = append(cells, share(usl.Serial), share(usl.Crosstalk), figure.Cell{Text: peak}, figure.Cell{Text: format.Percent.Exact(usl.Residual)})
		}
		t.Add(group, name, cells...)
	}
	if curve != nil {
		if workers, ups := curve.speedUps(); len(workers) > 0 {
			row(p.run.cite(&curve.from).String(), curve.value.Label, workers, ups)
		}
	}
	for _, s := range all {
		if s.why != "" {
			t.Add(s.on, s.Variant, figure.Cell{}, figure.Cell{Text: "not fitted", Sub: s.why, Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{}, figure.Cell{})
			continue
		}
		if len(s.rounds) == 0 && len(s.points) > 1 {
			t.Add(s.on, s.Variant, figure.Cell{}, figure.Cell{Text: "not fitted", Sub: s.noCurve(), Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{}, figure.Cell{})
			continue
		}
		row(s.on, s.Variant, s.rounds, s.speedup)
	}
	t.Notes = []string{"Least squares over the rounds; the range is a 95 % interval. Serial share: work that one worker at a time can do. Crosstalk: what each pair of workers costs."}
	if n := p.run.Manifest.Machine.Cores; n > 0 && len(all) > 0 {
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
