package sample

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const ms = time.Millisecond

// observed is a point of two cores: the tree keeps core 0 busy from the start,
// someone else half of core 1.
func observed(at time.Duration, rss int64) *point {
	return &point{at: at, rss: rss, threads: 1,
		own: []time.Duration{at, 0}, busy: []time.Duration{at, at / 2}}
}

func TestSeriesCoalesces(t *testing.T) {
	s := newSeries(2, 50*ms)
	for at := 100 * ms; at < 310*ms; at += 10 * ms { // begins at 100 ms
		rss := int64(1)
		if at == 170*ms {
			rss = 9 // a peak between two points
		}
		s.add(observed(at, rss))
	}
	s.end(observed(312*ms, 1))
	out := s.samples(211 * ms)
	require.Equal(t, []int64{0, int64(50 * ms), int64(100 * ms), int64(150 * ms), int64(211 * ms)}, out.AtNS)
	require.Equal(t, []int64{1, 1, 9, 1, 1}, out.RSS)
	for i := range out.AtNS {
		require.InDelta(t, 1, out.Own[0][i], 1e-9)
		require.InDelta(t, 0, out.Other[0][i], 1e-9)
		require.InDelta(t, 0, out.Own[1][i], 1e-9)
		require.InDelta(t, 0.5, out.Other[1][i], 1e-6)
	}
	window, own, busy, _ := s.sums()
	require.Equal(t, 212*ms, window)
	require.Equal(t, 212*ms, own)
	require.Equal(t, 318*ms, busy)
}

func TestSeriesOfAMoment(t *testing.T) {
	s := newSeries(2, 50*ms)
	s.add(observed(10*ms, 5))
	s.end(observed(12*ms, 7))
	out := s.samples(0)
	require.Equal(t, []int64{0, int64(2 * ms)}, out.AtNS)
	require.Equal(t, []int64{5, 7}, out.RSS)

	s.reset()
	require.Empty(t, s.samples(0).AtNS)
	window, _, _, _ := s.sums()
	require.Zero(t, window)
}

// However long a trial is: bounded points, the whole time, and no lost peak.
func TestSeriesHalves(t *testing.T) {
	for _, n := range []int{maxPoints - 1, maxPoints, maxPoints + 1, 3*maxPoints + 7, 40 * maxPoints} {
		s := newSeries(2, ms)
		for i := range n {
			rss := int64(1)
			if i == n/3 {
				rss = 99
			}
			s.add(observed(time.Duration(i)*ms, rss))
		}
		s.end(observed(time.Duration(n)*ms, 1))
		out := s.samples(0)
		require.LessOrEqual(t, len(out.AtNS), maxPoints)
		require.Greater(t, len(out.AtNS), maxPoints/4)
		require.Equal(t, int64(99), slices.Max(out.RSS), n)
		require.Zero(t, out.AtNS[0])
		require.Equal(t, int64(n)*int64(ms), out.AtNS[len(out.AtNS)-1])
		require.True(t, slices.IsSorted(out.AtNS))
		// A shuffled buffer would show as a share that is not the plan's.
		require.InDelta(t, 1, slices.Min(out.Own[0]), 1e-9)
		require.InDelta(t, 0.5, slices.Min(out.Other[1]), 1e-6)
	}
}

func TestSeriesKeepsThePeakThatItDrops(t *testing.T) {
	for peak := range maxPoints {
		s := newSeries(1, ms)
		for i := range maxPoints {
			p := &point{at: time.Duration(i) * ms, own: make([]time.Duration, 1), busy: make([]time.Duration, 1), rss: 1}
			if i == peak {
				p.rss = 99
			}
			s.add(p)
		}
		s.halve()
		s.end(&point{at: maxPoints * ms, own: make([]time.Duration, 1), busy: make([]time.Duration, 1)})
		require.Equal(t, int64(99), slices.Max(s.samples(0).RSS), peak)
	}
}

func TestSharesStayPossible(t *testing.T) {
	s := newSeries(1, ms)
	s.add(&point{own: []time.Duration{0}, busy: []time.Duration{0}})
	// The tree's account is updated later than the core's, and the other way round.
	s.add(&point{at: 10 * ms, own: []time.Duration{14 * ms}, busy: []time.Duration{10 * ms}})
	s.end(&point{at: 20 * ms, own: []time.Duration{12 * ms}, busy: []time.Duration{40 * ms}})
	out := s.samples(0)
	require.Equal(t, []float64{1, 1, 0}, out.Own[0])
	require.Equal(t, []float64{0, 0, 1}, out.Other[0])
}

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name            string
		used, user, sys time.Duration
		total           Total
		wantUser        time.Duration
	}{
		{"in proportion", 100, 30, 10, Total{}, 75},
		{"too short for ticks", 100, 0, 0, Total{User: 1, Sys: 3}, 25},
		{"nothing known", 100, 0, 0, Total{}, 100},
		{"ticks that run backwards", 100, -5, 10, Total{}, 0},
	} {
		user, sys := split(c.used, c.user, c.sys, c.total)
		require.Equal(t, c.wantUser, user, c.name)
		require.Equal(t, c.used, user+sys, c.name)
	}
}
