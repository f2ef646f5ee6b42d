package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestMedian(t *testing.T) {
	// By hand: the 2nd and 3rd of ten cover 97.85 % and 89.06 %, so the
	// interval stands 0.6577 of the way from the one to the other.
	e := Median([]float64{7, 1, 9, 3, 5, 2, 10, 4, 8, 6})
	require.Equal(t, 5.5, e.Value)
	require.Equal(t, 10, e.N)
	require.True(t, e.Interval)
	require.Equal(t, 0.95, e.Confidence)
	require.InDelta(t, 2.657658, e.Lo, 1e-6)
	require.InDelta(t, 8.342342, e.Hi, 1e-6)
	require.Empty(t, e.Warnings)
}

func TestMedianLeavesTheRoundsInTheirOrder(t *testing.T) {
	values := []float64{3, 1, 2, 6, 5, 4}
	Median(values)
	require.Equal(t, []float64{3, 1, 2, 6, 5, 4}, values)
	other := []float64{1, 1, 2, 2, 3, 3}
	Ratio(values, other)
	require.Equal(t, []float64{3, 1, 2, 6, 5, 4}, values)
}

func TestTooFewRounds(t *testing.T) {
	five := []float64{1, 2, 3, 4, 5}
	for _, e := range []model.Estimate{Median(five), Ratio(five, []float64{1, 1, 1, 1, 1})} {
		require.InDelta(t, 3, e.Value, 1e-12)
		require.Equal(t, 5, e.N)
		require.False(t, e.Interval)
		require.Zero(t, e.Lo)
		require.Zero(t, e.Hi)
		require.Equal(t, []string{"5 rounds: an interval needs at least 6"}, e.Warnings)
	}
	require.True(t, Median([]float64{1, 2, 3, 4, 5, 6}).Interval)
	require.Equal(t, []string{"1 round: an interval needs at least 6"}, Median([]float64{1}).Warnings)
}

func TestBadInputIsAWarningNotANumber(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for want, e := range map[string]model.Estimate{
		"no rounds": Median(nil),
		"value 2 of 3 is NaN, which is no measurement":           Median([]float64{1, nan, 3}),
		"value 1 of 1 is +Inf, which is no measurement":          Median([]float64{inf}),
		"value 1 of 1 is -Inf, which is no measurement":          Median([]float64{-inf}),
		"1 rounds beside 2: a ratio needs both of each round":    Ratio([]float64{1}, []float64{1, 2}),
		"round 2 of 2 has 3 over 0, which is no ratio":           Ratio([]float64{1, 3}, []float64{1, 0}),
		"round 1 of 2 has 0 over 1, which is no ratio":           Ratio([]float64{0, 3}, []float64{1, 1}),
		"round 1 of 1 has -1 over 1, which is no ratio":          Ratio([]float64{-1}, []float64{1}),
		"round 1 of 1 has NaN over 1, which is no ratio":         Ratio([]float64{nan}, []float64{1}),
		"round 1 of 1 has 1e+300 over 1e-300, which is no ratio": Ratio([]float64{1e300}, []float64{1e-300}),
		"round 1 of 1 has 1 over +Inf, which is no ratio":        Ratio([]float64{1}, []float64{inf}),
	} {
		require.Equal(t, model.Estimate{Warnings: []string{want}}, e)
	}
	// Zero is a measurement: a trial may have had no context switch.
	require.Equal(t, 1, Median([]float64{0}).N)
}

// Resampling as a bootstrap does, from the same smoothed distribution, must
// approach the limits that bootstrapInterval knows without it.
func TestBootstrapIntervalIsTheLimitOfResampling(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sorted := make([]float64, 11)
	for i := range sorted {
		sorted[i] = rng.NormFloat64()
	}
	slices.Sort(sorted)
	medians := make([]float64, 40_000)
	draw := make([]float64, len(sorted))
	for i := range medians {
		for j := range draw {
			draw[j] = at(sorted, rng.Float64()*float64(len(sorted)+1))
		}
		slices.Sort(draw)
		medians[i] = draw[len(draw)/2]
	}
	slices.Sort(medians)
	lo, hi := bootstrapInterval(sorted)
	require.InDelta(t, medians[len(medians)*25/1000], lo, 0.02)
	require.InDelta(t, medians[len(medians)*975/1000], hi, 0.02)
}

// sizes has the smallest number of rounds with an interval, odd and even ones,
// and a long run.
var sizes = []int{6, 7, 10, 11, 30, 101}

func sample(rng *rand.Rand, n int) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = math.Exp(rng.NormFloat64())
	}
	return s
}

func near(t *testing.T, want, got float64) {
	t.Helper()
	require.InEpsilon(t, want, got, 1e-9)
}

func TestLaws(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		for _, n := range sizes {
			a, b := sample(rng, n), sample(rng, n)
			m, r := Median(a), Ratio(a, b)

			require.Less(t, m.Lo, m.Value)
			require.Less(t, m.Value, m.Hi)
			require.Less(t, r.Lo, r.Value)
			require.Less(t, r.Value, r.Hi)

			// The same rounds give the same numbers.
			require.Equal(t, m, Median(a))
			require.Equal(t, r, Ratio(a, b))

			// Another unit is another unit, no more.
			k := math.Exp(3 * rng.NormFloat64())
			ka := make([]float64, n)
			for i := range a {
				ka[i] = k * a[i]
			}
			km, kr := Median(ka), Ratio(ka, b)
			near(t, k*m.Value, km.Value)
			near(t, k*m.Lo, km.Lo)
			near(t, k*m.Hi, km.Hi)
			near(t, k*r.Value, kr.Value)
			near(t, k*r.Lo, kr.Lo)
			near(t, k*r.Hi, kr.Hi)

			// A median does not see the order of the rounds, nor does a
			// ratio as long as its two sides move together.
			order := rng.Perm(n)
			pa, pb := make([]float64, n), make([]float64, n)
			for i, j := range order {
				pa[i], pb[i] = a[j], b[j]
			}
			require.Equal(t, m, Median(pa))
			require.Equal(t, r, Ratio(pa, pb))

			// Which of two is divided by which makes no difference.
			inverse := Ratio(b, a)
			near(t, 1, r.Value*inverse.Value)
			near(t, 1, r.Lo*inverse.Hi)
			near(t, 1, r.Hi*inverse.Lo)

			// Nothing differs from itself.
			same := Ratio(a, a)
			require.Equal(t, [3]float64{1, 1, 1}, [3]float64{same.Value, same.Lo, same.Hi})
		}
	}
}

func TestNoNoiseHasNoWidth(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for n := model.MinRounds; n < 40; n++ {
		v := rng.Float64()
		e := Median(slices.Repeat([]float64{v}, n))
		require.Equal(t, [3]float64{v, v, v}, [3]float64{e.Lo, e.Value, e.Hi})
	}
}

func FuzzRatio(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, 4.0)
	f.Add(0.0, 1.0, math.Inf(1), math.NaN())
	f.Add(math.MaxFloat64, math.SmallestNonzeroFloat64, 1.0, 1.0)
	f.Fuzz(func(t *testing.T, p, q, r, s float64) {
		a, b := []float64{p, q, r, s, p, q}, []float64{q, r, s, p, r, s}
		for _, e := range []model.Estimate{Median(a), Ratio(a, b)} {
			for _, v := range []float64{e.Value, e.Lo, e.Hi} {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					t.Fatalf("%v and %v give %+v", a, b, e)
				}
			}
			if e.N == 0 && len(e.Warnings) == 0 {
				t.Fatalf("%v and %v: refused without a word", a, b)
			}
		}
	})
}
