package trial

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"tandem/go/events"
)

// A Topic is the variants of a pair, in the order of its file in
// runner/catalog.
type Topic []Entry

// An Entry is a variant of a topic.
type Entry struct {
	Name   string
	Params []string // that it reads, by their names in the catalog
	ready  func(params []byte) (work, error)
}

// work is what is timed.
type work func(note events.Note) (Result, error)

// Variant is the entry of a function. Its parameters are the exported fields
// of P, each under its name in lower case; a variant that reads only some of
// them names these, and has the zero value in the others. Where *P has a method
// Prepare() error, that is called before the clock runs.
//
// The answer is what fmt.Sprint makes of R, unless R is a Result or has a
// method Result() that returns one.
func Variant[P, R any](name string, run func(p P, note events.Note) (R, error), reads ...string) Entry {
	if len(reads) == 0 {
		for _, field := range reflect.VisibleFields(reflect.TypeFor[P]()) {
			if field.IsExported() && !field.Anonymous {
				reads = append(reads, strings.ToLower(field.Name))
			}
		}
	}
	return Entry{name, reads, func(params []byte) (work, error) {
		var p P
		if err := decode(params, &p, reads); err != nil {
			return nil, err
		}
		if p, ok := any(&p).(interface{ Prepare() error }); ok {
			if err := p.Prepare(); err != nil {
				return nil, err
			}
		}
		return func(note events.Note) (Result, error) {
			r, err := run(p, note)
			if err != nil {
				return Result{}, err
			}
			return result(r), nil
		}, nil
	}}
}

func result(r any) Result {
	switch r := r.(type) {
	case Result:
		return r
	case interface{ Result() Result }:
		return r.Result()
	}
	return Result{Answer: fmt.Sprint(r)}
}

// decode reads the named members of a JSON object into the fields of a struct.
func decode(text []byte, into any, names []string) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return fmt.Errorf("reading params: %w", err)
	}
	for _, name := range names {
		field := reflect.ValueOf(into).Elem().FieldByNameFunc(func(field string) bool {
			return strings.ToLower(field) == name
		})
		got, ok := members[name]
		if !ok {
			return fmt.Errorf("param %q: missing, want %s", name, wanted(field.Type()))
		}
		// null would leave the field as it is.
		if string(got) == "null" || json.Unmarshal(got, field.Addr().Interface()) != nil {
			if len(got) > 100 {
				got = append(slices.Clip(got[:100]), "..."...)
			}
			return fmt.Errorf("param %q: want %s, got %s", name, wanted(field.Type()), got)
		}
	}
	return nil
}

// wanted is how the protocol calls a type.
func wanted(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return "integer nanoseconds"
	case t.Kind() == reflect.Int:
		return "an integer"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "a list of strings"
	}
	return "a " + t.String()
}
