package plan

import (
	"math"
	"slices"

	"tandem/runner/stats"
)

// A Stop says when a pair has been measured well enough. It looks at how wide
// the intervals are and never at what they say: stopping at a welcome result
// would make welcome results more frequent than they are.
type Stop struct {
	MinRounds int     // at least so many, however narrow the intervals
	MaxRounds int     // at most so many, however wide
	Width     float64 // half the interval of a cell's median over the median; 0.02 is 2 %
}

// Reached reports whether no further round is needed. A group holds one cell's
// measurements, one a round; NaN stands for a round in which it did not
// finish. A cell that never finished in MinRounds rounds is waited for no longer.
func (s Stop) Reached(groups [][]float64) bool {
	settled := true
	for _, group := range groups {
		if len(group) >= s.MaxRounds {
			return true
		}
		settled = settled && s.settled(group)
	}
	return settled
}

func (s Stop) settled(group []float64) bool {
	if len(group) < s.MinRounds {
		return false
	}
	finished := slices.DeleteFunc(slices.Clone(group), math.IsNaN)
	if len(finished) == 0 {
		return true
	}
	m := stats.Median(finished)
	return m.Interval && (m.Hi-m.Lo)/2 <= s.Width*math.Abs(m.Value)
}
