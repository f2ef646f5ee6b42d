// Package plan decides what a run runs, in which order, and when it has seen
// enough.
//
// Its one decision: a round runs every cell once, in an order drawn from the
// run's seed, so that drift of the machine hits all cells alike and a run can
// be repeated, or resumed, to the letter.
package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// A Selection is what the user asked for. Empty Sides and Variants mean all.
type Selection struct {
	Pairs    []*catalog.Pair
	Profile  string
	Sides    []string
	Variants []string
	Runtimes []model.Runtime
	Set      []string // "name=value" or, for a sweep, "name=value,value"
}

// Build lists the cells of one round: each pair, each point of its sweep, each
// runtime, each variant; then the cells of its own. A cell holds only the parameters that its variant
// reads, so a sweep over workers runs a sequential variant once.
//
// Every error is the user's: an unknown name or a value out of bounds.
func Build(s Selection) ([]model.Cell, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	for _, r := range s.Runtimes {
		if !slices.ContainsFunc(s.Pairs, func(p *catalog.Pair) bool { return p.Runs(r) }) {
			return nil, fmt.Errorf("%s (%s) is too old for these pairs; it runs the pair history alone", r.Name(), r.Spec())
		}
	}
	swept, err := s.sweeps()
	if err != nil {
		return nil, err
	}
	var cells []model.Cell
	for _, p := range s.Pairs {
		points := map[string][]map[string]any{}
		most := 0
		for _, side := range p.Sides() {
			if points[side], err = s.points(p, side, swept); err != nil {
				return nil, err
			}
			most = max(most, len(points[side]))
		}
		seen := map[string]bool{}
		for at := range most {
			for _, r := range s.Runtimes {
				if at >= len(points[r.Side]) || !p.Runs(r) {
					continue
				}
				point := points[r.Side][at]
				for i := range p.Variants {
					v := &p.Variants[i]
					if v.Side != r.Side || !s.wants(v) {
						continue
					}
					c := model.Cell{Pair: p.ID, Side: v.Side, Variant: v.Name, Runtime: r.ID, Params: read(v, point)}
					if key := c.Key(); !seen[key] {
						seen[key] = true
						cells = append(cells, c)
					}
				}
			}
		}
		for _, c := range s.beside(p, points) {
			if key := c.Key(); !seen[key] {
				seen[key] = true
				cells = append(cells, c)
			}
		}
	}
	if len(cells) == 0 {
		return nil, fmt.Errorf("nothing to run: no pair has such a variant on that side")
	}
	return cells, nil
}

// beside lists the cells of a pair's own, which start from the first point of
// the sweep. Who sets parameters has said where to measure.
func (s Selection) beside(p *catalog.Pair, points map[string][]map[string]any) (cells []model.Cell) {
	if len(s.Set) > 0 {
		return nil
	}
	for i := range p.Cells {
		for _, r := range s.Runtimes {
			if !p.Runs(r) {
				continue
			}
			for _, v := range p.Cells[i].Of(p, r.Side, s.Profile) {
				if len(s.Sides) > 0 && !slices.Contains(s.Sides, v.Side) || len(s.Variants) > 0 && !slices.Contains(s.Variants, v.Name) {
					continue
				}
				point := maps.Clone(points[r.Side][0])
				maps.Copy(point, p.Cells[i].At)
				cells = append(cells, model.Cell{Pair: p.ID, Side: v.Side, Variant: v.Name, Runtime: r.ID, Params: read(v, point), Beside: true})
			}
		}
	}
	return cells
}

// wants says whether the user asked for a variant, or for none in particular.
func (s Selection) wants(v *catalog.Variant) bool {
	if len(s.Sides) > 0 && !slices.Contains(s.Sides, v.Side) {
		return false
	}
	if len(s.Variants) > 0 {
		return slices.Contains(s.Variants, v.Name)
	}
	return len(v.Profiles) == 0 || slices.Contains(v.Profiles, s.Profile)
}

// check names the first variant that no pair has.
func (s Selection) check() error {
	for _, name := range s.Variants {
		var known []string
		for _, p := range s.Pairs {
			for _, v := range p.Variants {
				if len(s.Sides) == 0 || slices.Contains(s.Sides, v.Side) {
					known = append(known, v.Name)
				}
			}
		}
		if !slices.Contains(known, name) {
			return unknown("variant", name, known)
		}
	}
	return nil
}

// A sweep is the text of the values that one parameter takes.
type sweep struct {
	name   string
	values []string
}

// sweeps takes the user's settings apart and names the first that no pair has.
func (s Selection) sweeps() ([]sweep, error) {
	var all []sweep
	for _, set := range s.Set {
		name, values, ok := strings.Cut(set, "=")
		if !ok || name == "" || values == "" {
			return nil, fmt.Errorf("parameter %q: write it as name=value, or name=value,value to compare several", set)
		}
		var known []string
		for _, p := range s.Pairs {
			for _, q := range p.Params {
				known = append(known, q.Name)
			}
		}
		if !slices.Contains(known, name) {
			return nil, unknown("parameter", name, known)
		}
		if slices.ContainsFunc(all, func(o sweep) bool { return o.name == name }) {
			return nil, fmt.Errorf("parameter %s stands there twice; write %s=value,value to compare several", name, name)
		}
		all = append(all, sweep{name, strings.Split(values, ",")})
	}
	return all, nil
}

// points returns the sets of parameters that a side of a pair runs with: every
// combination of what the user set and, for the rest, of the profile's values.
func (s Selection) points(p *catalog.Pair, side string, swept []sweep) ([]map[string]any, error) {
	values, err := p.Values(s.Profile, side)
	if err != nil {
		return nil, err
	}
	var order []string // the catalog's sweeps first, then the user's
	for _, q := range p.Params {
		order = append(order, q.Name)
	}
	for _, w := range swept {
		q := p.Param(w.name)
		if q == nil {
			continue
		}
		order = append(slices.DeleteFunc(order, func(name string) bool { return name == w.name }), w.name)
		values[w.name] = nil
		for _, text := range w.values {
			v, err := q.Parse(text)
			if err != nil {
				return nil, fmt.Errorf("pair %s: %w", p.ID, err)
			}
			values[w.name] = append(values[w.name], v)
		}
	}
	points := []map[string]any{{}}
	for _, name := range order {
		var next []map[string]any
		for _, point := range points {
			for _, v := range values[name] {
				next = append(next, with(point, name, v))
			}
		}
		points = next
	}
	return points, nil
}

func with(point map[string]any, name string, value any) map[string]any {
	out := maps.Clone(point)
	out[name] = value
	return out
}

func read(v *catalog.Variant, point map[string]any) map[string]any {
	out := map[string]any{}
	for name, value := range point {
		if v.Takes(name) {
			out[name] = value
		}
	}
	return out
}

// unknown is the error for a name that does not exist, with those that do.
func unknown(what, name string, known []string) error {
	slices.Sort(known)
	if len(known) == 0 {
		return fmt.Errorf("unknown %s %q; there is none", what, name)
	}
	return fmt.Errorf("unknown %s %q; there are %s", what, name, strings.Join(slices.Compact(known), ", "))
}
