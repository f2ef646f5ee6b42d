package findings

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/figure"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A Fact is a name and what is known under it.
type Fact struct {
	Name  string
	Value []string
}

// A problem is a row of which not every trial is ok.
type problem struct {
	Runtime, Variant, Params string
	Status                   string
	Why                      []string
}

// Tables are those that stand beside the figures.
func (p *Pair) Tables() []*figure.Table {
	all := []*figure.Table{p.numbers(), p.metrics(), p.rounds()}
	if p.measured() {
		all = append([]*figure.Table{p.limits(), p.fits()}, all...)
	}
	return slices.DeleteFunc(all, func(t *figure.Table) bool { return t == nil })
}

// numbers is the table of all variants.
func (p *Pair) numbers() *figure.Table {
	t := &figure.Table{Caption: "All variants in numbers", Head: []string{"variant", "time", "speed-up", "cores", "memory", "threads"},
		Notes: []string{"Medians; the range beside each is its 95 % interval. Speed-up is over the same runtime’s own baseline."}}
	for _, tr := range p.series {
		head := tr.Variant
		if label := p.params(tr.row); label != "" && len(tr.rows) > 1 {
			head += " (" + label + ")"
		}
		r := tr.row
		if r.Wall.N == 0 {
			t.Add(r.on, head, figure.Cell{Text: absent(r.Row), Note: true}, figure.Cell{}, figure.Cell{}, figure.Cell{}, figure.Cell{})
			continue
		}
		speed := figure.ValueCell(format.Times, r.SpeedUp)
		if r.IsBaseline() {
			speed = figure.Cell{Text: "baseline", Note: true}
		}
		speed.Sub += unsure(r.Row)
		if r.SpeedUp.Apart(r.WholeSpeedUp) {
			speed.Sub += " " + format.Times.Value(r.WholeSpeedUp) + " with start-up"
		}
		t.Add(r.on, head, figure.ValueCell(format.Seconds, r.Wall), speed, figure.ValueCell(format.Cores, r.Parallelism), figure.ValueCell(format.Bytes, r.PeakRSS),
			figure.Cell{Text: format.Count.Value(r.PeakThreads), Note: r.PeakThreads.N == 0})
	}
	return t.Short()
}

// rounds is the table of each round's time, those that were disturbed in brackets.
func (p *Pair) rounds() *figure.Table {
	t := &figure.Table{Caption: "Each round", Head: []string{"variant", "disturbed", "time of the work, round by round"},
		Notes: []string{"In brackets: disturbed rounds."}}
	for _, tr := range p.series {
		for _, r := range tr.rows {
			if len(r.Rounds) == 0 {
				continue
			}
			disturbed := 0
			var all []string
			for _, o := range figure.Thin(r.Rounds, figure.MostDots) {
				text := format.Seconds.Exact(o.Wall)
				if o.Disturbed {
					text = "(" + text + ")"
					disturbed++
				}
				all = append(all, text)
			}
			head := r.Variant
			if label := p.params(r); label != "" {
				head += " (" + label + ")"
			}
			t.Add(r.on, head, figure.Cell{Text: fmt.Sprintf("%d of %d", disturbed, len(r.Rounds))}, figure.Cell{Text: strings.Join(all, ", "), Note: true})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t.Short()
}

// Source is where the pair comes from.
func (p *Pair) Source() string { return p.Entry.Source.String() }

// Why are the paragraphs that explain the pair.
func (p *Pair) Why() []string {
	return slices.DeleteFunc(strings.Split(strings.TrimSpace(p.Entry.Why), "\n\n"), func(s string) bool { return s == "" })
}

// Asked lists the pair's parameters as they were.
func (p *Pair) Asked() []Fact {
	var out []Fact
	if len(p.Groups) == 0 {
		return nil
	}
	var names []string
	for _, q := range p.Entry.Params {
		names = append(names, q.Name)
	}
	values := map[string][]string{}
	for _, g := range p.Groups {
		for _, name := range slices.Sorted(maps.Keys(g.Params)) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			text := p.value(name, g.Params[name])
			if !slices.Contains(values[name], text) {
				values[name] = append(values[name], text)
			}
		}
	}
	for _, name := range names {
		if len(values[name]) > 0 {
			out = append(out, Fact{name, []string{strings.Join(values[name], ", ")}})
		}
	}
	return out
}

// mostProblems bounds the list of what did not finish; the journal has all.
const mostProblems = 200

// Problems lists the rows of which not every trial is ok.
func (p *Pair) Problems() []problem {
	var out []problem
	for _, t := range p.series {
		for _, r := range t.rows {
			all := 0
			for _, n := range r.Status {
				all += n
			}
			var parts []string
			for _, s := range slices.Sorted(maps.Keys(r.Status)) {
				if s != model.OK && r.Status[s] > 0 {
					parts = append(parts, fmt.Sprintf("%d of %d %s", r.Status[s], all, word(s)))
				}
			}
			if len(parts) > 0 {
				q := problem{r.on, r.Variant, p.params(r), strings.Join(parts, ", "), r.Why}
				same := slices.IndexFunc(out, func(o problem) bool {
					return o.Variant == q.Variant && o.Params == q.Params && o.Status == q.Status && slices.Equal(o.Why, q.Why)
				})
				switch {
				case same >= 0:
					out[same].Runtime += "; " + q.Runtime
				case len(out) < mostProblems:
					out = append(out, q)
				}
			}
		}
	}
	return out
}

// metrics is the table of the variants' own numbers, nil where they have none.
// A duration also stands as a share of the work; what is 0 or 1 in every round
// is said in words.
func (p *Pair) metrics() *figure.Table {
	names := map[string]bool{}
	for _, t := range p.series {
		for name := range t.Metrics {
			names[name] = true
		}
	}
	if len(names) == 0 {
		return nil
	}
	out := &figure.Table{Caption: "What the variants measure and count themselves", Head: []string{"variant", "median", "95 % interval", "rounds"}}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		label, u, factor := format.Metric(name)
		about := format.Capital(label)
		if unit := u.String(); unit != "" && u != format.Seconds {
			about += ", " + unit
		}
		truth := p.boolean(name)
		for _, t := range p.series {
			e, ok := t.Metrics[name]
			if !ok {
				continue
			}
			e = format.Scaled(e, factor)
			value := figure.Cell{Text: u.Value(e)}
			interval := figure.Cell{Text: intervalText(u, e)}
			switch {
			case truth:
				value, interval = figure.Cell{Text: yesNo(t.Row, name), Note: true}, figure.Cell{}
			case u == format.Seconds && t.Wall.Value > 0:
				value.Sub = format.Percent.Value(format.Scaled(e, 1/t.Wall.Value)) + " of the work"
			}
			out.Add(about, p.run.name(t.Row), value, interval, figure.Cell{Text: rounds(e.N)})
			out.Record(p.ID, t.group.Label, t.Row, "metric-"+format.Slug(name), u, e, "")
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
func (p *Pair) boolean(name string) bool {
	if _, u, _ := format.Metric(name); u != format.Plain {
		return false
	}
	n := 0
	for _, t := range p.series {
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
