package model

import (
	"fmt"
	"strings"
)

// A Document is a work whose figures and claims Tandem reproduces.
type Document struct {
	ID     string `toml:"id"`     // "paper"; what the catalog's files name it by
	Short  string `toml:"short"`  // how it is cited in passing: "Hassanin"; a part of Author
	Author string `toml:"author"` // as the document prints it
	Title  string `toml:"title"`
	Year   int    `toml:"year"`  // 0: it states none
	Place  string `toml:"place"` // where it was given or published
	// First names the pairs with which to begin, before those that follow in
	// the document's own order.
	First []string `toml:"first"`
	Order int      `toml:"-"` // place among the documents, from 1
}

// String is the citation in full.
func (d *Document) String() string {
	text := fmt.Sprintf("%s, “%s”, %s", d.Author, d.Title, d.Place)
	if d.Year > 0 {
		text += fmt.Sprintf(", %d", d.Year)
	}
	return text
}

// A Source is a place in a document.
type Source struct {
	Document string `toml:"document" json:"document"` // its ID
	Section  string `toml:"section" json:"section"`   // "2.1", "slide 35", a heading; may be empty
	Figure   string `toml:"figure" json:"figure"`     // "Fig. 2"; may be empty
	// In is the document; nil where the catalog did not read the source.
	In *Document `toml:"-" json:"-"`
}

// Short is what to call the document in passing.
func (s Source) Short() string {
	if s.In != nil {
		return s.In.Short
	}
	return s.Document
}

// Order is the document's place among the documents; those that are unknown
// come last.
func (s Source) Order() int {
	if s.In != nil {
		return s.In.Order
	}
	return int(^uint(0) >> 1)
}

// String cites the place: "Hassanin, section 2.4, Fig. 2"; empty where there is
// none.
func (s Source) String() string {
	section := s.Section
	if section != "" && section[0] >= '0' && section[0] <= '9' {
		word := "section "
		if strings.ContainsAny(section, " ,") {
			word = "sections "
		}
		section = word + section
	}
	var parts []string
	for _, part := range []string{s.Short(), section, s.Figure} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
