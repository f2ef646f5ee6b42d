package report

import (
	"bytes"
	"compress/gzip"
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

var pageTemplate = template.Must(template.New("page.tmpl").Funcs(template.FuncMap{
	"inc": func(i int) int { return i + 1 },
}).ParseFS(templates, "templates/*.tmpl"))

// A page is what the templates fill in.
type page struct {
	Title     string
	Lede      string
	Under     string // how far the run is, while it is under way
	ID        string
	Helps     []help
	Filters   []fact // name, and the tag
	Facts     []fact
	Warnings  []string // of the run
	Doubts    []string // of single pairs
	Documents []document
	Pairs     []section
	Methods   []fact
	Command   string
	Charts    bool
	CSP       string
	CSS       template.CSS
	Script    template.JS
	ECharts   template.HTML // compressed, in base 64
}

// A fact is a name and what is known under it.
type fact struct {
	Name  string
	Value []string
}

// A figureView is a figure ready for the page.
type figureView struct {
	*figure
	Link   template.URL // its address on the page
	Rows   *rowsView
	Pieces []piece
	Table  *table // beside what is drawn in pieces
	Option template.JS
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
	Answer   []statement
	Choices  []choice      // of the prediction
	Main     *figureView   // shows the answer
	Theirs   *figureView   // what the source printed, and ours
	Differs  []fact        // what is not alike in the source's figure and ours
	Reason   *figureView   // why it is so
	More     []*figureView // folded
	Problems []problem
	Claims   []verdict
	Tables   []*table   // folded: all numbers, rounds, metrics, laws of scaling
	Prints   []printout // the source's listings beside ours
	Said     []excerpt  // what the variants wrote
	Listings []listing
	Files    []string // that they stand in
	Unlisted []string // why a listing is missing
	Same     string   // address of the pair with which the listings stand
}

// A problem is a row of which not every trial is ok.
type problem struct {
	Runtime, Variant, Params string
	Status                   string
	Why                      []string
}

func newPage(in Input, w *Writer) (*page, error) {
	d := newBuilder(in)
	p := &page{ID: in.Manifest.ID, Command: in.Command, Facts: d.facts(), Methods: d.methods(), Charts: len(in.ECharts) > 0}
	p.Title, p.Lede = d.title()
	if n := len(in.Summary.Pairs); n < in.Planned {
		p.Under = fmt.Sprintf("%d of %d measured. The page is written again as each pair ends: load it again to see the next.", n, in.Planned)
	}
	p.Warnings, p.Doubts = d.warnings()
	anchors := map[string]template.URL{}
	for i := range in.Summary.Pairs {
		of := &in.Summary.Pairs[i]
		made, done := w.sections[of.ID]
		if !done {
			var err error
			if made, err = d.section(of, w.sections); err != nil {
				return nil, fmt.Errorf("pair %q: %w", of.ID, err)
			}
			w.sections[of.ID] = made
		}
		p.Pairs = append(p.Pairs, made)
		anchors[of.ID] = made.figure
	}
	p.Helps, p.Filters = helps(p.Pairs), filters(p.Pairs)
	p.Documents = d.documents(anchors)
	p.CSS = template.CSS(paletteCSS() + styleSheet)
	p.Script = inline([]byte(script))
	sums := sum(p.Script)
	if p.Charts {
		library := inline(in.ECharts)
		if w.library == "" {
			w.library = packed(string(library))
		}
		p.ECharts = template.HTML(w.library)
		sums += " " + sum(library)
	}
	// Nothing is fetched, and no script runs but these. Styles are set on
	// single elements by ECharts, so they cannot be named by their hash.
	p.CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; script-src " + sums
	return p, nil
}

// packed compresses text, and makes it text again.
func packed(text string) string {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // errs for an unknown level alone
	_, _ = io.WriteString(z, text)                        // a buffer takes all
	_ = z.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

// section renders a pair's part of the page.
func (d *builder) section(p *summary.Pair, known map[string]section) (section, error) {
	s := d.card(p)
	v, err := d.pairView(p, &s, known)
	if err != nil {
		return section{}, err
	}
	var html bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&html, "pair", v); err != nil {
		return section{}, fmt.Errorf("filling in its section: %w", err)
	}
	s.HTML = template.HTML(html.String())
	return s, nil
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

func (d *builder) view(p *summary.Pair, f *figure) (*figureView, error) {
	v := &figureView{figure: f, Link: template.URL(slug(p.ID) + "/" + strings.TrimPrefix(f.ID, p.ID+"-"))}
	if art, ok := f.art.(*rows); ok {
		v.Rows = art.view()
		return v, nil
	}
	art := f.art.(piecewise)
	v.Pieces, v.Table = art.pieces(), f.table.short()
	if len(d.in.ECharts) == 0 {
		return v, nil
	}
	if option := art.chart(); option != nil {
		// json escapes what could end the element.
		data, err := json.Marshal(option)
		if err != nil {
			return nil, fmt.Errorf("making the chart of figure %q: %w", f.ID, err)
		}
		v.Option = template.JS(data)
	}
	return v, nil
}

func (d *builder) title() (title, lede string) {
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

func (d *builder) facts() []fact {
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
func (d *builder) quiet() []string {
	var runner, foreign []float64
	all, spoiled := 0, 0
	for _, p := range d.in.Summary.Pairs {
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				for _, round := range r.Rounds {
					all++
					runner = append(runner, round.Trial.RunnerCPU)
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

func (d *builder) warnings() (out, doubts []string) {
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
		out = append(out, fmt.Sprintf("%s rest on fewer than six rounds: there is no interval under six rounds.", plural(few, "row")))
	}
	if len(doubts) <= 3 {
		return append(out, doubts...), nil
	}
	return out, doubts
}

// methods says how the numbers were taken.
func (d *builder) methods() []fact {
	names := map[string]string{"cpu": "CPU time", "rss": "Memory", "threads": "Threads", "ctx": "Context switches", "cores": "Cores over time"}
	seen := map[string][]string{}
	for _, p := range d.in.Summary.Pairs {
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				if r.Shown == nil {
					continue
				}
				for key, how := range r.Shown.Methods {
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
		fact{"How sure", []string{
			"Shown: the whole interval is on one side of what counts as no difference, and who else used the machine cannot have put it there.",
			"Likely: the interval over all rounds is on one side all the same, or every single round is, of at least four.",
			"Open: neither; its bounds are printed. Six undisturbed rounds, or more rounds (--rounds), decide most of them.",
			"Every number that was measured is printed, whatever its grade."}},
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
func (d *builder) cited() []string {
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

// numbers is the table of all variants.
func (d *builder) numbers(p *summary.Pair) *table {
	t := &table{Caption: "All variants in numbers", Head: []string{"variant", "time", "speed-up", "cores", "memory", "threads"},
		Notes: []string{"Medians; the range beside each is its 95 % interval. Speed-up is over the same runtime’s own baseline."}}
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
		if r.IsBaseline() {
			speed = cell{Text: "baseline", Note: true}
		}
		speed.Sub += d.unsure(r)
		t.add(d.runtime(r), head, estimate(seconds, r.Wall), speed, estimate(cores, r.Parallelism), estimate(bytesU, r.PeakRSS),
			cell{Text: count.value(r.PeakThreads), Note: r.PeakThreads.N == 0})
	}
	return t.short()
}

// rounds is the table of each round's time, those that were disturbed in brackets.
func (d *builder) rounds(p *summary.Pair) *table {
	t := &table{Caption: "Each round", Head: []string{"variant", "disturbed", "time of the work, round by round"},
		Notes: []string{"In brackets: disturbed rounds."}}
	for _, tr := range tracks(p) {
		for gi, r := range tr.rows {
			if r == nil || len(r.Rounds) == 0 {
				continue
			}
			disturbed := 0
			var all []string
			for _, o := range thin(r.Rounds, mostDots) {
				text := seconds.exact(o.Wall)
				if o.Disturbed {
					text = "(" + text + ")"
					disturbed++
				}
				all = append(all, text)
			}
			head := r.Variant
			if label := d.params(p, &p.Groups[gi], r); label != "" {
				head += " (" + label + ")"
			}
			t.add(d.runtime(r), head, cell{Text: fmt.Sprintf("%d of %d", disturbed, len(r.Rounds))}, cell{Text: strings.Join(all, ", "), Note: true})
		}
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return t.short()
}

func (d *builder) pairView(p *summary.Pair, s *section, known map[string]section) (*pairView, error) {
	pair := d.pair(p.ID)
	v := &pairView{Anchor: s.Anchor, Pair: pair, Source: pair.Source.String(), Warnings: p.Warnings, Findings: p.Findings, Answer: s.lines, Asked: d.asked(p), Problems: d.problems(p)}
	v.Choices = d.choices(p, s)
	for _, part := range strings.Split(strings.TrimSpace(pair.Why), "\n\n") {
		if part != "" {
			v.Why = append(v.Why, part)
		}
	}
	v.Prints, v.Said = d.printouts(p), d.logs(p)
	if measured(p) {
		for _, t := range []*table{d.limits(p), d.fits(p)} {
			if t != nil {
				v.Tables = append(v.Tables, t)
			}
		}
	}
	for _, t := range []*table{d.numbers(p), d.metrics(p), d.rounds(p)} {
		if t != nil {
			v.Tables = append(v.Tables, t)
		}
	}
	for _, f := range d.figures(p) {
		fv, err := d.view(p, f)
		if err != nil {
			return nil, err
		}
		switch name := strings.TrimPrefix(f.ID, p.ID+"-"); {
		case name == "source":
			v.Theirs, v.Differs = fv, d.differs(p)
		case v.Main == nil && (name == "timeline" && pair.Traced || name == "scaling" || name == "speedup"):
			v.Main, s.figure = fv, fv.Link
		case v.Reason == nil && name == "cores":
			v.Reason = fv
		default:
			v.More = append(v.More, fv)
		}
	}
	v.Claims = d.verdicts(p.ID, map[string]template.URL{p.ID: s.figure})
	if d.in.Source == nil {
		return v, nil
	}
	var codes []string
	for _, side := range pair.Sides() {
		name, text, err := d.in.Source(p.ID, side)
		if err != nil {
			v.Unlisted = append(v.Unlisted, fmt.Sprintf("The %s side’s source is not shown: %v.", capital(side), err))
			continue
		}
		if name == "" {
			continue // none is said to belong to it
		}
		codes = append(codes, text)
		v.Files = append(v.Files, name)
	}
	var variants []string
	for _, o := range pair.Variants {
		variants = append(variants, o.Name)
	}
	for _, texts := range twins(variants, codes) {
		var l listing
		for i, text := range texts {
			html, err := highlight(v.Files[i], text)
			if err != nil {
				return nil, fmt.Errorf("listing %q: %w", v.Files[i], err)
			}
			l = append(l, html)
		}
		v.Listings = append(v.Listings, l)
	}
	s.files = strings.Join(v.Files, " ")
	for _, other := range known { // two pairs of one topic
		if s.files != "" && other.files == s.files && (v.Same == "" || other.Anchor < v.Same) {
			v.Same, v.Listings = other.Anchor, nil
		}
	}
	if v.Same != "" {
		s.files = ""
	}
	return v, nil
}

// asked lists the pair's parameters as they were.
func (d *builder) asked(p *summary.Pair) []fact {
	var out []fact
	if len(p.Groups) == 0 {
		return nil
	}
	var names []string
	for _, q := range d.pair(p.ID).Params {
		names = append(names, q.Name)
	}
	values := map[string][]string{}
	for _, g := range p.Groups {
		for _, name := range slices.Sorted(maps.Keys(g.Params)) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
			text := d.value(p, name, g.Params[name])
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

// differs says what is not alike between the source's figure and ours.
func (d *builder) differs(p *summary.Pair) []fact {
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
			params = append(params, q.Name+" "+d.value(p, q.Name, v))
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
func (d *builder) problems(p *summary.Pair) []problem {
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
