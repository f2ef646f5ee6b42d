package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// A builder holds what all figures of a report share.
type builder struct {
	in            Input
	variantStyles variantStyles
	names         map[string]string // of runtimes, by ID
	// traces are the events of trials, read once.
	traces map[*model.Trial][]model.Event
	sweeps map[string]string // by pair: the parameter
}

func newBuilder(in Input) *builder {
	d := &builder{in: in, variantStyles: newVariantStyles(in), names: map[string]string{}, traces: map[*model.Trial][]model.Event{}, sweeps: map[string]string{}}
	for _, r := range in.Manifest.Runtimes {
		d.names[r.ID] = runtimeName(r)
	}
	return d
}

// runtimeName is how people call a runtime: "CPython 3.13.0, no GIL".
func runtimeName(r model.Runtime) string {
	name := map[string]string{"gc": "Go", "cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalPy", "jython": "Jython", "rustpython": "RustPython"}[strings.ToLower(r.Implementation)]
	switch {
	case name == "" && r.Side == catalog.Go:
		name = "Go"
	case name == "" && r.Side == catalog.Python:
		name = "Python"
	case name == "":
		name = r.Side
	}
	version := strings.TrimPrefix(r.Version, "go")
	if r.Side == catalog.Python && r.Implementation == "cpython" && !r.GIL {
		version += ", no GIL"
	}
	if r.Release != "" {
		version = r.Release + ", Python " + version
	}
	name = strings.TrimSpace(name + " " + version)
	if r.Label != "" {
		name += " (" + r.Label + ")"
	}
	return name
}

// runtime names a row's runtime.
func (d *builder) runtime(r *summary.Row) string {
	if name := d.names[r.Runtime]; name != "" {
		return name
	}
	return r.Runtime
}

// cite is where a published figure stands. Its document is known where a pair or
// a claim comes from it too.
func (d *builder) cite(pub *store.Published) model.Source {
	s := model.Source{Document: pub.Document, Figure: pub.Figure}
	if s.Figure == "" {
		s.Section = pub.Section
	}
	for _, known := range catalog.Documents(d.in.Pairs) {
		if known.ID == s.Document {
			s.In = known
		}
	}
	return s
}

// pair finds a pair's description; one that is unknown has only its ID.
func (d *builder) pair(id string) *catalog.Pair {
	for _, p := range d.in.Pairs {
		if p.ID == id {
			return p
		}
	}
	return &catalog.Pair{ID: id, Title: id}
}

func (d *builder) style(r *summary.Row) style { return d.variantStyles.of(r.Side, r.Variant) }

// swept says that the variant ran at several points of the sweep.
func (t *track) swept() bool {
	n := 0
	for _, r := range t.rows {
		if r != nil {
			n++
		}
	}
	return n > 1
}

// A track is one variant on one runtime over all groups of a pair.
type track struct {
	rows         []*summary.Row // by group; nil where it did not run
	*summary.Row                // the last of them, which stands for it in figures of one group
	group        *summary.Group
}

// tracks lists a pair's variants in the order of their first rows, a side and
// runtime together.
func tracks(p *summary.Pair) []*track {
	byKey := map[[3]string]*track{}
	var all []*track
	for gi := range p.Groups {
		g := &p.Groups[gi]
		for ri := range g.Rows {
			r := &g.Rows[ri]
			key := [3]string{r.Side, r.Runtime, r.Variant}
			t := byKey[key]
			if t == nil {
				t = &track{rows: make([]*summary.Row, len(p.Groups))}
				byKey[key] = t
				all = append(all, t)
			}
			t.rows[gi], t.Row, t.group = r, r, g
		}
	}
	// A variant that is missing from the first group must not stand apart.
	var order []string
	for _, t := range all {
		if key := t.Side + "\x00" + t.Runtime; !slices.Contains(order, key) {
			order = append(order, key)
		}
	}
	slices.SortStableFunc(all, func(a, b *track) int {
		return slices.Index(order, a.Side+"\x00"+a.Runtime) - slices.Index(order, b.Side+"\x00"+b.Runtime)
	})
	return all
}

// baseline finds the row that r's speed-up is measured against.
func baseline(p *summary.Pair, g *summary.Group, r *summary.Row, variant string) *summary.Row {
	if r.Variant == variant {
		return nil
	}
	find := func(g *summary.Group) *summary.Row {
		for i := range g.Rows {
			if b := &g.Rows[i]; b.Variant == variant && b.Side == r.Side && b.Runtime == r.Runtime {
				return b
			}
		}
		return nil
	}
	if b := find(g); b != nil {
		return b
	}
	// A baseline that does not read the swept parameter ran in one group for all.
	var only *summary.Row
	for i := range p.Groups {
		if b := find(&p.Groups[i]); b != nil {
			if only != nil {
				return nil
			}
			only = b
		}
	}
	return only
}

// ratios are the speed-ups of single rounds.
func ratios(base, r *summary.Row) []dot {
	if base == nil {
		return nil
	}
	slow := map[int]summary.Round{}
	for _, b := range base.Rounds {
		slow[b.Number] = b
	}
	var dots []dot
	for _, f := range r.Rounds {
		if b, ok := slow[f.Number]; ok && f.Wall > 0 && b.Wall > 0 {
			dots = append(dots, dot{b.Wall / f.Wall, f.Disturbed || b.Disturbed})
		}
	}
	return dots
}

func walls(r *summary.Row) []dot {
	dots := make([]dot, 0, len(r.Rounds))
	for _, round := range r.Rounds {
		dots = append(dots, dot{round.Wall, round.Disturbed})
	}
	return dots
}

// statusWords say how a trial ended, to people.
var statusWords = map[model.Status]string{
	model.Timeout: "timed out", model.Crashed: "crashed", model.WrongAnswer: "wrong answer",
	model.Skipped: "skipped", model.Interrupted: "interrupted",
}

// absent says why a row has no numbers.
func absent(r *summary.Row) string {
	best, most := "did not run", 0
	for _, s := range slices.Sorted(maps.Keys(r.Status)) {
		if s != model.OK && r.Status[s] > most {
			best, most = word(s), r.Status[s]
		}
	}
	return best
}

func word(s model.Status) string {
	if w := statusWords[s]; w != "" {
		return w
	}
	return string(s)
}

// A quantity is one number of every row, and how to show it.
type quantity struct {
	id, title string
	axis      axis
	bars      bool
	about     string // what the number is
	note      string // how to read it as rows
	get       func(p *summary.Pair, g *summary.Group, r *summary.Row) reading
	graded    bool // its rows say how sure they are
	finding   func(p *summary.Pair) string
}

// A reading is a quantity of one row.
type reading struct {
	est    model.Estimate
	dots   []dot
	absent bool   // the row has no such quantity, and is left out
	hollow bool   // a reference, not a finding
	value  string // instead of est in words
	note   string // instead of est: why there is none
	why    string // the note's reason, or why the number is not shown for sure
	more   string // beside est
	grade  model.Grade
}

// figure draws a quantity: as rows, or over the sweep where there is one.
func (d *builder) figure(p *summary.Pair, q quantity) *figure {
	f := &figure{ID: p.ID + "-" + q.id, Title: q.title, Note: strings.TrimSpace(q.about + " " + q.note), table: d.table(p, q)}
	if d.sweep(p) != "" {
		lines := d.curves(p, q)
		f.art = lines
		f.Wide = true
		f.Note = q.about + " Mark: median; whisker: its 95 % interval. Dashed: the variant does not read the parameter and ran once."
		if lines.left > 0 {
			f.Note += fmt.Sprintf(" %s more are not drawn.", plural(lines.left, "line"))
		}
		if q.axis.log {
			f.Note += " Each step of the vertical axis multiplies."
		}
	} else {
		f.art = d.rows(p, q)
	}
	f.Finding = q.finding(p)
	return f
}

func (d *builder) rows(p *summary.Pair, q quantity) *rows {
	out := &rows{axis: q.axis}
	for _, t := range tracks(p) {
		if v := q.get(p, t.group, t.Row); !v.absent {
			out.rows = append(out.rows, d.row(q, d.runtime(t.Row), t.Variant, t.Row, v))
		}
	}
	return out
}

func (d *builder) row(q quantity, heading, label string, r *summary.Row, v reading) row {
	line := row{heading: heading, label: label, dots: v.dots}
	if r.Wall.N == 0 {
		line.note = absent(r)
		line.tip = label + ": " + line.note
		return line
	}
	m := mark{style: d.style(r), est: v.est, bar: q.bars, hollow: v.hollow}
	line.tip = label + ": "
	switch {
	case v.note != "":
		line.note = v.note
		line.tip += v.note + ". " + v.why
		m.est = model.Estimate{} // keeps the dots' colour, draws nothing
	case v.value != "":
		line.value = v.value
		line.tip += v.value
	default:
		line.value = q.axis.unit.value(v.est)
		line.extra = q.axis.unit.interval(v.est, "–")
		line.tip += q.axis.unit.full(v.est)
		if v.more != "" {
			line.extra, line.tip = strings.TrimSpace(line.extra+", "+v.more), line.tip+", "+v.more
		}
		line.tip += "; " + plural(v.est.N, "round")
		if q.graded {
			line.tip += "; " + v.grade.String()
			if v.why != "" {
				line.tip += ": " + v.why
			}
			if v.grade != model.Shown {
				line.extra += " " + v.grade.String()
			}
			m.hollow = v.grade != model.Shown
		}
	}
	line.marks = []mark{m}
	return line
}

// varies says whether a variant ran with several values of a parameter that it
// reads. That two languages have different values of it is no sweep.
func (d *builder) varies(p *summary.Pair, t *track, param string) int {
	seen := map[string]bool{}
	for gi, r := range t.rows {
		if r == nil || !d.reads(p, r, param) {
			continue
		}
		if v, ok := p.Groups[gi].Params[param]; ok {
			seen[fmt.Sprint(v)] = true
		}
	}
	return len(seen)
}

// sweep names the parameter that has the most values for one variant, "" where
// nothing is swept.
func (d *builder) sweep(p *summary.Pair) string {
	if name, known := d.sweeps[p.ID]; known {
		return name
	}
	name, most := "", 1
	for _, s := range p.Swept {
		for _, t := range tracks(p) {
			if n := d.varies(p, t, s); n > most {
				name, most = s, n
			}
		}
	}
	d.sweeps[p.ID] = name
	return name
}

// sweepAxis gives the values of the swept parameter for the horizontal axis,
// and each group's place on it.
func (d *builder) sweepAxis(p *summary.Pair) (name string, xs []float64, labels []string, at []int) {
	name = d.sweep(p)
	// Only groups in which somebody reads it have a place.
	placed := func(g *summary.Group) bool {
		_, there := g.Params[name]
		return there && slices.ContainsFunc(g.Rows, func(r summary.Row) bool { return d.reads(p, &r, name) })
	}
	type place struct {
		x     float64
		label string
	}
	var places []place
	numeric := true
	for i := range p.Groups {
		g := &p.Groups[i]
		if !placed(g) {
			continue
		}
		x, ok := number(g.Params[name])
		numeric = numeric && ok
		l := d.value(p, name, g.Params[name])
		if !slices.ContainsFunc(places, func(q place) bool { return q.label == l }) {
			places = append(places, place{x, l})
		}
	}
	if numeric {
		slices.SortStableFunc(places, func(a, b place) int { return cmp.Compare(a.x, b.x) })
		// Where 0 stands for all of them it is no number, and the largest.
		if q := d.pair(p.ID).Param(name); q != nil && strings.Contains(q.Doc, "0: all") && places[0].x == 0 {
			numeric = false
			places = append(places[1:], places[0])
		}
	}
	for i, q := range places {
		if !numeric {
			q.x = float64(i + 1)
		}
		xs = append(xs, q.x)
		labels = append(labels, q.label)
	}
	for i := range p.Groups {
		g := &p.Groups[i]
		// Who does not read it stands anywhere, and is drawn across.
		at = append(at, max(0, slices.Index(labels, d.value(p, name, g.Params[name]))))
	}
	if q := d.pair(p.ID).Param(name); q != nil && !numeric {
		if _, zero, ok := strings.Cut(q.Doc, "0: "); ok && len(labels) > 0 && labels[len(labels)-1] == "0" {
			labels[len(labels)-1], _, _ = strings.Cut(zero, ",")
		}
	}
	return name, xs, labels, at
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case int:
		return float64(v), true
	case uint64:
		return float64(v), true
	case time.Duration:
		return float64(v), true
	}
	return 0, false
}

// value writes a parameter's value.
func (d *builder) value(p *summary.Pair, name string, v any) string {
	q := d.pair(p.ID).Param(name)
	x, isNumber := number(v)
	switch {
	case isNumber && (q == nil || q.Type != "duration"):
		return whole(x)
	case q != nil:
		return q.Format(v)
	}
	return fmt.Sprint(v)
}

// point names a group by the values of those swept parameters that keep says.
func (d *builder) point(p *summary.Pair, g *summary.Group, keep func(param string) bool) string {
	var parts []string
	for _, name := range p.Swept {
		if v, ok := g.Params[name]; ok && keep(name) {
			parts = append(parts, name+"="+d.value(p, name, v))
		}
	}
	return strings.Join(parts, ", ")
}

// reads says whether a row's variant reads a parameter.
func (d *builder) reads(p *summary.Pair, r *summary.Row, param string) bool {
	v := d.pair(p.ID).Variant(r.Side, r.Variant)
	return v == nil || v.Reads(param)
}

// params is a group's point without what the row's variant does not read.
func (d *builder) params(p *summary.Pair, g *summary.Group, r *summary.Row) string {
	return d.point(p, g, func(param string) bool { return d.reads(p, r, param) })
}

// Bounds of one figure over a sweep; the data file has all.
const (
	mostSeries = 24
	mostPoints = 60 // of one line
)

func (d *builder) curves(p *summary.Pair, q quantity) *curves {
	name, xs, labels, at := d.sweepAxis(p)
	out := &curves{axis: q.axis, xName: name, xs: xs, labels: labels}
	if out.axis.title == "" {
		out.axis.title = q.title
	}
	for _, t := range tracks(p) {
		// Other swept parameters make lines of their own.
		apart := map[string]bool{}
		for _, param := range p.Swept {
			apart[param] = param != name && d.varies(p, t, param) > 1
		}
		byRest := map[string]*series{}
		var order []string
		for gi, r := range t.rows {
			if r == nil {
				continue
			}
			v := q.get(p, &p.Groups[gi], r)
			if r.Wall.N == 0 || v.note != "" || v.est.N == 0 || v.hollow {
				continue
			}
			key := d.point(p, &p.Groups[gi], func(param string) bool { return apart[param] })
			s := byRest[key]
			if s == nil {
				label := t.Variant
				if key != "" {
					label += ", " + key
				}
				s = &series{panel: d.runtime(t.Row), label: label, style: d.style(t.Row), constant: !d.reads(p, r, name)}
				byRest[key] = s
				order = append(order, key)
			}
			s.points = append(s.points, point{at[gi], v.est})
		}
		for _, key := range order {
			s := byRest[key]
			slices.SortStableFunc(s.points, func(a, b point) int { return a.at - b.at })
			s.points = thin(s.points, mostPoints)
			if len(out.series) < mostSeries {
				out.series = append(out.series, *s)
			} else {
				out.left++
			}
		}
	}
	return out
}

// short names a row's runtime where space is scarce: "Go", or with its version
// where there are several of its side.
func (d *builder) short(r *summary.Row) string {
	same := 0
	for _, o := range d.in.Manifest.Runtimes {
		if o.Side == r.Side {
			same++
		}
	}
	name := d.runtime(r)
	if same > 1 {
		return name
	}
	name, _, _ = strings.Cut(name, " ")
	return name
}

func (d *builder) table(p *summary.Pair, q quantity) table {
	t := table{Caption: q.title, Head: []string{"variant"}}
	if len(p.Groups) > 1 {
		t.Head = append(t.Head, "parameters")
	}
	what := "median"
	if q.axis.title != "" {
		what = q.axis.title
	}
	t.Head = append(t.Head, what, "95 % interval", "rounds")
	for _, tr := range tracks(p) {
		for gi, r := range tr.rows {
			if r == nil {
				continue
			}
			g := &p.Groups[gi]
			v := q.get(p, g, r)
			if v.absent {
				continue
			}
			var cells []cell
			if len(p.Groups) > 1 {
				cells = append(cells, cell{Text: d.params(p, g, r), Note: true})
			}
			note := v.note
			switch {
			case r.Wall.N == 0:
				note = absent(r)
				cells = append(cells, cell{Text: note, Note: true}, cell{}, cell{})
			case note != "":
				cells = append(cells, cell{Text: note, Note: true}, cell{}, cell{Text: rounds(len(r.Rounds))})
			case v.value != "":
				cells = append(cells, cell{Text: v.value, Note: true}, cell{}, cell{Text: rounds(len(r.Rounds))})
			default:
				value := cell{Text: q.axis.unit.value(v.est)}
				if q.graded {
					value.Sub = v.grade.String()
				}
				cells = append(cells, value, cell{Text: intervalText(q.axis.unit, v.est)}, cell{Text: rounds(v.est.N)})
			}
			t.add(d.runtime(r), r.Variant, cells...)
			est := v.est
			if v.note != "" {
				est = model.Estimate{}
			}
			if v.why != "" {
				note = v.why
			}
			t.record(p.ID, g.Label, r, q.id, q.axis.unit, est, note)
		}
	}
	return t
}

func rounds(n int) string { return whole(float64(n)) }

func intervalText(u unit, e model.Estimate) string {
	switch {
	case e.N == 0:
		return ""
	case e.N < model.MinRounds:
		return "no interval under six rounds"
	case !e.Interval:
		return "no interval"
	}
	return u.interval(e, " to ")
}
