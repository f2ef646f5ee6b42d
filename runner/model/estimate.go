package model

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
