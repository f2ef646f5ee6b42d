package findings

import (
	"fmt"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
	"tandem/runner/trace"
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
	Name  string
	Lines []string
}

// Bounds of a printout; the figure's CSV has all.
const (
	mostLines   = 60
	mostLetters = 2000
	leastWidth  = 20 // letters in a line
)

// Printouts sets the source's listings beside ours.
func (p *Pair) Printouts() []printout {
	var out []printout
	pair := p.Entry
	for _, pr := range pair.Printed {
		pub, ok := p.run.Published[pr.File]
		if !ok {
			continue
		}
		v, ok := pub.Find(pr.Key)
		if !ok || len(v.Lines) == 0 {
			continue
		}
		o := printout{Title: pub.Title, Note: v.Notes, Theirs: printed{Name: p.run.cite(&pub).String()}}
		if v.Label != "" {
			o.Theirs.Name += ": " + v.Label
		}
		if o.Note == "" {
			o.Note = pub.Notes
		}
		o.Theirs.Lines = v.Lines
		o.Ours = printed{Name: "Here: " + pr.Variant + ", not in this run"}
		for _, t := range p.series {
			if t.Side != pr.Side || t.Variant != pr.Variant {
				continue
			}
			o.Ours.Name = "Here: " + t.Variant + ", " + t.on
			if o.Ours.Lines = p.listing(t.Row, pr, v.Lines); o.Ours.Lines == nil {
				o.Ours.Name += ", not traced"
			}
			break
		}
		out = append(out, o)
	}
	return out
}

// listing is what the row's traced trial did, in the manner of the source's
// lines: letters in rows of their width, else one line an event.
func (p *Pair) listing(r *summary.Row, pr catalog.Printed, theirs []string) []string {
	if r.Traced == nil {
		return nil
	}
	s := trace.New(p.events(r), 0)
	s.Unit = p.unitOf(r)
	if len(s.Letters) > 0 {
		var page []rune
		for _, run := range s.Letters {
			page = append(page, []rune(strings.Repeat(run.Letter, min(run.N, mostLetters)))...)
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
			lines = append(lines, fmt.Sprintf("… and %s", format.Plural(left, "letter")))
		}
		return lines
	}
	var lines []string
	left := 0
	for _, e := range s.Events {
		if len(pr.Events) > 0 && !slices.Contains(pr.Events, e.Kind) {
			continue
		}
		if len(lines) == mostLines {
			left++
			continue
		}
		lines = append(lines, s.Line(e))
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("… and %s", format.Plural(left, "event")))
	}
	return lines
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

// Logs quotes what the variants wrote.
func (p *Pair) Logs() []excerpt {
	var out []excerpt
	for _, t := range p.series {
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
		out = append(out, excerpt{t.Variant, t.on, text})
	}
	return out
}
