package summary

import (
	"slices"

	"tandem/runner/model"
)

// enough is how many rounds that all agree make a comparison likely, where they
// are too few for an interval.
const enough = 4

// Grade says how sure it is on which side of the limits a number lies: above
// high, below low, or between them. It is shown where all of the interval is on
// one side and who else used the machine cannot have put it there; likely where
// the interval over all rounds is on one side all the same, or where every
// single round is, of at least enough; else open.
func (c Comparison) Grade(low, high float64) model.Grade {
	e := c.Estimate
	above, below := e.Lo > high, e.Hi < low
	decided := e.Interval && (above || below || e.Lo >= low && e.Hi <= high)
	agree := len(c.Rounds) >= enough && (slices.Min(c.Rounds) > high || slices.Max(c.Rounds) < low)
	switch {
	case c.Selected || len(c.Rounds) == 0:
		return model.Open
	case decided && c.Doubt == "" && c.Settled(low, high):
		return model.Shown
	case decided || agree:
		return model.Likely
	}
	return model.Open
}
