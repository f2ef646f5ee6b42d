package stats

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

// curve returns the law's speed-ups, each off by a factor around 1.
func curve(workers []float64, serial, crosstalk, noise float64, rng *rand.Rand) []float64 {
	s := make([]float64, len(workers))
	for i, p := range workers {
		s[i] = p / (1 + serial*(p-1) + crosstalk*p*(p-1))
		if noise > 0 {
			s[i] *= math.Exp(noise * rng.NormFloat64())
		}
	}
	return s
}

func TestFitsFindTheSharesTheyWereMadeFrom(t *testing.T) {
	workers := []float64{1, 2, 4, 8, 16}
	for _, serial := range []float64{0, 0.05, 0.5, 1} {
		f, err := Amdahl(workers, curve(workers, serial, 0, 0, nil))
		require.NoError(t, err)
		require.InDelta(t, serial, f.Serial.Value, 1e-12)
		require.InDelta(t, serial, f.Serial.Lo, 1e-6)
		require.InDelta(t, serial, f.Serial.Hi, 1e-6)
		require.Empty(t, f.Serial.Warnings)
		require.Equal(t, 4, f.Serial.N, "one worker says nothing about scaling")
		require.Zero(t, f.Crosstalk.N)
		require.InDelta(t, 0, f.Residual, 1e-12)
		require.True(t, math.IsInf(f.Peak(), 1))

		u, err := USL(workers, curve(workers, serial, 0.01, 0, nil))
		require.NoError(t, err)
		require.InDelta(t, serial, u.Serial.Value, 1e-9)
		require.InDelta(t, 0.01, u.Crosstalk.Value, 1e-9)
		require.InDelta(t, math.Sqrt((1-serial)/0.01), u.Peak(), 1e-3)
	}
}

func TestSharesStayWithinBounds(t *testing.T) {
	// Caches can make eight workers more than eight times as fast.
	workers, superlinear := []float64{2, 4, 8}, []float64{2.2, 4.9, 10}
	for _, fit := range []func(w, s []float64) (Fit, error){Amdahl, USL} {
		f, err := fit(workers, superlinear)
		require.NoError(t, err)
		require.Zero(t, f.Serial.Value)
		require.Zero(t, f.Crosstalk.Value)
		require.Equal(t, []string{"faster than the number of workers: the serial share is set to 0"}, f.Serial.Warnings)
		require.Greater(t, f.Residual, 0.1, "and the curve is far from the points")
	}
	// Where crosstalk would be below zero, the USL is Amdahl's law.
	bent := curve([]float64{2, 4, 8}, 0.3, -0.005, 0, nil)
	u, err := USL([]float64{2, 4, 8}, bent)
	require.NoError(t, err)
	a, err := Amdahl([]float64{2, 4, 8}, bent)
	require.NoError(t, err)
	require.Zero(t, u.Crosstalk.Value)
	require.Positive(t, u.Serial.Value)
	require.InDelta(t, a.Serial.Value, u.Serial.Value, 1e-12)
	// Threads that take turns get slower: under Amdahl's law at most all is serial.
	f, err := Amdahl(workers, []float64{0.9, 0.8, 0.7})
	require.NoError(t, err)
	require.Equal(t, 1.0, f.Serial.Value)
	require.Equal(t, 1.0, f.Serial.Hi)
	require.Equal(t, []string{"slower than one worker: the serial share is set to 1"}, f.Serial.Warnings)
	// The USL has crosstalk for them.
	u, err = USL([]float64{2, 4, 8, 16}, curve([]float64{2, 4, 8, 16}, 0.9, 0.05, 0, nil))
	require.NoError(t, err)
	require.Less(t, u.Peak(), 2.0)
}

func TestFitsRefuseWhatTheyCannotUse(t *testing.T) {
	for _, row := range []struct {
		workers, speedup []float64
		want             string
	}{
		{nil, nil, "0 different numbers of workers above one, needs at least 2; sweep more, such as --param workers=1,2,4,8"},
		// many rounds of one number are one number
		{[]float64{1, 4, 4, 4}, []float64{1, 3, 3, 3}, "1 different numbers of workers above one, needs at least 2; sweep more, such as --param workers=1,2,4,8"},
		{[]float64{2, 4}, []float64{2}, "2 numbers of workers beside 1 speed-ups"},
		{[]float64{2, 0}, []float64{2, 1}, "point 2: speed-up 1 at 0 workers"},
		{[]float64{2, 4}, []float64{2, math.NaN()}, "point 2: speed-up NaN at 4 workers"},
		{[]float64{2, 4}, []float64{0, 1}, "point 1: speed-up 0 at 2 workers"},
		{[]float64{2, math.Inf(1)}, []float64{1, 1}, "point 2: speed-up 1 at +Inf workers"},
	} {
		_, err := Amdahl(row.workers, row.speedup)
		require.EqualError(t, err, "fitting Amdahl's law: "+row.want)
	}
	_, err := USL([]float64{1, 2, 4}, []float64{1, 2, 3})
	require.EqualError(t, err, "fitting the universal scalability law: 2 different numbers of workers above one, needs at least 3; sweep more, such as --param workers=1,2,4,8")
}

func TestTheSerialShareIsInItsInterval(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	const serial, crosstalk, runs = 0.2, 0.01, 2000
	workers := []float64{2, 2, 2, 4, 4, 4, 8, 8, 8, 16, 16, 16}
	var amdahl, usl, cross float64
	in := func(e model.Estimate, want float64) float64 {
		if e.Lo <= want && want <= e.Hi {
			return 1.0 / runs
		}
		return 0
	}
	for range runs {
		f, err := Amdahl(workers, curve(workers, serial, 0, 0.03, rng))
		require.NoError(t, err)
		amdahl += in(f.Serial, serial)
		u, err := USL(workers, curve(workers, serial, crosstalk, 0.03, rng))
		require.NoError(t, err)
		usl += in(u.Serial, serial)
		cross += in(u.Crosstalk, crosstalk)
	}
	t.Logf("covered: Amdahl %.1f %%, USL serial %.1f %%, crosstalk %.1f %%", 100*amdahl, 100*usl, 100*cross)
	for _, covered := range []float64{amdahl, usl, cross} {
		require.InDelta(t, 0.95, covered, 0.02)
	}
}
