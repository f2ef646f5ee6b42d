//go:build !linux

package filestore

import "errors"

// Cap needs control groups, which only Linux has.
func Cap(bytes int64) (func() error, error) {
	return nil, errors.New("capping memory: only Linux has control groups")
}
