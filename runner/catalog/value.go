package catalog

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// The profiles that every pair has values for.
const (
	Quick = "quick" // a class: all pairs within a minute or so on two cores
	Paper = "paper" // the seeds' own numbers
)

// Profiles lists the profiles, the default first.
var Profiles = []string{Quick, Paper}

// Values returns the parameters' values in a profile, as Parse returns them.
func (p *Pair) Values(profile string) (map[string]any, error) {
	values := map[string]any{}
	for _, q := range p.Params {
		switch profile {
		case Quick:
			values[q.Name] = q.Quick
		case Paper:
			values[q.Name] = q.Paper
		default:
			return nil, fmt.Errorf("unknown profile %q; there are %s", profile, strings.Join(Profiles, " and "))
		}
	}
	return values, nil
}

// Parse reads a value from the command line: an int64 (for "int", and
// nanoseconds for "duration"), a float64, a bool or a string, within the
// parameter's bounds.
func (q *Param) Parse(text string) (any, error) {
	v, err := q.parse(text)
	if err != nil {
		return nil, fmt.Errorf("parameter %s: %q is %w", q.Name, text, err)
	}
	if err := q.within(v); err != nil {
		return nil, fmt.Errorf("parameter %s: %q is %w", q.Name, text, err)
	}
	return v, nil
}

func (q *Param) parse(text string) (any, error) {
	switch q.Type {
	case "int":
		v, err := strconv.ParseInt(strings.ReplaceAll(text, "_", ""), 10, 64)
		if err != nil {
			return nil, errors.New("no whole number")
		}
		return v, nil
	case "float":
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("no number")
		}
		return v, nil
	case "duration":
		v, err := time.ParseDuration(text)
		if err != nil {
			return nil, errors.New("no duration such as 250ms or 1.5s")
		}
		return int64(v), nil
	case "bool":
		v, err := strconv.ParseBool(text)
		if err != nil {
			return nil, errors.New("neither true nor false")
		}
		return v, nil
	default:
		return text, nil
	}
}

// within says which bound a value breaks.
func (q *Param) within(v any) error {
	if q.Min != nil && less(v, q.Min) {
		return fmt.Errorf("below the least, %s", q.Format(q.Min))
	}
	if q.Max != nil && less(q.Max, v) {
		return fmt.Errorf("above the most, %s", q.Format(q.Max))
	}
	if len(q.Choices) == 0 {
		return nil
	}
	var names []string
	for _, c := range q.Choices {
		if c == v {
			return nil
		}
		names = append(names, q.Format(c))
	}
	return fmt.Errorf("none of %s", strings.Join(names, ", "))
}

func less(a, b any) bool {
	switch a := a.(type) {
	case int64:
		b, ok := b.(int64)
		return ok && a < b
	case float64:
		b, ok := b.(float64)
		return ok && a < b
	}
	return false
}

// Format writes a value as Parse reads it. It also takes the float64 that JSON
// makes of every number.
func (q *Param) Format(v any) string {
	if f, ok := v.(float64); ok && (q.Type == "int" || q.Type == "duration") {
		v = int64(f)
	}
	if n, ok := v.(int64); ok && q.Type == "duration" {
		return time.Duration(n).String()
	}
	return fmt.Sprint(v)
}

// normalize turns the values that TOML read into those that Parse returns, and
// checks that they fit the parameter's own type and bounds.
func (q *Param) normalize() error {
	switch q.Type {
	case "int", "float", "duration", "bool", "string":
	default:
		return fmt.Errorf("parameter %q: type is %q; it is int, float, duration, bool or string", q.Name, q.Type)
	}
	if q.Doc == "" {
		return fmt.Errorf("parameter %q: doc is missing", q.Name)
	}
	for i, c := range q.Choices {
		v, err := q.parse(fmt.Sprint(c))
		if err != nil {
			return fmt.Errorf("parameter %q: choice %d is %w", q.Name, i+1, err)
		}
		q.Choices[i] = v
	}
	// Bounds and choices first: the values are checked against them.
	for _, field := range []struct {
		name   string
		value  *any
		needed bool
	}{{"min", &q.Min, false}, {"max", &q.Max, false}, {"quick", &q.Quick, true}, {"paper", &q.Paper, true}} {
		if *field.value == nil {
			if field.needed {
				return fmt.Errorf("parameter %q: %s is missing", q.Name, field.name)
			}
			continue
		}
		v, err := q.parse(fmt.Sprint(*field.value))
		if err == nil {
			*field.value = v
			err = q.within(v)
		}
		if err != nil {
			return fmt.Errorf("parameter %q: %s is %w", q.Name, field.name, err)
		}
	}
	return nil
}
