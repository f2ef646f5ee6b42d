package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/findings"
	"tandem/runner/format"
)

// A section is a pair's part of the page: its card on the opening, and itself.
type section struct {
	findings.Card
	Spark template.HTML // its findings on the axis that all cards share
	HTML  template.HTML
	files string // that it lists
}

// A pairView is what the template of a pair fills in.
type pairView struct {
	*findings.Pair
	Card     findings.Card
	Main     *figureView   // shows the answer
	Theirs   *figureView   // what the source printed, and ours
	Runtimes []*figureView // of them all, beside each other
	Reason   *figureView   // why it is so
	More     []*figureView // folded
	Claims   document
	Listings []listing
	Files    []string // that they stand in
	Unlisted []string // why a listing is missing
	Same     string   // address of the pair with which the listings stand
}

// A figureView is a figure ready for the page.
type figureView struct {
	*figure.Figure
	Link    template.URL // its address on the page
	Repeats bool         // its finding is the answer, which stands above it
	Rows    *figure.RowsView
	Pieces  []figure.Piece
	Data    *figure.Table // beside what is drawn in pieces
	Option  template.JS
}

// newSection renders a pair's part of the page.
func newSection(p *findings.Pair, in Input, known map[string]section) (section, error) {
	s := section{Card: p.Card()}
	v := &pairView{Pair: p}
	for _, f := range p.Figures() {
		fv, err := view(f, p.ID, len(in.ECharts) > 0)
		if err != nil {
			return s, err
		}
		switch name := strings.TrimPrefix(f.ID, p.ID+"-"); {
		case name == "source":
			v.Theirs = fv
		case slices.ContainsFunc(p.Entry.Figures, func(o catalog.Figure) bool { return o.ID == name }):
			if v.Main == nil {
				v.Main, s.Figure = fv, string(fv.Link)
			} else {
				v.Runtimes = append(v.Runtimes, fv)
			}
		case v.Main == nil && (name == "timeline" && p.Entry.Traced || name == "scaling" || name == "speedup"):
			v.Main, s.Figure = fv, string(fv.Link)
			fv.Repeats = len(fv.Points) == 0 && fv.Finding == s.Answer
		case v.Reason == nil && name == "cores" && !p.Entry.Traced: // who did what, and when, says why
			v.Reason = fv
		default:
			v.More = append(v.More, fv)
		}
	}
	v.Card, s.Spark = s.Card, figure.Spark(s.Card.Spark)
	v.Claims.Claims = verdicts(p.Claims(), s.Card)
	if err := v.list(in, known, &s); err != nil {
		return s, err
	}
	var html bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&html, "pair", v); err != nil {
		return s, fmt.Errorf("filling in its section: %w", err)
	}
	s.HTML = template.HTML(html.String())
	return s, nil
}

// view readies a figure for the page.
func view(f *figure.Figure, pair string, charts bool) (*figureView, error) {
	v := &figureView{Figure: f, Link: template.URL(format.Slug(pair) + "/" + strings.TrimPrefix(f.ID, pair+"-"))}
	if art, ok := f.Art.(*figure.Rows); ok {
		v.Rows = art.View()
		return v, nil
	}
	art := f.Art.(figure.Piecewise)
	v.Pieces, v.Data = art.Pieces(), f.Table.Short()
	if option := art.Chart(); option != nil && charts {
		// json escapes what could end the element.
		data, err := json.Marshal(option)
		if err != nil {
			return nil, fmt.Errorf("making the chart of figure %q: %w", f.ID, err)
		}
		v.Option = template.JS(data)
	}
	return v, nil
}

// list sets the pair's programs beside each other, or names the pair of the
// same topic that does.
func (v *pairView) list(in Input, known map[string]section, s *section) error {
	if in.Source == nil {
		return nil
	}
	var codes, variants []string
	for _, side := range v.Entry.Sides() {
		name, text, err := in.Source(v.ID, side)
		if err != nil {
			v.Unlisted = append(v.Unlisted, fmt.Sprintf("The %s side’s source is not shown: %v.", format.Capital(side), err))
			continue
		}
		if name == "" {
			continue // none is said to belong to it
		}
		codes, v.Files = append(codes, text), append(v.Files, name)
	}
	files := strings.Join(v.Files, " ")
	for _, other := range known {
		if files != "" && other.files == files && (v.Same == "" || other.Anchor < v.Same) {
			v.Same = other.Anchor
		}
	}
	if v.Same != "" {
		return nil
	}
	s.files = files
	for _, o := range v.Entry.Variants {
		variants = append(variants, o.Name)
	}
	for _, texts := range twins(variants, codes) {
		var l listing
		for i, text := range texts {
			html, err := highlight(v.Files[i], text)
			if err != nil {
				return fmt.Errorf("listing %q: %w", v.Files[i], err)
			}
			l = append(l, html)
		}
		v.Listings = append(v.Listings, l)
	}
	return nil
}
