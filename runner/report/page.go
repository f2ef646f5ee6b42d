package report

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"

	"tandem/runner/figure"
	"tandem/runner/findings"
	"tandem/runner/format"
	"tandem/runner/model"
)

//go:embed templates/*.tmpl
var templates embed.FS

//go:embed assets/report.css
var styleSheet string

//go:embed assets/report.js
var script string

var pageTemplate = template.Must(template.New("page.tmpl").Funcs(template.FuncMap{
	"slug": func(v model.Verdict) string { return format.Slug(string(v)) },
	"text": coloured,
	"url":  func(address string) template.URL { return template.URL(address) },
}).ParseFS(templates, "templates/*.tmpl"))

// A page is what the templates fill in.
type page struct {
	*findings.Run
	ID        string
	Title     string
	Lede      string
	Warnings  []string // of the run
	Doubts    []string // of single pairs
	Under     string   // how far the run is, while it is under way
	Helps     []findings.Help
	Filters   []findings.Fact // name, and the tag
	Documents []document
	Pairs     []section
	Command   string
	Charts    bool
	CSP       string
	CSS       template.CSS
	Script    template.JS
	ECharts   template.HTML // compressed, in base 64
}

func newPage(in Input, w *Writer) (*page, error) {
	p := &page{Run: findings.Of(in.Results), ID: in.Manifest.ID, Command: in.Command, Charts: len(in.ECharts) > 0}
	if n := len(p.Measured); n < in.Planned {
		p.Under = fmt.Sprintf("%d of %d measured. The page is written again as each pair ends: load it again to see the next.", n, in.Planned)
	}
	var cards []findings.Card
	for _, of := range p.Measured {
		made, done := w.sections[of.ID]
		if !done {
			var err error
			if made, err = newSection(of, in, w.sections); err != nil {
				return nil, fmt.Errorf("pair %q: %w", of.ID, err)
			}
			w.sections[of.ID] = made
		}
		p.Pairs, cards = append(p.Pairs, made), append(cards, made.Card)
	}
	p.Title, p.Lede = p.Run.Title()
	p.Warnings, p.Doubts = p.Run.Warnings()
	p.Helps, p.Filters = findings.Helps(cards), findings.Filters(cards)
	p.Documents = documents(verdicts(in.Claims, cards...))
	p.CSS = template.CSS(figure.CSS() + styleSheet)
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
