package plan

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStopReached(t *testing.T) {
	stop := Stop{MinRounds: 6, MaxRounds: 12, Width: 0.05}
	nan := math.NaN()
	narrow := []float64{100, 101, 99, 100, 102, 98}
	wide := []float64{100, 150, 50, 100, 160, 40}
	for _, row := range []struct {
		why    string
		groups [][]float64
		want   bool
	}{
		{"nothing to measure", nil, true},
		{"nothing measured yet", [][]float64{{}, {}}, false},
		{"narrow, but under the least number of rounds", [][]float64{narrow[:5]}, false},
		{"all narrow", [][]float64{narrow, narrow}, true},
		{"one still wide", [][]float64{narrow, wide}, false},
		{"one wide, at the cap", [][]float64{append(wide, wide...)}, true},
		{"a slower cell does not change the width it needs", [][]float64{{1e4, 1.01e4, .99e4, 1e4, 1.02e4, .98e4}}, true},
		{"no noise at all", [][]float64{{3, 3, 3, 3, 3, 3}}, true},
		{"narrow, but too few of the rounds finished", [][]float64{{100, 101, nan, 100, 102, 98}}, false},
		{"failed once, and enough rounds since", [][]float64{append([]float64{nan}, narrow...)}, true},
		{"one never finishes and is not waited for", [][]float64{narrow, {nan, nan, nan, nan, nan, nan}}, true},
		{"one never finished, but has had few rounds", [][]float64{narrow, {nan, nan}}, false},
		{"failures count for the cap", [][]float64{{nan, 1, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan}}, true},
	} {
		require.Equal(t, row.want, stop.Reached(row.groups), row.why)
	}
}

func TestStopMeasuresHalfTheInterval(t *testing.T) {
	// The interval reaches from 98.4 to 101.6.
	group := []float64{math.NaN(), 100, 101, 99, 100, 102, 98}
	stop := Stop{MinRounds: 6, MaxRounds: 12, Width: 0.02}
	require.True(t, stop.Reached([][]float64{group}))
	stop.Width = 0.015
	require.False(t, stop.Reached([][]float64{group}))
	require.True(t, math.IsNaN(group[0]), "the caller's rounds stay where they are")
	require.Equal(t, 98.0, group[6])
}

// The rule looks at the width alone: moving a cell's times against another's
// changes what the comparison says, but not when the run stops.
func TestStopDoesNotSeeTheResult(t *testing.T) {
	stop := Stop{MinRounds: 6, MaxRounds: 100, Width: 0.03}
	a := []float64{1, 1.01, 0.99, 1.02, 0.98, 1, 1.01}
	for _, factor := range []float64{0.1, 0.97, 1, 1.03, 10} {
		b := make([]float64, len(a))
		for i := range a {
			b[i] = factor * a[len(a)-1-i]
		}
		require.True(t, stop.Reached([][]float64{a, b}), factor)
	}
}
