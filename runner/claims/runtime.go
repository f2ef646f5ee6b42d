package claims

import (
	"slices"

	"tandem/runner/model"
)

// candidates returns the runtimes of a side that run the pair and meet a claim's
// conditions, in the order of Verdict.Runtimes: the newest first, of the first
// implementation before others.
func (j *judge) candidates(side string, conditions []string) []model.Runtime {
	var fit []model.Runtime
	for _, r := range j.run.Runtimes {
		if r.Side == side && j.pair.Runs(r) && !slices.ContainsFunc(conditions, func(want string) bool { return !meets(r, want) }) {
			fit = append(fit, r)
		}
	}
	slices.SortStableFunc(fit, func(a, b model.Runtime) int {
		if !sameKind(a, b) {
			return a.Compare(b)
		}
		return b.Compare(a)
	})
	switch {
	case len(fit) > 0 && slices.Contains(conditions, "newest"):
		fit = fit[:1]
	case len(fit) > 0 && slices.Contains(conditions, "oldest"):
		last := len(fit) - 1
		for !sameKind(fit[last], fit[0]) {
			last--
		}
		fit = fit[last : last+1]
	}
	return fit
}

func meets(r model.Runtime, want string) bool {
	switch want {
	case "gil=true":
		return r.GIL
	case "gil=false":
		return !r.GIL
	case "newest", "oldest":
		return true // of those that meet the rest
	}
	return r.Implementation == want
}

// sameKind says whether one may be the older version of the other.
func sameKind(a, b model.Runtime) bool {
	return a.Side == b.Side && a.Implementation == b.Implementation
}
