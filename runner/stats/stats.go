// Package stats turns rounds into numbers that can be trusted.
//
// Its one decision: a figure is a median with an order-statistics interval, a
// comparison is the median of ratios taken within rounds, and both say how
// sure they are or say that they cannot (under six rounds).
package stats

import (
	"fmt"
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
	"gonum.org/v1/gonum/stat/distuv"

	"tandem/runner/format"
	"tandem/runner/model"
)

// Confidence is that of every interval in this package.
const Confidence = 0.95

// Median returns the median of values, with an order-statistics interval that
// assumes nothing of the noise, in the unit of values. The slice is left as it
// is. Where a value is NaN or infinite, or there is none, the estimate has
// N == 0 and a warning.
func Median(values []float64) model.Estimate {
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return refused("value %d of %d is %v, which is no measurement", i+1, len(values), v)
		}
	}
	return estimate(values, signInterval)
}

// Ratio compares two variants that ran in the same rounds: the median of
// a[i]/b[i], with a bootstrap interval. It works on logarithms, so that a over
// b and b over a say the same thing (with an even number of rounds the two
// middle ratios are averaged as a geometric mean). Where the rounds do not
// match, or a value is not above zero and finite, the estimate has N == 0 and
// a warning.
func Ratio(a, b []float64) model.Estimate {
	if len(a) != len(b) {
		return refused("%d rounds beside %d: a ratio needs both of each round", len(a), len(b))
	}
	logs := make([]float64, len(a))
	for i := range a {
		if !positive(a[i]) || !positive(b[i]) {
			return refused("round %d of %d has %v over %v, which is no ratio", i+1, len(a), a[i], b[i])
		}
		logs[i] = math.Log(a[i]) - math.Log(b[i])
		if math.Abs(logs[i]) > 700 { // no float64 holds it
			return refused("round %d of %d has %v over %v, which is no ratio", i+1, len(a), a[i], b[i])
		}
	}
	e := estimate(logs, bootstrapInterval)
	if e.N > 0 {
		e.Value = math.Exp(e.Value)
	}
	if e.Interval {
		e.Lo, e.Hi = math.Exp(e.Lo), math.Exp(e.Hi)
	}
	return e
}

// estimate sorts a copy, for benchmath.NewSample sorts what it is given and
// the caller's order is that of the rounds.
func estimate(values []float64, interval func(sorted []float64) (lo, hi float64)) model.Estimate {
	n := len(values)
	if n == 0 {
		return refused("no rounds")
	}
	sample := benchmath.NewSample(slices.Clone(values), &benchmath.DefaultThresholds)
	e := model.Estimate{Value: benchmath.AssumeNothing.Summary(sample, Confidence).Center, N: n}
	if n < model.MinRounds {
		e.Warnings = []string{fmt.Sprintf("%s: an interval needs at least %d", format.Plural(n, "round"), model.MinRounds)}
		return e
	}
	e.Lo, e.Hi = interval(sample.Values)
	e.Interval, e.Confidence = true, Confidence
	return e
}

// signInterval interpolates between the two symmetric pairs of order
// statistics whose coverage is next above and next below Confidence. The pair
// alone would cover 97.9 % at ten rounds; interpolated it stays within a point
// of 95 % for any shape of noise.
//
// T. P. Hettmansperger and S. J. Sheather, Confidence intervals based on
// interpolated order statistics, Statistics & Probability Letters 4 (1986).
func signInterval(sorted []float64) (lo, hi float64) {
	n := len(sorted)
	below := distuv.Binomial{N: float64(n), P: 0.5}
	// covered is the coverage of the d-th smallest to the d-th largest value.
	covered := func(d int) float64 { return 1 - 2*below.CDF(float64(d-1)) }
	d := 1
	for covered(d+1) >= Confidence {
		d++
	}
	excess := (covered(d) - Confidence) / (covered(d) - covered(d+1))
	inward := float64(n-d) * excess / (float64(d) + float64(n-2*d)*excess)
	return at(sorted, float64(d)+inward), at(sorted, float64(n+1-d)-inward)
}

// bootstrapInterval is the percentile interval of a smoothed bootstrap of the
// median: it draws from the distribution that joins the order statistics with
// straight lines. The median of n uniform draws has a beta distribution, so
// the limits that resampling would approach are known: nothing is drawn, and
// the result has no seed. (A bootstrap that draws the values themselves covers
// only 93 to 94 % at ten rounds.)
//
// A. D. Hutson, Calculating nonparametric confidence intervals for quantiles
// using fractional order statistics, Journal of Applied Statistics 26 (1999).
func bootstrapInterval(sorted []float64) (lo, hi float64) {
	m := float64(len(sorted) + 1)
	u := m * distuv.Beta{Alpha: m / 2, Beta: m / 2}.Quantile((1-Confidence)/2)
	return at(sorted, u), at(sorted, m-u)
}

// at returns the order statistic of a rank from 1 to len(sorted), which may
// lie between two.
func at(sorted []float64, rank float64) float64 {
	i := min(max(int(rank), 1), len(sorted)-1)
	low, high := sorted[i-1], sorted[i]
	if low == high {
		return low // exactly, so that a constant sample has no width
	}
	f := min(max(rank-float64(i), 0), 1)
	return low*(1-f) + high*f
}

func positive(v float64) bool { return v > 0 && !math.IsInf(v, 0) }

func refused(format string, args ...any) model.Estimate {
	return model.Estimate{Warnings: []string{fmt.Sprintf(format, args...)}}
}
