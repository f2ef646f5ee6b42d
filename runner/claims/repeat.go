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
// interpreters and parameters, and nothing else. What a claim needs and this
// run did not have is in it too.
func (j *judge) repeat(runtimes []model.Runtime) string {
	words := []string{"tandem", "run", cmp.Or(quote(j.pair.Folder), j.pair.ID)}
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
	if j.claim.Needs != "" {
		words = append(words, j.claim.Needs)
	} else if j.pair.Folder == "" && (len(sides) > 1 || sides[0] == catalog.Python) {
		words = append(words, j.pythons(runtimes)...)
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

// pythons names the interpreters where the run was told which ones to use.
func (j *judge) pythons(runtimes []model.Runtime) []string {
	told := slices.ContainsFunc(j.run.Command, func(word string) bool {
		return word == "--python" || strings.HasPrefix(word, "--python=")
	})
	if !told {
		return nil
	}
	var words []string
	for _, r := range runtimes {
		if r.Side == catalog.Python {
			words = append(words, "--python", quote(r.Path))
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
	return quote(values)
}

// quote makes one word of a text for a shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-,=:+@#%", r)
	}
	if s == "" || strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
