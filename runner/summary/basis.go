package summary

import (
	"slices"

	"tandem/runner/model"
)

// Basis are the rounds that the row's estimates rest on: the undisturbed ones
// where there are enough of them (model.MinRounds), else all.
func (r *Row) Basis() []Round {
	clean := slices.DeleteFunc(slices.Clone(r.Rounds), func(o Round) bool { return o.Disturbed })
	if len(clean) >= model.MinRounds {
		return clean
	}
	return r.Rounds
}
