package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Published is what a source printed in one figure or listing: one file below
// results/published.
type Published struct {
	Schema int `toml:"schema"`
	// Document is its ID in runner/catalog/sources.toml.
	Document string  `toml:"document"`
	Section  string  `toml:"section"` // "2.1"
	Figure   string  `toml:"figure"`  // "Fig. 2"; empty where it has none
	Title    string  `toml:"title"`
	Unit     string  `toml:"unit"`    // of every value and y; empty for a plain number
	XLabel   string  `toml:"x_label"` // what x counts, such as "workers"
	XUnit    string  `toml:"x_unit"`
	Notes    string  `toml:"notes"` // what the source leaves open
	Values   []Value `toml:"value"` // in the source's order
}

// A Value is one row of a figure: a single number, a curve (X and Y of one
// length) or a listing (Lines). Exactly one of the three is there, so Value
// counts where X and Lines are empty.
type Value struct {
	Key   string    `toml:"key"`   // unique within the file
	Label string    `toml:"label"` // as the source printed it
	Value float64   `toml:"value"`
	X     []float64 `toml:"x"`
	Y     []float64 `toml:"y"`
	Lines []string  `toml:"lines"`
	Order []string  `toml:"order"` // in which the source's results came back
	Notes string    `toml:"notes"`
}

// Find returns the row with the given key.
func (p Published) Find(key string) (Value, bool) {
	for _, v := range p.Values {
		if v.Key == key {
			return v, true
		}
	}
	return Value{}, false
}

// ReadPublished reads every *.toml at the top of fsys (results/published), by
// its name without the ending. A mistake in one of them is an error that names
// its file and line.
func ReadPublished(fsys fs.FS) (map[string]Published, error) {
	files, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("reading what the sources published: %w", err)
	}
	all := make(map[string]Published, len(files))
	for _, file := range files {
		name := file.Name()
		if path.Ext(name) != ".toml" {
			continue
		}
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading what the sources published: %w", err)
		}
		// The folder is always the same, and a user needs the whole name.
		p, err := parsePublished("results/published/"+name, data)
		if err != nil {
			return nil, err
		}
		all[strings.TrimSuffix(name, ".toml")] = p
	}
	return all, nil
}

func parsePublished(name string, data []byte) (Published, error) {
	var p Published
	var version struct {
		Schema int `toml:"schema"`
	}
	if toml.Unmarshal(data, &version) == nil && version.Schema != publishedSchema {
		return p, schemaError(name, version.Schema, publishedSchema)
	}
	dec := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return p, tomlError(name, err)
	}
	if len(p.Values) == 0 || p.Document == "" || p.Title == "" {
		return p, fmt.Errorf("%s: document, title and at least one [[value]] must be there", name)
	}
	var keys struct { // a value of zero and none are not the same
		Values []map[string]any `toml:"value"`
	}
	if err := toml.Unmarshal(data, &keys); err != nil {
		return p, tomlError(name, err)
	}
	seen := map[string]bool{}
	for i, v := range p.Values {
		_, number := keys.Values[i]["value"]
		err := v.check(number)
		if err == nil && seen[v.Key] {
			err = fmt.Errorf("key %q is there twice", v.Key)
		}
		if err != nil {
			return p, fmt.Errorf("%s: %w", at(name, valueLine(data, i), 0), err)
		}
		seen[v.Key] = true
	}
	return p, nil
}

func (v Value) check(number bool) error {
	kinds := 0
	for _, there := range []bool{number, len(v.X)+len(v.Y) > 0, len(v.Lines) > 0} {
		if there {
			kinds++
		}
	}
	numbers := slices.Concat(v.X, v.Y, []float64{v.Value})
	for _, n := range numbers {
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return fmt.Errorf("%v is nothing that a source can have printed", n)
		}
	}
	switch {
	case v.Key == "":
		return errors.New("a value without a key")
	case kinds != 1:
		return fmt.Errorf("key %q must have one of value, x with y, or lines", v.Key)
	case len(v.X) != len(v.Y):
		return fmt.Errorf("key %q has %d x but %d y", v.Key, len(v.X), len(v.Y))
	}
	return nil
}

// tomlError puts the place of a mistake in front of it.
func tomlError(name string, err error) error {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) && len(strict.Errors) > 0 {
		first := strict.Errors[0]
		line, col := first.Position()
		return fmt.Errorf("%s: unknown key %q", at(name, line, int64(col)), strings.Join(first.Key(), "."))
	}
	var decode *toml.DecodeError
	if errors.As(err, &decode) {
		line, col := decode.Position()
		return fmt.Errorf("%s: %w", at(name, line, int64(col)), err)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// valueLine is the line on which the ith [[value]] begins.
func valueLine(data []byte, i int) int {
	for n, line := range bytes.Split(data, []byte("\n")) {
		if !bytes.HasPrefix(bytes.TrimSpace(line), []byte("[[value]]")) {
			continue
		}
		if i == 0 {
			return n + 1
		}
		i--
	}
	return 0
}
