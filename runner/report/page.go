package report

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

//go:embed templates/*.tmpl
var templates embed.FS

//go:embed assets/report.css
var styleSheet string

//go:embed assets/report.js
var script string

//go:embed assets/haul.js
var haulScript string

var pageTemplate = template.Must(template.New("page.tmpl").Funcs(template.FuncMap{
	"inc": func(i int) int { return i + 1 },
}).ParseFS(templates, "templates/*.tmpl"))

// A page is what the templates fill in.
type page struct {
	Title    string
	Lede     string
	Under    string // how far the run is, while it is under way
	ID       string
	Facts    []fact
	Warnings []string // of the run
	Doubts   []string // of single pairs
	Overview *figureView
	Numbers  []headline
	Notes    []string // on the numbers
	Claims   []verdict
	Tally    string // of the verdicts
	Count    string // of the variants, where they are many
	Pairs    []section
	Methods  []fact
	Command  string
	Charts   bool
	CSP      string
	CSS      template.CSS
	Script   template.JS
	ECharts  template.JS
	Player   template.JS   // of animations, where there are any
	Shapes   template.HTML // that they are made of
}

// A fact is a name and what is known under it.
type fact struct {
	Name  string
	Value []string
}

// A figureView is a figure ready for the page.
type figureView struct {
	*figure
	Table       *table
	Page, Phone template.HTML
	Option      template.JS
	Reel        *reel // where it moves
}

// A pairView is one pair's section.
type pairView struct {
	Anchor   string
	Pair     *catalog.Pair
	Source   string
	Why      []string
	Asked    []fact // the parameters
	Warnings []string
	Findings []string
	Answer   []string    // to the prediction
	Theirs   *figureView // what the source printed, and ours
	Differs  []fact      // what is not alike in the source's figure and ours
	Figures  []*figureView
	Problems []problem
	Claims   []verdict
	Tables   []*table   // laws of scaling; limits of memory
	Prints   []printout // the source's listings beside ours
	Said     []said     // what the variants wrote
	Listings []listing
	Unlisted []string // why a listing is missing
}

// A problem is a row of which not every trial is ok.
type problem struct {
	Runtime, Variant, Params string
	Status                   string
	Why                      []string
}

func newPage(in Input, known map[string]section) (*page, error) {
	d := newDesk(in)
	for id, s := range known {
		d.anchors[id] = s.figure
	}
	p := &page{
		ID: in.Manifest.ID, Command: in.Command, Tally: d.tally(),
		Facts: d.facts(), Methods: d.methods(),
		Charts: len(in.ECharts) > 0,
	}
	p.Title, p.Lede = d.title()
	if n := len(in.Summary.Pairs); n < in.Planned {
		p.Under = fmt.Sprintf("%d of %d measured. The page is written again as each pair ends: load it again to see the next.", n, in.Planned)
	}
	p.Warnings, p.Doubts = d.warnings()
	for _, f := range d.overview() {
		v, err := d.view(f)
		if err != nil {
			return nil, err
		}
		p.Overview = v
	}
	p.Numbers, p.Notes = d.headlines()
	if len(p.Numbers) > mostOpen {
		p.Count = d.count()
	}
	for i := range in.Summary.Pairs {
		of := &in.Summary.Pairs[i]
		if _, done := known[of.ID]; !done {
			made, err := d.section(of)
			if err != nil {
				return nil, fmt.Errorf("pair %q: %w", of.ID, err)
			}
			known[of.ID] = made
		}
		p.Pairs = append(p.Pairs, known[of.ID])
	}
	p.Claims = d.verdicts("")
	p.CSS = template.CSS(paletteCSS() + styleSheet)
	if slices.ContainsFunc(p.Pairs, func(s section) bool { return s.moves }) {
		p.Player, p.Shapes = inline([]byte(haulScript)), haulShapes
	}
	if p.Charts {
		p.ECharts, p.Script = inline(in.ECharts), inline([]byte(script))
	}
	scripts := ""
	for _, js := range []template.JS{p.ECharts, p.Script, p.Player} {
		if js != "" {
			scripts += " " + sum(js)
		}
	}
	if scripts != "" {
		scripts = "; script-src" + scripts
	}
	// Nothing is fetched, and no script runs but these. Styles are set on
	// single elements by ECharts, so they cannot be named by their hash.
	p.CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'" + scripts
	return p, nil
}

// section renders a pair's part of the page.
func (d *desk) section(p *summary.Pair) (section, error) {
	v, err := d.pairView(p)
	if err != nil {
		return section{}, err
	}
	var html bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&html, "pair", v); err != nil {
		return section{}, fmt.Errorf("filling in its section: %w", err)
	}
	return section{
		Anchor: v.Anchor, figure: d.anchors[p.ID], Title: v.Pair.Title, HTML: template.HTML(html.String()),
		moves: slices.ContainsFunc(v.Figures, func(f *figureView) bool { return f.Reel != nil }),
	}, nil
}

// inline makes a script fit to stand in a page: nothing in it may end the
// element, and its line ends are those that a browser makes of them.
func inline(js []byte) template.JS {
	js = bytes.ReplaceAll(js, []byte("\r\n"), []byte("\n"))
	js = bytes.ReplaceAll(js, []byte("</script"), []byte(`<\/script`))
	js = bytes.ReplaceAll(js, []byte("<!--"), []byte(`<\!--`))
	return template.JS(bytes.ToValidUTF8(js, []byte("?")))
}

// sum is a script's hash as a content security policy names it.
func sum(js template.JS) string {
	h := sha256.Sum256([]byte(js))
	return "'sha256-" + base64.StdEncoding.EncodeToString(h[:]) + "'"
}

func (p *page) write(w io.Writer) error {
	// A page that could not be made must not be half written.
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return fmt.Errorf("filling in the report: %w", err)
	}
	if _, err := b.WriteTo(w); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func (d *desk) view(f *figure) (*figureView, error) {
	phones := !d.large()
	if s, hauled := f.art.(*stills); hauled && s.left() > 0 {
		phones = false // enough of them stand there once
	}
	pageSVG, phoneSVG := f.svg(phones)
	v := &figureView{figure: f, Table: f.table.short(), Page: template.HTML(pageSVG), Phone: template.HTML(phoneSVG), Reel: f.reel()}
	if len(d.in.ECharts) == 0 {
		return v, nil
	}
	option := f.art.chart()
	if option == nil {
		return v, nil
	}
	// json escapes what could end the element.
	data, err := json.Marshal(option)
	if err != nil {
		return nil, fmt.Errorf("making the chart of figure %q: %w", f.ID, err)
	}
	v.Option = template.JS(data)
	return v, nil
}

// mostDrawnTwice is how many rows a run may have for each figure to be drawn for
// phones too. The page of a larger one would not stay under its 8 MB; there a
// narrow screen scrolls the drawing in its own box.
const mostDrawnTwice = 150

func (d *desk) large() bool {
	return len(d.in.Manifest.Plan) > mostDrawnTwice
}

func (d *desk) title() (title, lede string) {
	m := &d.in.Manifest
	var titles []string
	variants := 0
	var sides []string
	for i := range d.in.Summary.Pairs {
		p := &d.in.Summary.Pairs[i]
		titles = append(titles, d.pair(p.ID).Title)
		for _, t := range tracks(p) {
			variants++
			if side := capital(t.Side); !slices.Contains(sides, side) {
				sides = append(sides, side)
			}
		}
	}
	switch len(titles) {
	case 0:
		title = "A run without results"
	case 1:
		title = titles[0]
	default:
		title = "Which concurrency helps here?"
	}
	if n := len(titles); n > 1 && n <= 4 {
		lede = strings.Join(titles, ", ") + ": "
	}
	if variants == 0 {
		return title, "Nothing was recorded that could be shown."
	}
	if len(titles) > 4 {
		lede = plural(len(titles), "experiment") + ", "
	}
	lede += fmt.Sprintf("%s in %s", plural(variants, "variant"), list(sides))
	if !m.CreatedAt.IsZero() {
		lede += ", measured on " + m.CreatedAt.UTC().Format("2 January 2006 at 15:04 UTC")
	}
	return title, lede + "."
}

func (d *desk) facts() []fact {
	m := &d.in.Manifest
	var facts []fact
	add := func(name string, values ...string) {
		values = slices.DeleteFunc(values, func(s string) bool { return s == "" })
		if len(values) > 0 {
			facts = append(facts, fact{name, values})
		}
	}
	machine := m.Machine
	size := ""
	if machine.Cores > 0 {
		size = plural(machine.Cores, "core")
		if machine.Capacity > 0 {
			size += " (" + fixed(machine.Capacity, 0.01) + " when all spin)"
		}
	}
	if machine.MemoryB > 0 {
		size = strings.TrimPrefix(size+", "+bytesU.exact(float64(machine.MemoryB))+" of memory", ", ")
	}
	system := strings.TrimSpace(strings.Join([]string{capital(machine.OS), machine.Kernel, machine.Arch}, " "))
	if machine.Virtual != "" {
		system += ", on " + machine.Virtual
	}
	add("Machine", machine.CPU, size, system)
	var runtimes []string
	for _, r := range m.Runtimes {
		name := runtimeName(r)
		if r.Side == catalog.Python && r.StartMethod != "" {
			name += " (" + r.StartMethod + ")"
		}
		runtimes = append(runtimes, name)
	}
	add("Runtimes", runtimes...)
	how := ""
	if m.Profile != "" {
		how = "Profile " + m.Profile
	}
	measured := 0
	for _, p := range d.in.Summary.Pairs {
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				measured = max(measured, len(r.Rounds))
			}
		}
	}
	lasted := "still under way, or stopped"
	if !m.EndedAt.IsZero() {
		lasted = "took " + duration(m.EndedAt.Sub(m.CreatedAt))
	}
	roundsText := plural(measured, "round")
	if m.Rounds > measured {
		roundsText += fmt.Sprintf(" of at most %d", m.Rounds)
	}
	version := m.Tandem
	if version != "" && !strings.HasPrefix(version, "tandem") {
		version = "Tandem " + version
	}
	add("Run", how, roundsText+", order seeded with "+fmt.Sprint(m.Seed), lasted, version)
	add("While trials ran", d.quiet()...)
	return facts
}

// duration writes a length of time as people say it.
func duration(t time.Duration) string {
	switch {
	case t >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(t.Hours()), int(t.Minutes())%60)
	case t >= 2*time.Minute:
		return fmt.Sprintf("%d min %d s", int(t.Minutes()), int(t.Seconds())%60)
	}
	return seconds.exact(t.Seconds())
}

// quiet says who else was on the machine.
func (d *desk) quiet() []string {
	var runner, foreign []float64
	all, spoiled := 0, 0
	for _, p := range d.in.Summary.Pairs {
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				if r.Last != nil {
					runner = append(runner, r.Last.RunnerCPU)
				}
				for _, round := range r.Rounds {
					all++
					foreign = append(foreign, round.Foreign)
					if round.Disturbed {
						spoiled++
					}
				}
			}
		}
	}
	if all == 0 || len(runner) == 0 {
		return nil
	}
	slices.Sort(runner)
	slices.Sort(foreign)
	share := func(v float64) string { return percent.value(model.Estimate{Value: v, N: 1}) }
	return []string{
		fmt.Sprintf("Runner %s of a core (at most %s)", share(runner[len(runner)/2]), share(runner[len(runner)-1])),
		fmt.Sprintf("Others %s of a core (at most %s)", share(foreign[len(foreign)/2]), share(foreign[len(foreign)-1])),
		fmt.Sprintf("%s of %s disturbed", whole(float64(spoiled)), plural(all, "trial")),
	}
}

func (d *desk) warnings() (out, doubts []string) {
	m := &d.in.Manifest
	if !m.Complete {
		out = append(out, "This run is not complete: it was stopped, or is still under way. What had finished is shown.")
	}
	if len(d.in.Summary.Pairs) == 0 {
		out = append(out, "No trial is recorded, so there is nothing to compare.")
	}
	out = append(out, m.Warnings...)
	out = append(out, d.in.Summary.Warnings...)
	for _, p := range d.in.Summary.Pairs {
		for _, w := range p.Warnings {
			doubts = append(doubts, d.pair(p.ID).Title+": "+w)
		}
	}
	few := 0
	for _, p := range d.in.Summary.Pairs {
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				if r.Wall.N > 0 && r.Wall.N < model.MinRounds {
					few++
				}
			}
		}
	}
	if few > 0 {
		out = append(out, fmt.Sprintf("%s rest on fewer than six rounds: there is no interval under six rounds, and no comparison may be read.", plural(few, "row")))
	}
	if len(doubts) <= 3 {
		return append(out, doubts...), nil
	}
	return out, doubts
}

// methods says how the numbers were taken.
func (d *desk) methods() []fact {
	names := map[string]string{"cpu": "CPU time", "rss": "Memory", "threads": "Threads", "ctx": "Context switches", "cores": "Cores over time"}
	seen := map[string][]string{}
	for _, p := range d.in.Summary.Pairs {
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				if r.Last == nil {
					continue
				}
				for key, how := range r.Last.Methods {
					if !slices.Contains(seen[key], how) {
						seen[key] = append(seen[key], how)
					}
				}
			}
		}
	}
	var out []fact
	if cited := d.cited(); len(cited) > 0 {
		out = append(out, fact{"Sources", cited})
	}
	out = append(out,
		fact{"Numbers", []string{"A figure is the median of the rounds with a 95 % interval; a comparison is the median of ratios taken within rounds. Neither shows more digits than its interval supports."}},
		fact{"Work", []string{"By the child’s own monotonic clock, from the word go to the answer. Start-up is apart. Every variant must give the same answer."}},
	)
	for _, key := range slices.Sorted(maps.Keys(seen)) {
		name := names[key]
		if name == "" {
			name = capital(words(key))
		}
		slices.Sort(seen[key])
		out = append(out, fact{name, seen[key]})
	}
	return out
}

// cited are the documents that the run's pairs and their claims come from, in full.
func (d *desk) cited() []string {
	var shown []*catalog.Pair
	for _, p := range d.in.Summary.Pairs {
		shown = append(shown, d.pair(p.ID))
	}
	var out []string
	for _, doc := range catalog.Documents(shown) {
		out = append(out, doc.String())
	}
	return out
}

// A headline is a pair for readers in a hurry: a sentence, and its table.
type headline struct {
	Anchor, Title string
	Line          string // what was found
	Open          bool
	Table         *table
}

// headlines gives each pair's, and the notes that hold for all of them.
func (d *desk) headlines() (out []headline, notes []string) {
	// A reason that all rows share is said once, below.
	var reasons []string
	for _, p := range d.in.Summary.Pairs {
		for _, tr := range tracks(&p) {
			if tr.Wall.N > 0 && tr.Doubt != "" && !slices.Contains(reasons, reason(tr.Doubt)) {
				reasons = append(reasons, reason(tr.Doubt))
			}
		}
	}
	notes = []string{"Medians; the range beside each is its 95 % interval. Speed-up is over the same runtime’s own baseline."}
	if len(reasons) == 1 {
		notes = append(notes, "Why inconclusive: "+reasons[0]+".")
	}
	for pi := range d.in.Summary.Pairs {
		p := &d.in.Summary.Pairs[pi]
		pair := d.pair(p.ID)
		t := &table{Caption: pair.Title + " in numbers", Head: []string{"variant", "time", "speed-up", "parallelism", "memory", "threads"}}
		for _, tr := range tracks(p) {
			head := tr.Variant
			if label := d.params(p, tr.group, tr.Row); label != "" && tr.swept() {
				head += " (" + label + ")"
			}
			r := tr.Row
			if r.Wall.N == 0 {
				t.add(d.runtime(r), head, cell{Text: absent(r), Note: true}, cell{}, cell{}, cell{}, cell{})
				continue
			}
			speed := estimate(times, r.SpeedUp)
			switch {
			case r.IsBaseline():
				speed = cell{Text: "baseline", Note: true}
			case r.Doubt != "":
				speed = cell{Text: inconclusive, Note: true}
				if len(reasons) > 1 {
					speed.Sub = reason(r.Doubt)
				}
			}
			t.add(d.runtime(r), head, estimate(seconds, r.Wall), speed, estimate(cores, r.Parallelism), estimate(bytesU, r.PeakRSS),
				cell{Text: count.value(r.PeakThreads), Note: r.PeakThreads.N == 0})
		}
		if len(t.Rows) == 0 {
			continue
		}
		h := headline{Anchor: "pair-" + slug(p.ID), Title: pair.Title, Line: d.best(p), Open: len(d.in.Summary.Pairs) <= mostOpen, Table: t.short()}
		out = append(out, h)
	}
	return out, notes
}

// mostOpen is how many pairs a page can show at once.
const mostOpen = 3

// best is what a pair found, in a line: the fastest of each runtime as far as
// the intervals allow it to be said.
func (d *desk) best(p *summary.Pair) string {
	base := d.pair(p.ID).Baseline
	var parts []string
	for _, rt := range d.runtimes(p) {
		var best *track
		open, all := 0, 0
		for _, t := range rt.tracks {
			if t.IsBaseline() || t.Wall.N == 0 {
				continue
			}
			all++
			e := t.bestSpeedUp()
			if e.N == 0 {
				open++
				continue
			}
			if e.Interval && e.Lo > 1 && (best == nil || e.Value > best.bestSpeedUp().Value) {
				best = t
			}
		}
		switch {
		case best != nil:
			parts = append(parts, fmt.Sprintf("%s: %s %s", rt.name, best.Variant, times.value(best.bestSpeedUp())))
		case all == 0:
		case open == all:
			parts = append(parts, rt.name+": inconclusive")
		default:
			parts = append(parts, rt.name+": none is shown to be faster than "+base)
		}
	}
	if len(parts) == 0 {
		return "nothing to compare"
	}
	return strings.Join(parts, "; ")
}

func (d *desk) pairView(p *summary.Pair) (*pairView, error) {
	pair := d.pair(p.ID)
	v := &pairView{Anchor: "pair-" + slug(p.ID), Pair: pair, Source: pair.Source.String(), Warnings: p.Warnings, Findings: p.Findings, Answer: d.answer(p), Asked: d.asked(p), Problems: d.problems(p)}
	for _, part := range strings.Split(strings.TrimSpace(pair.Why), "\n\n") {
		if part != "" {
			v.Why = append(v.Why, part)
		}
	}
	v.Prints, v.Said = d.printouts(p), d.logs(p)
	v.Claims = d.verdicts(p.ID)
	if measured(p) {
		for _, t := range []*table{d.limits(p), d.fits(p)} {
			if t != nil {
				v.Tables = append(v.Tables, t)
			}
		}
	}
	for _, f := range d.figures(p) {
		fv, err := d.view(f)
		if err != nil {
			return nil, err
		}
		if f.ID == p.ID+"-source" {
			v.Theirs, v.Differs = fv, d.differs(p)
			continue
		}
		v.Figures = append(v.Figures, fv)
	}
	d.memoryThreads(p, v.Figures)
	if d.in.Source != nil {
		for _, side := range pair.Sides() {
			name, text, err := d.in.Source(p.ID, side)
			if err != nil {
				v.Unlisted = append(v.Unlisted, fmt.Sprintf("The %s side’s source is not shown: %v.", capital(side), err))
				continue
			}
			if name == "" {
				continue // none is said to belong to it
			}
			html, err := highlight(name, text)
			if err != nil {
				return nil, fmt.Errorf("listing %q: %w", name, err)
			}
			v.Listings = append(v.Listings, listing{capital(side), name, html})
		}
	}
	return v, nil
}

// memoryThreads adds the threads to the table of the memory figure.
func (d *desk) memoryThreads(p *summary.Pair, figures []*figureView) {
	for _, f := range figures {
		if f.ID != p.ID+"-memory" {
			continue
		}
		f.Table.Head = append(f.Table.Head, "threads")
		i := 0
		for _, t := range tracks(p) {
			for _, r := range t.rows {
				if r == nil || i == len(f.Table.Rows) {
					continue
				}
				f.Table.Rows[i].Cells = append(f.Table.Rows[i].Cells, cell{Text: count.value(r.PeakThreads), Note: r.PeakThreads.N == 0})
				i++
			}
		}
	}
}

// asked lists the pair's parameters as they were.
func (d *desk) asked(p *summary.Pair) []fact {
	var out []fact
	if len(p.Groups) == 0 {
		return nil
	}
	known := map[string]catalog.Param{}
	var names []string
	for _, q := range d.pair(p.ID).Params {
		known[q.Name] = q
		names = append(names, q.Name)
	}
	values := map[string][]string{}
	for _, g := range p.Groups {
		for _, name := range slices.Sorted(maps.Keys(g.Params)) {
			if _, ok := known[name]; !ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
			text := paramText(g.Params[name], part(g.Label, name))
			if known[name].Type == "duration" {
				if ns, ok := number(g.Params[name]); ok {
					text = time.Duration(ns).String()
				}
			}
			if !slices.Contains(values[name], text) {
				values[name] = append(values[name], text)
			}
		}
	}
	for _, name := range names {
		if len(values[name]) > 0 {
			out = append(out, fact{name, []string{strings.Join(values[name], ", ")}})
		}
	}
	return out
}

// answer says how the prediction turned out: each variant's time beside the
// baseline's.
func (d *desk) answer(p *summary.Pair) []string {
	base := d.pair(p.ID).Baseline
	var out []string
	for _, rt := range d.runtimes(p) {
		var parts []string
		for _, t := range rt.tracks {
			switch {
			case t.IsBaseline():
			case t.Wall.N == 0:
				parts = append(parts, t.Variant+" "+absent(t.Row))
			case t.Doubt != "":
				parts = append(parts, t.Variant+" inconclusive")
			case t.SpeedUp.N > 0:
				parts = append(parts, fmt.Sprintf("%s %s", t.against(base), times.full(inverse(t.SpeedUp))))
			}
		}
		if len(parts) > 0 {
			out = append(out, fmt.Sprintf("%s, time against %s: %s.", rt.name, base, list(parts)))
		}
	}
	return out
}

// differs says what is not alike between the source's figure and ours.
func (d *desk) differs(p *summary.Pair) []fact {
	pair := d.pair(p.ID)
	var theirs []string
	from := pair.Source
	for _, pr := range pair.Printed {
		if pub, ok := d.in.Published[pr.File]; ok {
			from = d.cite(&pub)
			theirs = append(theirs, pub.Title)
			if pub.Notes != "" {
				theirs = append(theirs, capital(pub.Notes))
			}
			break
		}
	}
	g := d.nearest(p)
	var params []string
	for _, q := range pair.Params {
		if v, ok := g.Params[q.Name]; ok {
			text := paramText(v, part(g.Label, q.Name))
			if q.Type == "duration" {
				if ns, ok := number(v); ok {
					text = time.Duration(ns).String()
				}
			}
			params = append(params, q.Name+" "+text)
		}
	}
	ours := []string{strings.Join(params, ", ")}
	var names []string
	for _, rt := range d.runtimes(p) {
		if rt.tracks[0].Side == catalog.Python {
			names = append(names, rt.name)
		}
	}
	if len(names) > 0 {
		ours = append(ours, list(names))
	}
	if n := d.in.Manifest.Machine.Cores; n > 0 {
		ours = append(ours, plural(n, "core"))
	}
	return []fact{{from.Short(), theirs}, {"This run", ours}}
}

// mostProblems bounds the list of what did not finish; the journal has all.
const mostProblems = 200

// problems lists the rows of which not every trial is ok.
func (d *desk) problems(p *summary.Pair) []problem {
	var out []problem
	for _, t := range tracks(p) {
		for gi, r := range t.rows {
			if r == nil {
				continue
			}
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
				if len(out) == mostProblems {
					continue
				}
				out = append(out, problem{d.runtime(r), r.Variant, d.params(p, &p.Groups[gi], r), strings.Join(parts, ", "), r.Why})
			}
		}
	}
	return out
}
