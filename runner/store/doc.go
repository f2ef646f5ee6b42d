// Package store keeps what a run measured, on disk.
//
// Its one decision: the journal (trials.ndjson) is the only thing that grows
// while a run is under way; each line is synced before the next trial starts,
// and every other file is replaced atomically. So a run that is killed loses at
// most the trial in flight.
package store

import (
	"encoding/json"
	"errors"
)

// Schema is the version of the manifests and journals that this package writes.
// Any other version is refused.
const Schema = 2

const (
	samplesSchema   = 1
	publishedSchema = 1
)

// column is where in data err stands, from 1, or 0 where that is not known.
func column(err error) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return syntax.Offset
	case errors.As(err, &kind):
		return kind.Offset
	}
	return 0
}
