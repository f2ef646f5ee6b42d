package summary

import (
	"cmp"
	"fmt"
	"slices"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// referee holds the cells' answers against each other where nobody has said
// what is right: among cells with the same parameters the baselines' answer
// counts, and where these are not of one mind the answer of the most cells. A
// trial with another one becomes a wrong answer, which has no numbers. It
// returns what to tell the reader.
func referee(cells []*cell, p *catalog.Pair) (warnings []string) {
	alike := map[string][]*cell{}
	var keys []string
	for _, c := range cells {
		key := model.ParamsKey(common(c.Params, p))
		if alike[key] == nil {
			keys = append(keys, key)
		}
		alike[key] = append(alike[key], c)
	}
	for _, key := range keys {
		right, whose := verdictOf(alike[key], p)
		for _, c := range alike[key] {
			if own := c.answers(); len(own) > 1 {
				warnings = append(warnings, fmt.Sprintf("%s/%s (%s) gave %d different answers", c.Side, c.Variant, c.Runtime, len(own)))
			}
			for round, t := range c.trials {
				if t.Status != model.OK || whose != "" && t.Answer == right {
					continue
				}
				wrong := *t
				wrong.Status = model.WrongAnswer
				wrong.Message = fmt.Sprintf("answered %q, but %s says %q", model.Brief(t.Answer), whose, model.Brief(right))
				if whose == "" {
					wrong.Message = fmt.Sprintf("answered %q; the variants give different answers and none of them has a majority", model.Brief(t.Answer))
				}
				if p.Folder != "" && len(c.answers()) > 1 {
					wrong.Message += "; say which part of what it prints counts (--answer, [answer])"
				}
				c.trials[round] = &wrong
			}
		}
	}
	return warnings
}

// common are the parameters that every variant reads: others cannot matter to
// the answer, or the variants could not agree.
func common(params map[string]any, p *catalog.Pair) map[string]any {
	out := map[string]any{}
	for name, value := range params {
		if !slices.ContainsFunc(p.Variants, func(v catalog.Variant) bool { return !v.Takes(name) }) {
			out[name] = value
		}
	}
	return out
}

// verdictOf is the answer that counts and whose it is; empty where nobody's is.
func verdictOf(cells []*cell, p *catalog.Pair) (answer, whose string) {
	votes, baselines := map[string]int{}, map[string]int{}
	for _, c := range cells {
		own := c.answers()
		if len(own) == 0 {
			continue
		}
		votes[own[0]]++
		if c.Variant == p.Reference() || c.Side+"/"+c.Variant == p.Reference() {
			baselines[own[0]]++
		}
	}
	if len(votes) > 1 { // who says nothing does not say what is right
		delete(votes, "")
		delete(baselines, "")
	}
	switch a, clear := most(baselines); {
	case len(baselines) == 1:
		return a, p.Reference()
	default:
		if a, clear = most(votes); clear {
			return a, "the majority"
		}
	}
	return "", ""
}

// answers are those of a cell's trials, the most frequent first.
func (c *cell) answers() []string {
	counts := map[string]int{}
	for _, t := range c.trials {
		if t.Status == model.OK {
			counts[t.Answer]++
		}
	}
	return ranked(counts)
}

// most is the answer with the most votes, and whether no other has as many.
func most(votes map[string]int) (answer string, clear bool) {
	all := ranked(votes)
	if len(all) == 0 {
		return "", false
	}
	return all[0], len(all) == 1 || votes[all[0]] > votes[all[1]]
}

func ranked(votes map[string]int) []string {
	var all []string
	for a := range votes {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(votes[b], votes[a]), cmp.Compare(a, b)) })
	return all
}
