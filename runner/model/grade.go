package model

// A Grade is how sure a comparison is. The rules stand in summary.Comparison.
type Grade int

// The grades, the least sure first.
const (
	Open   Grade = iota // neither side is excluded
	Likely              // on one side, but something disturbed, or the rounds are few
	Shown               // the interval is on one side, and the conditions were met
)

func (g Grade) String() string { return [...]string{"open", "likely", "shown"}[g] }

// MarshalText writes the grade as its word.
func (g Grade) MarshalText() ([]byte, error) { return []byte(g.String()), nil }
