package catalog

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"tandem/runner/model"
)

// The profiles that every pair has values for.
const (
	Quick = "quick" // a class: all pairs within a minute or so on two cores
	Paper = "paper" // the sources' own numbers
)

// Profiles lists the profiles, the default first.
var Profiles = []string{Quick, Paper}

// Values returns what the parameters are on a side in a profile, each value as
// Parse returns it. More than one is a sweep.
func (p *Pair) Values(profile, side string) (map[string][]any, error) {
	values := map[string][]any{}
	for _, q := range p.Params {
		own := q.Override[side]
		if own == nil {
			own = &Override{}
		}
		switch profile {
		case Quick:
			values[q.Name] = list(q.Quick, own.Quick)
		case Paper:
			values[q.Name] = list(q.Paper, own.Paper)
		default:
			return nil, fmt.Errorf("unknown profile %q; there are %s", profile, strings.Join(Profiles, " and "))
		}
	}
	return values, nil
}

// Unusual are the parameters of which a side's values are not what the profile
// says, nor may be what it says where that is several.
func (p *Pair) Unusual(profile, side string, params map[string]any) map[string]any {
	usual, err := p.Values(profile, side)
	out := map[string]any{}
	for name, value := range params {
		if u := usual[name]; err != nil || len(u) != 1 || model.ParamText(u[0]) != model.ParamText(value) {
			out[name] = value
		}
	}
	return out
}

// list makes a list of one value or several, of those instead of it if there
// are any.
func list(v, instead any) []any {
	if instead != nil {
		v = instead
	}
	if sweep, ok := v.([]any); ok {
		return sweep
	}
	return []any{v}
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

// Format writes a value as Parse reads it, and a list of them as the command
// line takes a sweep. It also takes the float64 that JSON makes of every number.
func (q *Param) Format(v any) string {
	if sweep, ok := v.([]any); ok {
		var texts []string
		for _, one := range sweep {
			texts = append(texts, q.Format(one))
		}
		return strings.Join(texts, ",")
	}
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
	for _, bound := range []struct {
		name  string
		value *any
	}{{"min", &q.Min}, {"max", &q.Max}} {
		if *bound.value == nil {
			continue
		}
		v, err := q.parse(fmt.Sprint(*bound.value))
		if err != nil {
			return fmt.Errorf("parameter %q: %s is %w", q.Name, bound.name, err)
		}
		*bound.value = v
	}
	if q.Min != nil && q.Max != nil && less(q.Max, q.Min) {
		return fmt.Errorf("parameter %q: max is below min", q.Name)
	}
	if q.Values != nil {
		return fmt.Errorf("parameter %q: values is of pairs of one's own; a pair of the catalog has quick and paper", q.Name)
	}
	if err := q.normalizeProfiles("", &q.Quick, &q.Paper, true); err != nil {
		return err
	}
	for side, own := range q.Override {
		if err := q.normalizeProfiles("override."+side+".", &own.Quick, &own.Paper, false); err != nil {
			return err
		}
	}
	return nil
}

// normalizeProfiles does for the values of the profiles what normalize does.
func (q *Param) normalizeProfiles(where string, quick, paper *any, needed bool) error {
	for _, profile := range []struct {
		name  string
		value *any
	}{{Quick, quick}, {Paper, paper}} {
		switch v := (*profile.value).(type) {
		case nil:
			if needed {
				return fmt.Errorf("parameter %q: %s is missing", q.Name, profile.name)
			}
			continue
		case []any:
			if len(v) == 0 {
				return fmt.Errorf("parameter %q: %s%s is an empty list", q.Name, where, profile.name)
			}
		}
		values := slices.Clone(list(*profile.value, nil))
		for i := range values {
			v, err := q.parse(fmt.Sprint(values[i]))
			if err == nil {
				err = q.within(v)
			}
			if err != nil {
				return fmt.Errorf("parameter %q: %s%s: %v is %w", q.Name, where, profile.name, values[i], err)
			}
			values[i] = v
		}
		if _, sweep := (*profile.value).([]any); sweep {
			*profile.value = values
		} else {
			*profile.value = values[0]
		}
	}
	return nil
}
