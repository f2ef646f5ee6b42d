package claims

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tandem/runner/model"
)

// candidates returns the runtimes of a side that meet a claim's conditions, in
// the order of Verdict.Runtimes.
func candidates(all []model.Runtime, side string, conditions []string) []model.Runtime {
	var fit []model.Runtime
	for _, r := range all {
		if r.Side == side && !slices.ContainsFunc(conditions, func(want string) bool { return !meets(r, want) }) {
			fit = append(fit, r)
		}
	}
	var kinds []string
	for _, r := range fit {
		if !slices.Contains(kinds, kind(r)) {
			kinds = append(kinds, kind(r))
		}
	}
	slices.SortStableFunc(fit, func(a, b model.Runtime) int {
		return cmp.Or(
			cmp.Compare(slices.Index(kinds, kind(a)), slices.Index(kinds, kind(b))),
			-compareVersion(a.Version, b.Version))
	})
	switch {
	case len(fit) > 0 && slices.Contains(conditions, "newest"):
		fit = fit[:1]
	case len(fit) > 0 && slices.Contains(conditions, "oldest"):
		last := len(fit) - 1
		for kind(fit[last]) != kind(fit[0]) {
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

// kind is what runtimes must share for one to be the older version of another.
func kind(r model.Runtime) string { return fmt.Sprint(r.Side, r.Implementation, r.GIL) }

// compareVersion orders versions such as 3.9.18, 3.13.0 and, before it,
// 3.13.0rc2.
func compareVersion(a, b string) int {
	for a != "" || b != "" {
		var partA, partB string
		partA, a, _ = strings.Cut(a, ".")
		partB, b, _ = strings.Cut(b, ".")
		numberA, restA := leading(partA)
		numberB, restB := leading(partB)
		// Of 0 and 0rc2 the one without the rest is the later.
		if c := cmp.Or(cmp.Compare(numberA, numberB), -cmp.Compare(min(len(restA), 1), min(len(restB), 1)), cmp.Compare(restA, restB)); c != 0 {
			return c
		}
	}
	return 0
}

func leading(s string) (number int, rest string) {
	i := 0
	for ; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		number = number*10 + int(s[i]-'0')
	}
	return number, s[i:]
}
