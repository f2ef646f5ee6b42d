package summary

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/format"
	"tandem/runner/model"
)

// Of summarises a run. The warm-up is left out. Where the journal has a cell's
// round twice, as after a resume, the last counts. Trials of cells that are
// not in the manifest's plan are left out with a warning. A pair that the
// catalog no longer has keeps its rows and loses its speed-ups.
func Of(m model.Manifest, trials []model.Trial, pairs []*catalog.Pair) Summary {
	var s Summary
	cells := cellsOf(m, pairs)
	byKey := map[string]*cell{}
	for _, c := range cells {
		byKey[c.key] = c
	}
	unknown := map[string]int{}
	for i := range trials {
		t := &trials[i]
		params := t.Params
		if p := catalog.Find(pairs, t.Pair); p != nil {
			params = reads(p.Variant(t.Side, t.Variant), t.Params)
		}
		of := t.Cell()
		of.Params = params
		switch c := byKey[of.Key()]; {
		case c == nil:
			unknown[fmt.Sprintf("%s %s/%s (%s)", t.Pair, t.Side, t.Variant, t.Runtime)]++
		case t.Round >= 1:
			c.trials[t.Round] = t
		case t.Traced:
			c.traces = append(c.traces, t)
		default:
			c.warmUp = t
		}
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		s.Warnings = append(s.Warnings, fmt.Sprintf("%s of %s with parameters that are not in the run's plan: left out",
			format.Plural(unknown[name], "trial"), name))
	}
	for len(cells) > 0 {
		id := cells[0].Pair
		var own, rest []*cell
		for _, c := range cells {
			if c.Pair == id {
				own = append(own, c)
			} else {
				rest = append(rest, c)
			}
		}
		s.Pairs = append(s.Pairs, pairOf(own, catalog.Find(pairs, id), m))
		cells = rest
	}
	return s
}

// A cell is one of the plan's, with its measured trials.
type cell struct {
	model.Cell // Params holds what the variant reads, nothing else
	key        string
	order      [3]int               // of the side, the runtime, the variant
	trials     map[int]*model.Trial // by round
	traces     []*model.Trial       // beside those
	warmUp     *model.Trial
}

// cellsOf returns the plan's cells, each once, in the plan's order.
func cellsOf(m model.Manifest, pairs []*catalog.Pair) []*cell {
	var cells []*cell
	seen := map[string]bool{}
	for _, c := range m.Plan {
		variant, side := -1, -1
		if p := catalog.Find(pairs, c.Pair); p != nil {
			side = slices.Index(p.Sides(), c.Side)
			c.Params = reads(p.Variant(c.Side, c.Variant), c.Params)
			variant = slices.IndexFunc(p.Variants, func(v catalog.Variant) bool {
				return v.Side == c.Side && v.Name == c.Variant
			})
		}
		k := c.Key()
		if seen[k] {
			continue
		}
		seen[k] = true
		runtime := slices.IndexFunc(m.Runtimes, func(r model.Runtime) bool { return r.ID == c.Runtime })
		cells = append(cells, &cell{
			Cell: c, key: k, trials: map[int]*model.Trial{},
			order: [3]int{side, runtime, variant},
		})
	}
	return cells
}

func pairOf(cells []*cell, p *catalog.Pair, m model.Manifest) Pair {
	cores := m.Machine.Cores
	if p == nil {
		p = &catalog.Pair{ID: cells[0].Pair}
	}
	points := slices.DeleteFunc(slices.Clone(cells), func(c *cell) bool { return c.Beside })
	beside := slices.DeleteFunc(slices.Clone(cells), func(c *cell) bool { return !c.Beside })
	pair := Pair{ID: p.ID, Swept: swept(points, p)}
	var disagree []string
	if p.Expect == "" && !slices.Contains(p.Needs, "site") {
		disagree = referee(cells, p)
	}
	rows := map[*cell]*Row{}
	for _, c := range cells {
		rows[c] = c.row(p, cores)
	}
	groups := func(some []*cell, named []string) (out []Group) {
		for _, members := range grouped(some) {
			g := Group{Params: members[0].Params, Label: label(members[0].Params, named, p)}
			slices.SortStableFunc(members, func(a, b *cell) int { return slices.Compare(a.order[:], b.order[:]) })
			for _, c := range members {
				if base := baseline(c, cells, rows[c].Baseline); base != nil {
					rows[c].compare(rows[base])
				}
				g.Rows = append(g.Rows, *rows[c])
			}
			out = append(out, g)
		}
		return out
	}
	pair.Groups = groups(points, pair.Swept)
	if len(beside) > 0 {
		pair.Beside = groups(beside, swept(cells, p))
	}
	pair.Warnings = slices.Concat(disturbances(cells, p, cores), disagree, unfinished(cells), idle(cells, rows, pair.Swept, p), brief(cells, rows, p, m))
	return pair
}

// grouped puts cells with the same parameters together, in the plan's order. A
// cell that reads fewer parameters than others joins the first group that
// agrees with it, and no other, so that it stands in the table once.
func grouped(cells []*cell) [][]*cell {
	var groups [][]*cell
	widest := slices.SortedStableFunc(slices.Values(cells), func(a, b *cell) int {
		return cmp.Compare(len(b.Params), len(a.Params))
	})
	for _, c := range widest {
		i := slices.IndexFunc(groups, func(g []*cell) bool {
			for name := range c.Params {
				if _, ok := g[0].Params[name]; !ok {
					return false
				}
			}
			return agree(c.Params, g[0].Params)
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], c)
	}
	return groups
}

// baseline returns the cell that c's speed-up is measured against: of the same
// side and runtime, and with the same values of all parameters that both read.
func baseline(c *cell, cells []*cell, variant string) *cell {
	if c.Variant == variant {
		return nil
	}
	i := slices.IndexFunc(cells, func(b *cell) bool {
		return b.Variant == variant && b.Side == c.Side && b.Runtime == c.Runtime && agree(b.Params, c.Params)
	})
	if i < 0 {
		return nil
	}
	return cells[i]
}

// agree says whether the parameters that a and b both have are equal.
func agree(a, b map[string]any) bool {
	for name, v := range a {
		if w, ok := b[name]; ok && model.ParamText(v) != model.ParamText(w) {
			return false
		}
	}
	return true
}

// swept lists the parameters that differ between cells, in the catalog's
// order, then those that the catalog does not know.
func swept(cells []*cell, p *catalog.Pair) []string {
	values := map[string]map[string]bool{}
	for _, c := range cells {
		for name, v := range c.Params {
			if values[name] == nil {
				values[name] = map[string]bool{}
			}
			values[name][model.ParamText(v)] = true
		}
	}
	var names []string
	for _, q := range p.Params {
		if len(values[q.Name]) > 1 {
			names = append(names, q.Name)
		}
		delete(values, q.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if len(values[name]) > 1 {
			names = append(names, name)
		}
	}
	return names
}

// label writes the swept parameters as a person would on the command line.
func label(params map[string]any, swept []string, p *catalog.Pair) string {
	var parts []string
	for _, name := range swept {
		v, ok := params[name]
		if !ok {
			continue
		}
		value := model.ParamText(v)
		if q := p.Param(name); q != nil {
			value = q.Format(v)
		}
		parts = append(parts, name+"="+value)
	}
	return strings.Join(parts, ", ")
}

// reads returns the parameters that a variant reads; all, where the catalog
// does not know the variant.
func reads(v *catalog.Variant, params map[string]any) map[string]any {
	if v == nil {
		return params
	}
	own := map[string]any{}
	for name, value := range params {
		if v.Takes(name) {
			own[name] = value
		}
	}
	return own
}
