package summary

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// What a claim may name, a trial has.
func TestEveryQuantityHasAValue(t *testing.T) {
	trial := &model.Trial{Metrics: map[string]float64{"own": 3}, PeakRSSBytes: 1}
	for _, name := range append([]string{"metric:own"}, catalog.Quantities...) {
		_, ok := Value(trial, name)
		require.True(t, ok, name)
	}
	for _, name := range []string{"own", "metric:other", "metric:", "walls"} {
		_, ok := Value(trial, name)
		require.False(t, ok, name)
	}
}

// What could not be measured is no zero.
func TestValueOfWhatWasNotMeasured(t *testing.T) {
	trial := &model.Trial{Parallelism: math.NaN()}
	for _, name := range []string{"parallelism", "cpu", "peak_rss"} {
		_, ok := Value(trial, name)
		require.False(t, ok, name)
	}
	trial.PeakRSSBytes, trial.PeakPSSBytes = 3, 2
	bytes, ok := Value(trial, "peak_rss")
	require.True(t, ok)
	require.EqualValues(t, 2, bytes, "shared pages once")
}

func TestCompare(t *testing.T) {
	// Twenty and ten of the metric in each round; the tenth round has none.
	with := func(change func(*model.Trial)) (slow, fast *Row) {
		trials := rounds(10)
		for i := range trials {
			tr := &trials[i]
			if tr.Round < 10 {
				tr.Metrics = map[string]float64{"steps": map[string]float64{"sequential": 20, "goroutines": 10}[tr.Variant]}
			}
			change(tr)
		}
		_, rows := of(t, manifest(sequential, goroutines), trials)
		return &rows[0], &rows[1]
	}
	a, b := with(func(*model.Trial) {})

	c := Compare(a, "metric:steps", b, "metric:steps")
	require.Empty(t, c.Doubt)
	require.InDelta(t, 2, c.Estimate.Value, 1e-9)
	require.Equal(t, 9, c.Estimate.N)

	c = Compare(a, "wall", b, "metric:steps") // a tenth of a second each of ten steps
	require.Empty(t, c.Doubt)
	require.InDelta(t, 0.0101, c.Estimate.Value, 1e-9)

	c = Measure("metric:steps", a)
	require.Empty(t, c.Doubt)
	require.Equal(t, 20.0, c.Estimate.Value)
	require.Equal(t, 9, c.Estimate.N)

	require.Equal(t, "no trial of sequential reported leaps", Measure("metric:leaps", a).Doubt)
	require.Equal(t, "there is no round in which both sequential and goroutines reported leaps", Compare(a, "metric:leaps", b, "metric:leaps").Doubt)
	require.Equal(t, "sequential did not finish in any round", Measure("wall", &Row{Variant: "sequential"}).Doubt)

	// Either one's failure is the comparison's.
	a, b = with(func(tr *model.Trial) {
		if tr.Variant == "goroutines" && tr.Round == 2 {
			tr.Status = model.Timeout
		}
	})
	for _, c := range []Comparison{Compare(a, "wall", b, "wall"), Compare(b, "wall", a, "wall"), Measure("wall", b)} {
		require.Equal(t, "1 of 10 trials of goroutines failed and the rest are a selection", c.Doubt)
	}
	require.Empty(t, Measure("wall", a).Doubt)

	// Disturbed rounds are left out where enough are left.
	a, b = with(func(tr *model.Trial) {
		if tr.Round <= 2 {
			tr.ForeignCPU, tr.WallNS = 1, int64(time.Hour)
		}
	})
	c = Measure("wall", b)
	require.Empty(t, c.Doubt)
	require.Equal(t, 8, c.Estimate.N)
	require.Less(t, c.Estimate.Hi, 3600.0)
	require.Equal(t, Unmoved, c.Bias)
	require.Equal(t, 8, Compare(a, "wall", b, "wall").Estimate.N)
}

// What only a few rounds could measure is no figure of the cell: they are the
// slow ones.
func TestRowOfWhatFewRoundsMeasured(t *testing.T) {
	for measured, want := range map[int]int{2: 0, 3: 3, 6: 6} {
		trials := rounds(6)
		for i := range trials {
			trials[i].Parallelism = 1
			if trials[i].Round > measured {
				trials[i].Parallelism = math.NaN()
			}
		}
		_, rows := of(t, manifest(sequential, goroutines), trials)
		require.Equal(t, want, rows[0].Parallelism.N, "%d of 6", measured)
	}
}
