package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"tandem/runner/model"
)

// mostLooks is how many claims the ending names as worth a look.
const mostLooks = 5

// ending prints what a run comes to: the verdicts by source, what is most worth
// looking at, and where the report is.
func (r *reported) ending(w io.Writer) error {
	var b strings.Builder
	if len(r.input.Claims) > 0 {
		b.WriteString(r.tally())
		b.WriteString(r.looks())
	}
	if n := len(r.Summary.Pairs); n < r.input.Planned {
		fmt.Fprintf(&b, "%d of %d pairs measured; go on with: tandem run --resume %s\n", n, r.input.Planned, r.Run)
	}
	fmt.Fprintf(&b, "all numbers: tandem show %s\n", r.Run)
	if r.Report != "" {
		fmt.Fprintf(&b, "report: %s\n", r.Report)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// tally counts the verdicts, a line a source.
func (r *reported) tally() string {
	var sources []string
	counts := map[string]map[model.Verdict]int{}
	for _, j := range r.input.Claims {
		s := j.Source.Short()
		if counts[s] == nil {
			sources = append(sources, s)
			counts[s] = map[model.Verdict]int{}
		}
		counts[s][j.Verdict]++
	}
	var b strings.Builder
	b.WriteString("verdicts on the claims of\n")
	for _, s := range sources {
		var parts []string
		for _, v := range model.Verdicts {
			if n := counts[s][v]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, v))
			}
		}
		fmt.Fprintf(&b, "  %s: %s\n", s, strings.Join(parts, ", "))
	}
	return b.String()
}

// looks names what contradicts its source or is no longer true, the farthest
// from it first, and then what differs most from the number that was printed.
func (r *reported) looks() string {
	worth := slices.DeleteFunc(slices.Clone(r.input.Claims), func(j model.Judgement) bool { return surprise(j) == 0 })
	slices.SortStableFunc(worth, func(a, b model.Judgement) int { return -cmp.Compare(surprise(a), surprise(b)) })
	if len(worth) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("most worth looking at\n")
	for _, j := range worth[:min(len(worth), mostLooks)] {
		fmt.Fprintf(&b, "  %s (%s) %s: %s; here %s\n", j.ID, j.Pair, j.Verdict, strings.TrimSuffix(j.Says, "."), cmp.Or(j.Text, "it is not so"))
	}
	return b.String()
}

// surprise is how far a claim is from what its source says; 0: not at all.
func surprise(j model.Judgement) float64 {
	far := 0.0
	if e := j.Estimate; j.PrintedRatio > 0 && e.N > 0 && e.Value > 0 {
		far = math.Abs(math.Log(e.Value / j.PrintedRatio))
	}
	switch j.Verdict {
	case model.Contradicted, model.Outdated:
		return 100 + far
	case model.NoDifference:
		return 50 + far
	case model.Reproduced:
		if far > math.Ln2 {
			return far
		}
	}
	return 0
}
