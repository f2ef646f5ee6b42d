package stats_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/stats"
)

// shapes are noises whose median is 1.
var shapes = []struct {
	name string
	draw func(*rand.Rand) float64
}{
	{"normal", func(r *rand.Rand) float64 { return 1 + 0.05*r.NormFloat64() }},
	{"lognormal", func(r *rand.Rand) float64 { return math.Exp(0.5 * r.NormFloat64()) }},
	// What a timing looks like: a floor, and now and then far above it.
	{"skewed", func(r *rand.Rand) float64 { return 1 + 0.1*(r.ExpFloat64()-math.Ln2) }},
	// Student's t with two degrees of freedom, of the logarithm: no variance.
	{"heavy-tailed", func(r *rand.Rand) float64 {
		return math.Exp(0.05 * r.NormFloat64() / math.Sqrt(r.ExpFloat64()))
	}},
}

// coverage returns the shares of runs in which the interval of a median and
// that of a ratio hold the truth.
func coverage(draw func(*rand.Rand) float64, rounds, runs int) (median, ratio float64) {
	rng := rand.New(rand.NewPCG(5, 6))
	const truth = 1.25
	holds := func(e model.Estimate, want float64) float64 {
		if e.Lo <= want && want <= e.Hi {
			return 1 / float64(runs)
		}
		return 0
	}
	a, b := make([]float64, rounds), make([]float64, rounds)
	for range runs {
		for i := range a {
			machine := 1 + rng.Float64() // shared by what runs in the same round
			a[i], b[i] = truth*draw(rng)*machine, draw(rng)*machine
		}
		ratio += holds(stats.Ratio(a, b), truth)
		for i := range a {
			a[i] = draw(rng)
		}
		median += holds(stats.Median(a), 1)
	}
	return median, ratio
}

func TestIntervalsCoverTheTruth(t *testing.T) {
	for _, shape := range shapes {
		median, ratio := coverage(shape.draw, 10, 4000)
		t.Logf("%-12s median %.2f %%, ratio %.2f %%", shape.name, 100*median, 100*ratio)
		for _, covered := range []float64{median, ratio} {
			require.GreaterOrEqual(t, covered, 0.93, shape.name)
			require.LessOrEqual(t, covered, 0.97, shape.name)
		}
	}
}

// differ returns the share of runs in which two equal variants are found to
// differ, on a machine that gets 5 % slower over the run. In a round both run
// once, in plan.Order; without rounds all of one run before all of the other.
func differ(rounds, runs int, interleaved bool) float64 {
	rng := rand.New(rand.NewPCG(7, 8))
	slots := 2 * rounds
	found := 0
	for run := range runs {
		var times [2][]float64
		for slot := range slots {
			variant := slot / rounds
			if interleaved {
				variant = plan.Order(2, uint64(run), "p", slot/2+1)[slot%2]
			}
			drift := 1 + 0.05*float64(slot)/float64(slots-1)
			times[variant] = append(times[variant], drift*math.Exp(0.02*rng.NormFloat64()))
		}
		if r := stats.Ratio(times[0], times[1]); r.Interval && (r.Lo > 1 || r.Hi < 1) {
			found++
		}
	}
	return float64(found) / float64(runs)
}

func TestDriftDoesNotMakeEqualVariantsDiffer(t *testing.T) {
	const runs = 1000
	rounds, blocks := differ(10, runs, true), differ(10, runs, false)
	t.Logf("false differences: %.1f %% in rounds, %.1f %% one after the other", 100*rounds, 100*blocks)
	sampling := 2 * math.Sqrt(0.05*0.95/runs)
	require.LessOrEqual(t, rounds, 0.05+sampling)
	require.Greater(t, blocks, 0.25, "the simulation must be able to tell the two apart")
}

// A rule that stops at the sight of a narrow interval could prefer intervals
// that are narrow by chance. At these noises it stops anywhere between the
// least and the most rounds.
func TestStoppingByWidthKeepsTheCoverage(t *testing.T) {
	const runs = 3000
	const most, width = 30, 0.02
	for _, noise := range []float64{0.01, 0.03, 0.06} {
		rng := rand.New(rand.NewPCG(13, 14))
		median, ratio, rounds := 0, 0, 0
		for range runs {
			var a, b []float64
			for len(a) < most && !narrow(width, a, b) {
				a = append(a, math.Exp(noise*rng.NormFloat64()))
				b = append(b, math.Exp(noise*rng.NormFloat64()))
			}
			rounds += len(a)
			if e := stats.Median(a); e.Lo <= 1 && 1 <= e.Hi {
				median++
			}
			if e := stats.Ratio(a, b); e.Lo <= 1 && 1 <= e.Hi {
				ratio++
			}
		}
		t.Logf("noise %.0f %%: median %.1f %%, ratio %.1f %%, %.1f rounds", 100*noise,
			100*float64(median)/runs, 100*float64(ratio)/runs, float64(rounds)/runs)
		require.InDelta(t, 0.95, float64(median)/runs, 0.02)
		require.InDelta(t, 0.95, float64(ratio)/runs, 0.02)
	}
}

// narrow says whether two medians and their ratio need no further round.
func narrow(width float64, a, b []float64) bool {
	return plan.Need{Estimate: stats.Median(a), Width: width}.Met() && len(a) > 0 &&
		plan.Need{Estimate: stats.Median(b), Width: width}.Met() &&
		plan.Need{Estimate: stats.Ratio(a, b), Width: width, Ratio: true}.Met()
}

// BenchmarkCoverage prints how often intervals hold the truth (budget at ten
// rounds: 93 to 97 %).
func BenchmarkCoverage(b *testing.B) {
	for _, shape := range shapes {
		for _, rounds := range []int{6, 10, 30} {
			b.Run(fmt.Sprintf("%s/rounds=%d", shape.name, rounds), func(b *testing.B) {
				for b.Loop() {
					median, ratio := coverage(shape.draw, rounds, 50_000)
					b.ReportMetric(100*median, "median_%")
					b.ReportMetric(100*ratio, "ratio_%")
				}
			})
		}
	}
}

// BenchmarkFalseDifferences prints how often equal variants are found to
// differ under 5 % drift (budget: 5 % in rounds).
func BenchmarkFalseDifferences(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(100*differ(10, 50_000, true), "rounds_%")
		b.ReportMetric(100*differ(10, 50_000, false), "blocks_%")
	}
}

func BenchmarkMedian(b *testing.B) {
	values := []float64{7, 1, 9, 3, 5, 2, 10, 4, 8, 6}
	for b.Loop() {
		stats.Median(values)
	}
}

func BenchmarkRatio(b *testing.B) {
	values := []float64{7, 1, 9, 3, 5, 2, 10, 4, 8, 6}
	other := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for b.Loop() {
		stats.Ratio(values, other)
	}
}
