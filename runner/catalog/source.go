package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tandem/runner/model"
)

// sourcesFile lists the documents that the pairs and their claims come from.
const sourcesFile = "sources.toml"

func parseSources(text []byte) ([]*model.Document, error) {
	var file struct {
		Documents []*model.Document `toml:"source"`
	}
	if err := decode(sourcesFile, text, &file); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for i, d := range file.Documents {
		switch {
		case d.ID == "" || d.Short == "" || d.Author == "" || d.Title == "" || d.Place == "":
			return nil, fmt.Errorf("%s: source %d needs all of id, short, author, title and place", sourcesFile, i+1)
		case !strings.Contains(d.Author, d.Short):
			return nil, fmt.Errorf("%s: source %q: short is %q, which the author %q does not have", sourcesFile, d.ID, d.Short, d.Author)
		case seen[d.ID]:
			return nil, fmt.Errorf("%s: source %q stands there twice", sourcesFile, d.ID)
		}
		seen[d.ID] = true
		d.Order = i + 1
	}
	return file.Documents, nil
}

// Documents lists what the pairs and their claims come from, in the order of
// sources.toml.
func Documents(pairs []*Pair) []*model.Document {
	var out []*model.Document
	add := func(s model.Source) {
		if s.In != nil && !slices.Contains(out, s.In) {
			out = append(out, s.In)
		}
	}
	for _, p := range pairs {
		add(p.Source)
		for i := range p.Claims {
			add(p.Claims[i].Source)
		}
	}
	slices.SortFunc(out, func(a, b *model.Document) int { return cmp.Compare(a.Order, b.Order) })
	return out
}

// cite ties every source of the pairs to its document.
func cite(pairs []*Pair, documents []*model.Document) error {
	var errs []error
	known := map[string]*model.Document{}
	var ids []string
	for _, d := range documents {
		known[d.ID] = d
		ids = append(ids, d.ID)
		for _, id := range d.First {
			if !slices.ContainsFunc(pairs, func(p *Pair) bool { return p.ID == id && p.Source.Document == d.ID }) {
				errs = append(errs, fmt.Errorf("%s: source %q: first names %q, which is no pair from it", sourcesFile, d.ID, id))
			}
		}
	}
	for _, p := range pairs {
		sources := []*model.Source{&p.Source}
		for i := range p.Claims {
			sources = append(sources, &p.Claims[i].Source)
		}
		for _, s := range sources {
			if s.In = known[s.Document]; s.In == nil && *s != (model.Source{}) {
				errs = append(errs, fmt.Errorf("%s.toml: source names document %q; %s has %s", p.ID, s.Document, sourcesFile, cmp.Or(strings.Join(ids, ", "), "none")))
			}
		}
	}
	return errors.Join(errs...)
}
