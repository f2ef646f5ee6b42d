//go:build !linux

package scratch

import (
	"errors"
	"os"
)

// memory is nowhere: other systems have no such folder for everybody.
func memory() string { return "" }

func unnamed() (*os.File, error) { return nil, errors.ErrUnsupported }
