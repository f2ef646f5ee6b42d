package plan

// A Retry tries a disturbed trial again at once. But on a machine that is never
// quiet that does not help, and soon stops.
type Retry struct {
	Tries  int // left
	inVain int // disturbed trials in a row
}

const mostInVain = 3

// Again takes a trial into account and says whether to try it again.
func (r *Retry) Again(disturbed bool) bool {
	if !disturbed {
		r.inVain = 0
		return false
	}
	r.inVain++
	r.Tries--
	return r.Tries >= 0 && r.inVain < mostInVain
}
