package plan

import (
	"math"

	"tandem/runner/model"
)

// A Need is a number that readers decide by, and how narrow it must be. It
// looks at how wide the interval is and never at what it says: stopping at a
// welcome result would make welcome results more frequent than they are.
type Need struct {
	Estimate model.Estimate
	Width    float64      // half the interval over the number; 0.02 is 2 %
	Ratio    bool         // the number is a ratio, whose interval is measured in factors
	Cells    []model.Cell // whose further rounds would narrow it
}

// Met reports whether no further round is needed. A number that is not there,
// though its rounds were run, is waited for no longer.
func (n Need) Met() bool {
	e := n.Estimate
	switch {
	case e.N == 0:
		return true
	case !e.Interval:
		return false
	case n.Ratio:
		return e.Lo > 0 && math.Log(e.Hi/e.Lo)/2 <= math.Log1p(n.Width)
	}
	return (e.Hi-e.Lo)/2 <= n.Width*math.Abs(e.Value)
}
