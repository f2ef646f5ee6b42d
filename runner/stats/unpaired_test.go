package stats_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/stats"
)

func TestBetweenKnowsTheTables(t *testing.T) {
	// Six and six without overlap: the exact two-sided p is 2/924.
	a := []float64{1, 2, 3, 4, 5, 6}
	b := []float64{10, 20, 30, 40, 50, 60}
	ratio, p := stats.Between(a, b)
	require.InDelta(t, 2.0/924, p, 1e-9)
	require.InDelta(t, 10, ratio.Value, 1e-9)
	require.True(t, ratio.Interval)
	require.Greater(t, ratio.Lo, 1.0)
	// The other way round it says the same.
	inverse, same := stats.Between(b, a)
	require.InDelta(t, 1, ratio.Value*inverse.Value, 1e-9)
	require.InDelta(t, 1, ratio.Lo*inverse.Hi, 1e-9)
	require.Equal(t, p, same)

	few, p := stats.Between(a[:5], b)
	require.False(t, few.Interval)
	require.Equal(t, 1.0, p)
	none, _ := stats.Between(nil, b)
	require.Zero(t, none.N)
	none, _ = stats.Between([]float64{0, 1, 2, 3, 4, 5}, b)
	require.Zero(t, none.N)
}

func TestBetweenCoversTheTruth(t *testing.T) {
	const runs, truth = 2000, 1.25
	rng := rand.New(rand.NewPCG(21, 22))
	for _, rounds := range [][2]int{{6, 6}, {6, 12}, {10, 10}} {
		held, differ := 0, 0
		for range runs {
			a, b, c := make([]float64, rounds[0]), make([]float64, rounds[1]), make([]float64, rounds[1])
			for i := range a {
				a[i] = math.Exp(0.1 * rng.NormFloat64())
			}
			for i := range b {
				b[i] = truth * math.Exp(0.1*rng.NormFloat64())
				c[i] = math.Exp(0.1 * rng.NormFloat64())
			}
			if e, _ := stats.Between(a, b); e.Lo <= truth && truth <= e.Hi {
				held++
			}
			if _, p := stats.Between(a, c); p < 0.05 {
				differ++
			}
		}
		sampling := 2 * math.Sqrt(0.05*0.95/runs)
		require.GreaterOrEqual(t, float64(held)/runs, 0.95-sampling, "%v", rounds)
		require.LessOrEqual(t, float64(differ)/runs, 0.05+sampling, "%v", rounds)
	}
}

func TestHolm(t *testing.T) {
	require.InDeltaSlice(t, []float64{0.03, 0.06, 0.06, 0.02}, stats.Holm([]float64{0.01, 0.04, 0.03, 0.005}), 1e-12)
	require.Equal(t, []float64{1, 1}, stats.Holm([]float64{0.9, 0.8}))
	require.Empty(t, stats.Holm(nil))
}
