package report

import (
	"fmt"
	"html"
	"html/template"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A printout is what a source printed as text, and beside it what this run would
// have printed.
type printout struct {
	Title  string
	Note   string
	Theirs printed
	Ours   printed
}

// A printed is text as it stands on a terminal.
type printed struct {
	Name string
	HTML template.HTML
}

// Bounds of a printout; the figure's CSV has all.
const (
	mostLines   = 60
	mostLetters = 2000
	leastWidth  = 20 // letters in a line
)

// printouts sets the source's listings beside ours.
func (d *builder) printouts(p *summary.Pair) []printout {
	var out []printout
	pair := d.pair(p.ID)
	for _, pr := range pair.Printed {
		pub, ok := d.in.Published[pr.File]
		if !ok {
			continue
		}
		v, ok := pub.Find(pr.Key)
		if !ok || len(v.Lines) == 0 {
			continue
		}
		o := printout{Title: pub.Title, Note: v.Notes, Theirs: printed{Name: d.cite(&pub).String()}}
		if v.Label != "" {
			o.Theirs.Name += ": " + v.Label
		}
		if o.Note == "" {
			o.Note = pub.Notes
		}
		workers := letters(v.Lines)
		o.Theirs.HTML = coloured(v.Lines, workers)
		o.Ours = printed{Name: "Here: " + pr.Variant + ", not in this run"}
		for _, t := range tracks(p) {
			if t.Side != pr.Side || t.Variant != pr.Variant {
				continue
			}
			o.Ours.Name = "Here: " + t.Variant + ", " + d.runtime(t.Row)
			lines := d.listing(p, t.Row, pr, v.Lines)
			if lines == nil {
				o.Ours.Name += ", not traced"
			}
			o.Ours.HTML = coloured(lines, letters(lines))
			break
		}
		out = append(out, o)
	}
	return out
}

// letters lists who prints, where lines are of single capital letters.
func letters(lines []string) []rune {
	var all []rune
	for _, l := range lines {
		for _, r := range l {
			if r < 'A' || r > 'Z' {
				return nil
			}
			if !slices.Contains(all, r) {
				all = append(all, r)
			}
		}
	}
	slices.Sort(all)
	return all
}

// coloured sets text in HTML; runs of a worker's letters in its colour.
func coloured(lines []string, workers []rune) template.HTML {
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		if workers == nil {
			b.WriteString(html.EscapeString(l))
			continue
		}
		rs := []rune(l)
		for from := 0; from < len(rs); {
			to := from
			for to < len(rs) && rs[to] == rs[from] {
				to++
			}
			fmt.Fprintf(&b, `<span class="t-%s">%s</span>`, workerColour(int(rs[from]-'A')).name, string(rs[from:to]))
			from = to
		}
	}
	return template.HTML(b.String())
}

// listing is what the row's traced trial did, in the manner of the source's
// lines: letters in rows of their width, else one line an event.
func (d *builder) listing(p *summary.Pair, r *summary.Row, pr catalog.Printed, theirs []string) []string {
	if r.Traced == nil {
		return nil
	}
	s := newTrace(d.events(r), 0)
	s.unit = d.unitOf(p, r)
	if len(s.letters) > 0 {
		var page []rune
		for _, run := range s.letters {
			page = append(page, []rune(strings.Repeat(run.letter, min(run.n, mostLetters)))...)
		}
		width := leastWidth
		for _, l := range theirs {
			width = max(width, len([]rune(l)))
		}
		left := len(page) - mostLetters
		page = page[:min(len(page), mostLetters)]
		var lines []string
		for row := range slices.Chunk(page, width) {
			lines = append(lines, string(row))
		}
		if left > 0 {
			lines = append(lines, fmt.Sprintf("… and %s", plural(left, "letter")))
		}
		return lines
	}
	var lines []string
	left := 0
	for _, e := range s.events {
		if len(pr.Events) > 0 && !slices.Contains(pr.Events, e.Kind) {
			continue
		}
		if len(lines) == mostLines {
			left++
			continue
		}
		lines = append(lines, s.line(e))
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("… and %s", plural(left, "event")))
	}
	return lines
}

// line is an event in words.
func (s *trace) line(e model.Event) string {
	what := map[string]string{
		"start": "%s starts", "finish": "%s finished", "reach": "%s reached the caller",
		"sending": "%s is being sent", "sent": "%s sent", "received": "%s received", "wake": "receiver wakes",
	}[e.Kind]
	name := e.Label
	if name == "" {
		name, _ = s.nameOf(e.Worker)
	}
	switch {
	case what == "":
		what = words(e.Kind) + " " + e.Label
	case strings.Contains(what, "%s"):
		what = fmt.Sprintf(what, name)
	}
	return strings.TrimSpace(what) + "  @" + s.at(float64(e.AtNS)/1e9)
}

// An excerpt is what a variant wrote for its reader.
type excerpt struct {
	Variant, Runtime string
	Text             string
}

// Bounds of what is quoted from logs.
const (
	mostLogs    = 16
	mostLogText = 4000 // bytes
)

// logs quotes what the variants wrote.
func (d *builder) logs(p *summary.Pair) []excerpt {
	var out []excerpt
	for _, t := range tracks(p) {
		text := ""
		for _, trial := range []*model.Trial{t.Traced, t.Shown} {
			if text == "" && trial != nil {
				text = strings.TrimSpace(trial.Log)
			}
		}
		if text == "" || len(out) == mostLogs {
			continue
		}
		if len(text) > mostLogText {
			text = strings.ToValidUTF8(text[:mostLogText], "") + " …"
		}
		out = append(out, excerpt{t.Variant, d.runtime(t.Row), text})
	}
	return out
}
