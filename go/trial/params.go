package trial

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Params are the parameters of one trial. Its methods return a parameter by
// name; one that is missing or of another type gives a zero value, and Err
// tells of the first such. So a Func reads all it needs and checks nothing.
type Params struct {
	values map[string]any // as json.Decoder.UseNumber leaves them
	err    error
}

// NewParams reads a JSON object.
func NewParams(text []byte) (*Params, error) {
	p := &Params{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a float64 cannot hold every int64
	if err := d.Decode(&p.values); err != nil {
		return nil, fmt.Errorf("reading params: %w", err)
	}
	return p, nil
}

// Err returns the first error of the methods below, or nil.
func (p *Params) Err() error { return p.err }

// Int returns an integer. A number such as 1e3 or 1.0 is none.
func (p *Params) Int(name string) int {
	return get(p, name, "an integer", func(v any) (int, bool) {
		n, _ := v.(json.Number)
		i, err := strconv.Atoi(n.String())
		return i, err == nil
	})
}

// Float returns a number.
func (p *Params) Float(name string) float64 {
	return get(p, name, "a number", func(v any) (float64, bool) {
		n, _ := v.(json.Number)
		f, err := n.Float64()
		return f, err == nil
	})
}

// Bool returns true or false.
func (p *Params) Bool(name string) bool {
	return get(p, name, "true or false", is[bool])
}

// String returns a text.
func (p *Params) String(name string) string {
	return get(p, name, "a string", is[string])
}

// Duration returns an integer number of nanoseconds as a duration.
func (p *Params) Duration(name string) time.Duration {
	return get(p, name, "integer nanoseconds", func(v any) (time.Duration, bool) {
		n, _ := v.(json.Number)
		i, err := strconv.ParseInt(n.String(), 10, 64)
		return time.Duration(i), err == nil
	})
}

// Strings returns a list of texts.
func (p *Params) Strings(name string) []string {
	return get(p, name, "a list of strings", func(v any) ([]string, bool) {
		list, ok := v.([]any)
		texts := make([]string, len(list))
		for i := range list {
			if texts[i], ok = list[i].(string); !ok {
				break
			}
		}
		return texts, ok
	})
}

func is[T any](v any) (T, bool) {
	t, ok := v.(T)
	return t, ok
}

// get returns the named parameter as parse understands it. want says in an
// error what it should have been.
func get[T any](p *Params, name, want string, parse func(any) (T, bool)) T {
	var zero T
	v, ok := p.values[name]
	if !ok {
		p.fail(fmt.Errorf("param %q: missing, want %s", name, want))
		return zero
	}
	t, ok := parse(v)
	if !ok {
		got, _ := json.Marshal(v)
		if len(got) > 100 {
			got = append(got[:100], "..."...)
		}
		p.fail(fmt.Errorf("param %q: want %s, got %s", name, want, got))
		return zero
	}
	return t
}

func (p *Params) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}
