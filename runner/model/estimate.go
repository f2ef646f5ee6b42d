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

// Apart says whether another ratio would tell a reader something else: it is
// more than a quarter away, and neither lies in the other's interval.
func (e Estimate) Apart(o Estimate) bool {
	far := o.Value > 1.25*e.Value || 1.25*o.Value < e.Value
	return e.N > 0 && o.N > 0 && far && !e.holds(o.Value) && !o.holds(e.Value)
}

func (e Estimate) holds(v float64) bool { return e.Interval && e.Lo <= v && v <= e.Hi }
