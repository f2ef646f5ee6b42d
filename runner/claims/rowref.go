package claims

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A rowRef is a row of the run, and the parameters that its variant read.
type rowRef struct {
	variant *catalog.Variant
	runtime model.Runtime
	params  map[string]any
	row     *summary.Row
}

// value is a quantity of one round.
func (p *rowRef) value(round int, quantity string) (float64, bool) {
	for _, r := range p.row.Rounds {
		if r.Number == round {
			return summary.Value(r.Trial, quantity)
		}
	}
	return 0, false
}

// find returns the rows that a test is about: the first of each that have the
// same parameters, the profile's before others, but for those that the test sets
// apart. Where there are none it says what is missing.
func (j *judge) find(t *catalog.Test, r model.Runtime) (of, against *rowRef, missing string) {
	ofs := j.refs(t.Of, t.At, r)
	if len(ofs) == 0 {
		return nil, nil, j.without(t.Of, t.At, r)
	}
	if t.Against == "" {
		return ofs[0], nil, ""
	}
	at, apart := t.At, map[string]any{}
	if t.AgainstAt != nil {
		at = t.AgainstAt
		maps.Copy(apart, t.At)
		maps.Copy(apart, t.AgainstAt)
	}
	other := r
	if side := j.pair.VariantOf(t.Against).Side; side != r.Side {
		theirs := j.candidates(side, nil)
		if len(theirs) == 0 {
			return nil, nil, "this run has no " + t.Against
		}
		other = theirs[0]
	}
	againsts := j.refs(t.Against, at, other)
	if len(againsts) == 0 {
		return nil, nil, j.without(t.Against, at, other)
	}
	for _, a := range ofs {
		for _, b := range againsts {
			if !j.agree(a.params, b.params, apart) {
				continue
			}
			if a.row == b.row && t.Measure == t.AgainstMeasure {
				return nil, nil, "this run has just one value of " + strings.Join(slices.Sorted(maps.Keys(apart)), " and ")
			}
			return a, b, ""
		}
	}
	return nil, nil, fmt.Sprintf("this run has no %s and %s with the same parameters", t.Of, t.Against)
}

// refs lists the rows of a variant and runtime at some values of its
// parameters, in the plan's order.
func (j *judge) refs(ref string, at map[string]any, r model.Runtime) []*rowRef {
	v := j.pair.VariantOf(ref)
	var all []*rowRef
	if v.Side != r.Side { // a test on the other side has its own runtime
		theirs := j.candidates(v.Side, nil)
		if len(theirs) == 0 {
			return nil
		}
		r = theirs[0]
	}
	for _, row := range j.rows.Rows() {
		if row.Side != v.Side || row.Variant != v.Name || row.Runtime != r.ID {
			continue
		}
		all = append(all, &rowRef{v, r, row.Params, row})
	}
	unusual := func(r *rowRef) int { return len(j.pair.Unusual(j.run.Profile, v.Side, r.params)) }
	slices.SortStableFunc(all, func(a, b *rowRef) int { return cmp.Compare(unusual(a), unusual(b)) })
	for _, name := range slices.Sorted(maps.Keys(at)) {
		if v.Takes(name) {
			all = j.at(all, name, at[name])
		}
	}
	return all
}

// at leaves the places that have a value of a parameter, which may be the least
// or the most that this run has.
func (j *judge) at(all []*rowRef, name string, want any) []*rowRef {
	q := j.pair.Param(name)
	if want == catalog.Least || want == catalog.Most {
		if len(all) == 0 {
			return nil
		}
		order := func(a, b *rowRef) int { return cmp.Compare(number(a.params[name]), number(b.params[name])) }
		end := slices.MinFunc(all, order)
		if want == catalog.Most {
			end = slices.MaxFunc(all, order)
		}
		want = end.params[name]
	}
	return slices.DeleteFunc(all, func(p *rowRef) bool { return q.Format(p.params[name]) != q.Format(want) })
}

// number reads a parameter that may have been through JSON.
func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

// agree says whether parameters that both have are equal, but for those that
// may differ.
func (j *judge) agree(a, b, apart map[string]any) bool {
	for name, v := range a {
		w, both := b[name]
		if _, may := apart[name]; may || !both {
			continue
		}
		if q := j.pair.Param(name); q != nil && q.Format(v) != q.Format(w) {
			return false
		}
	}
	return true
}

func (j *judge) without(ref string, at map[string]any, r model.Runtime) string {
	return "this run has no " + ref + j.where(at)
}

// where names the parameters, where there are any.
func (j *judge) where(params map[string]any) string {
	if len(params) == 0 {
		return ""
	}
	return " at " + j.text(params)
}

// text writes parameters in the catalog's order.
func (j *judge) text(params map[string]any) string {
	var parts []string
	for i := range j.pair.Params {
		q := &j.pair.Params[i]
		if v, ok := params[q.Name]; ok {
			parts = append(parts, q.Name+"="+q.Format(v))
		}
	}
	return strings.Join(parts, ", ")
}
