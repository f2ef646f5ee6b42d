package findings

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tandem/runner/answer"
	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// Figures lists a pair's figures in the order in which they are read.
func (p *Pair) Figures() []*figure.Figure {
	// Where nothing finished, the reasons say more than empty axes.
	if !p.measured() {
		return nil
	}
	var out []*figure.Figure
	if f := p.sourceFigure(); f != nil {
		out = append(out, f)
	}
	if f := p.timelineFigure(); f != nil {
		out = append(out, f)
	}
	out = append(out, p.ofRuntimes()...)
	if f := p.curveFigure(); f != nil {
		out = append(out, f)
	}
	for _, q := range []quantity{p.speedUp(), p.time(), p.parallelism(), p.memory()} {
		out = append(out, p.figure(q))
	}
	if f := p.coresFigure(); f != nil {
		out = append(out, f)
	}
	if p.Entry.Folder == "" || slices.ContainsFunc(p.series, func(t *series) bool { return t.Row.Startup.N > 0 }) {
		out = append(out, p.startup()) // a command's is part of its time
	}
	return out
}

// Files are the figures, and the variants' own numbers, which are data alone.
func (p *Pair) Files() []*figure.Figure {
	out := p.Figures()
	if t := p.metrics(); t != nil {
		out = append(out, &figure.Figure{ID: p.ID + "-metrics", Table: *t})
	}
	return out
}

// measured says whether any row of a pair has numbers.
func (p *Pair) measured() bool {
	return slices.ContainsFunc(p.Groups, func(g summary.Group) bool {
		return slices.ContainsFunc(g.Rows, func(r summary.Row) bool { return r.Wall.N > 0 })
	})
}

func (p *Pair) time() quantity {
	return quantity{
		id: "time", title: "Time the work took",
		axis: figure.Axis{Unit: format.Seconds, Log: true},
		note: "Large mark: median; whisker: its 95 % interval; small dots: single rounds, hollow where something else disturbed the machine. Each step of the axis multiplies.",
		get: func(r row) reading {
			return reading{est: r.Wall, dots: walls(r.Row)}
		},
		finding: p.took(),
	}
}

func (p *Pair) speedUp() quantity {
	base := cmp.Or(p.Entry.Baseline, "baseline")
	about := "Each round’s time is set against the same round’s " + base + " time on the same runtime: 1× is no gain, 2× is half the time."
	if own := p.ownBaselines(); len(own) > 0 {
		about += " Variants that do other work have a baseline of their own: " + format.List(own) + "."
	}
	return quantity{
		id: "speedup", title: "Speed-up over " + base,
		axis:  figure.Axis{Unit: format.Times, Log: true, Include: []float64{1}, Refs: []figure.Ref{{At: 1, Label: ""}}},
		about: about,
		note:  "Small dots are the rounds.",
		get: func(r row) reading {
			if r.IsBaseline() {
				one := r.Wall
				one.Value, one.Interval = 1, false
				return reading{est: one, hollow: true, value: "baseline"}
			}
			v := reading{est: r.SpeedUp, dots: ratios(p.baseline(r), r.Row), grade: r.Grade, why: reason(r.Doubt)}
			if r.SpeedUp.N == 0 {
				v.note, v.why = "no baseline", "there is no "+r.Baseline+" in this run to compare with"
			}
			return v
		},
		graded:  true,
		finding: p.about("wall"),
	}
}

// ownBaselines names the variants that are baselines beside the pair's.
func (p *Pair) ownBaselines() (names []string) {
	for _, t := range p.series {
		if t.IsBaseline() && t.Variant != p.Entry.Baseline && !slices.Contains(names, t.Variant) {
			names = append(names, t.Variant)
		}
	}
	return names
}

// reason drops the verdict that the summary's sentence begins with.
func reason(doubt string) string { return strings.TrimPrefix(doubt, "inconclusive: ") }

func (p *Pair) parallelism() quantity {
	n := float64(p.run.Manifest.Machine.Cores)
	a := figure.Axis{Unit: format.Cores, Include: []float64{1}}
	busiest := 0.0
	for _, t := range p.series {
		busiest = max(busiest, t.Parallelism.Value)
	}
	// On a large machine a line far to the right would hide the rest.
	if n > 0 && n <= 6*max(1, busiest) {
		a.Refs = []figure.Ref{{At: n, Label: format.Plural(int(n), "core")}}
	}
	finding := p.about("parallelism")
	if n > 0 {
		finding += fmt.Sprintf(" The machine has %s.", format.Plural(int(n), "core"))
	}
	return quantity{
		id: "parallelism", title: "Effective parallelism", bars: true, axis: a,
		about: "CPU time over wall time: how many cores the variant kept busy on average. Much less than one means waiting.",
		get: func(r row) reading {
			return reading{est: r.Parallelism}
		},
		finding: finding,
	}
}

func (p *Pair) memory() quantity {
	return quantity{
		id: "memory", title: "Memory and threads", bars: true,
		axis:  figure.Axis{Unit: format.Bytes},
		about: "Memory of the whole process tree at its peak; the method says how it was counted.",
		get: func(r row) reading {
			v := reading{est: r.PeakRSS}
			if r.PeakThreads.N > 0 {
				v.more = format.Plural(int(r.PeakThreads.Value), "thread")
			}
			return v
		},
		finding: p.about("peak_rss"),
	}
}

// A runtimeSeries is a runtime with its variants.
type runtimeSeries struct {
	name   string
	series []*series
}

// runtimes lists a pair's runtimes in their order.
func (p *Pair) runtimes() []runtimeSeries {
	var out []runtimeSeries
	at := map[string]int{}
	for _, t := range p.series {
		name := t.on
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name] = i
			out = append(out, runtimeSeries{name: name})
		}
		out[i].series = append(out[i].series, t)
	}
	return out
}

// about says what the variants that the pair asks about come to in a quantity.
func (p *Pair) about(measure string) string {
	all := answer.About(p.run.Manifest, p.Pair, p.Entry, measure)
	if len(all) == 0 {
		return "There is nothing to compare."
	}
	return answer.Join(all) + "."
}

// took says how long the variants that the pair asks about took.
func (p *Pair) took() string {
	var sentences perRuntime
	for _, f := range answer.About(p.run.Manifest, p.Pair, p.Entry, "wall") {
		sentences.add(p.run.Manifest.RuntimeName(f.Of.Runtime), fmt.Sprintf("%s %s against %s", f.Of.Variant, format.Seconds.Full(f.Of.Wall), format.Seconds.Value(f.Against.Wall)))
	}
	var parts []string
	for _, name := range sentences.heads {
		parts = append(parts, name+": "+strings.Join(sentences.parts[name], ", ")+".")
	}
	if len(parts) == 0 {
		return "There is nothing to compare."
	}
	return strings.Join(parts, " ")
}

// unsure is what follows a number that is not shown.
func unsure(r *summary.Row) string {
	if r.Grade == model.Shown || r.IsBaseline() || r.SpeedUp.N == 0 {
		return ""
	}
	return " " + r.Grade.String()
}

// name is a variant and its runtime, in a sentence.
func (r *Run) name(of *summary.Row) string { return of.Variant + " in " + r.short(of) }
