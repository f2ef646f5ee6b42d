package stats

import (
	"cmp"
	"math"
	"slices"

	moremath "github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"

	"tandem/runner/format"
	"tandem/runner/model"
)

// Between compares two sets of rounds that were not run side by side, such as
// those of two runs: how many times a is b. The number is the median of all
// quotients b[k]/a[i], with the exact interval that belongs to the
// Mann-Whitney test; p is that test's. Both assume nothing of the noise, but
// that it is alike on both sides.
//
// J. L. Hodges and E. L. Lehmann, Estimates of location based on rank tests,
// Annals of Mathematical Statistics 34 (1963).
func Between(a, b []float64) (ratio model.Estimate, p float64) {
	n := min(len(a), len(b))
	if n == 0 {
		return refused("no rounds"), 1
	}
	for _, v := range slices.Concat(a, b) {
		if !positive(v) {
			return refused("%v is no part of a ratio", v), 1
		}
	}
	var quotients []float64 // logarithms
	for _, x := range a {
		for _, y := range b {
			quotients = append(quotients, math.Log(y)-math.Log(x))
		}
	}
	slices.Sort(quotients)
	most := len(quotients)
	middle := (quotients[(most-1)/2] + quotients[most/2]) / 2
	ratio = model.Estimate{Value: math.Exp(middle), N: n}
	if n < model.MinRounds {
		ratio.Warnings = []string{format.Plural(n, "round") + ": an interval needs more"}
		return ratio, 1
	}
	// The largest number of quotients that may be left out on each side.
	u := moremath.UDist{N1: len(a), N2: len(b)}
	out := 0
	for u.CDF(float64(out)) <= (1-Confidence)/2 {
		out++
	}
	out = max(out-1, 0)
	ratio.Lo, ratio.Hi = math.Exp(quotients[out]), math.Exp(quotients[most-1-out])
	ratio.Interval, ratio.Confidence = true, Confidence
	sample := func(v []float64) *benchmath.Sample {
		return benchmath.NewSample(slices.Clone(v), &benchmath.DefaultThresholds)
	}
	return ratio, benchmath.AssumeNothing.Compare(sample(a), sample(b)).P
}

// Holm corrects p-values for being many: what stays under 5 % holds together
// with a chance of 95 % that none of it is chance.
//
// S. Holm, A simple sequentially rejective multiple test procedure,
// Scandinavian Journal of Statistics 6 (1979).
func Holm(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	corrected := make([]float64, len(p))
	least := 0.0
	for rank, i := range order {
		least = max(least, min(1, p[i]*float64(len(p)-rank)))
		corrected[i] = least
	}
	return corrected
}
