// Package stats turns rounds into numbers that can be trusted.
//
// Its one decision: a figure is a median with an order-statistics interval, a
// comparison is the median of ratios taken within rounds, and both say how
// sure they are or say that they cannot (under six rounds).
package stats

// MinRounds is the number of rounds under which there is no interval.
const MinRounds = 6

// An Estimate is a number with its interval.
type Estimate struct {
	Value  float64 // the median
	Lo, Hi float64 // meaningful only where Interval is set
	N      int     // rounds it rests on
	// Interval says that Lo and Hi bound Value with Confidence.
	Interval   bool
	Confidence float64 // such as 0.95
	Warnings   []string
}
