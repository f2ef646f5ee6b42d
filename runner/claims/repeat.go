package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// repeat is the command that measures a claim again: the same pair, variants,
// runtimes and parameters, and nothing else; fit are the runtimes that meet the
// claim's conditions. What it needs and this run did not have is in it too.
func (j *judge) repeat(fit []model.Runtime) string {
	words := []string{"tandem", "run", cmp.Or(model.Quote(j.pair.Folder), j.pair.ID)}
	profile := j.run.Profile
	if profile != "" && profile != catalog.Quick {
		words = append(words, "--profile", profile)
	}
	var sides, variants []string
	for _, t := range j.claim.Tests {
		for _, ref := range []string{t.Of, t.Against} {
			if side, variant, ok := strings.Cut(ref, "/"); ok {
				sides, variants = append(sides, side), append(variants, variant)
			}
		}
	}
	if _, variant, ok := strings.Cut(j.claim.Formerly, "/"); ok {
		variants = append(variants, variant)
	}
	slices.Sort(sides)
	if sides = slices.Compact(sides); len(sides) == 1 {
		words = append(words, "--side", sides[0])
	}
	for i, v := range variants {
		if !slices.Contains(variants[:i], v) {
			words = append(words, "--variant", v)
		}
	}
	words = append(words, j.named(sides)...)
	if j.claim.Needs != "" && (len(fit) == 0 || !strings.HasPrefix(j.claim.Needs, "--python")) {
		words = append(words, j.claim.Needs)
	}
	for i := range j.pair.Params {
		if values := j.values(&j.pair.Params[i]); values != "" {
			words = append(words, "--param", j.pair.Params[i].Name+"="+values)
		}
	}
	if j.run.FixedRounds > 0 {
		words = append(words, fmt.Sprint("--rounds ", j.run.FixedRounds))
	}
	return strings.Join(words, " ")
}

// named names the runtimes of both languages where the run was told which ones
// to use.
func (j *judge) named(sides []string) (words []string) {
	for _, side := range []string{catalog.Go, catalog.Python} {
		flag := "--" + side
		given := slices.ContainsFunc(j.run.Command, func(word string) bool {
			return word == flag || strings.HasPrefix(word, flag+"=")
		})
		if !given || !slices.Contains(sides, side) {
			continue
		}
		for _, r := range j.run.Runtimes {
			if r.Side == side && j.pair.Runs(r) {
				words = append(words, flag, model.Quote(r.Spec()))
			}
		}
	}
	return words
}

// values are those that a parameter must have: what the tests ask for, else
// what the run had; empty where that is the profile's own.
func (j *judge) values(q *catalog.Param) string {
	var asked []string
	ends := map[any]bool{}
	add := func(v any) {
		switch text := q.Format(v); {
		case v == catalog.Least || v == catalog.Most:
			ends[v] = true
		case v != nil && !slices.Contains(asked, text):
			asked = append(asked, text)
		}
	}
	for _, t := range j.claim.Tests {
		add(t.At[q.Name])
		add(t.AgainstAt[q.Name])
	}
	if len(asked) == 0 {
		for _, c := range j.run.Plan {
			if v, ok := c.Params[q.Name]; ok && c.Pair == j.pair.ID && c.Side == j.side() {
				add(v)
			}
		}
	}
	if sweep, ok := q.Paper.([]any); ok && len(ends) == 2 && len(asked) < 2 {
		return q.Format(sweep) // the ends of one value are no ends
	}
	values := strings.Join(asked, ",")
	if own, err := j.pair.Values(j.run.Profile, j.side()); err == nil && values == q.Format(any(own[q.Name])) {
		return ""
	}
	return model.Quote(values)
}
