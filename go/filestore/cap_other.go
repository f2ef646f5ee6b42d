//go:build !linux

package filestore

import "errors"

// A Limit is a memory control group, which only Linux has.
type Limit struct{}

var errNoLimit = errors.New("capping memory: only Linux has control groups")

// Cap fails.
func Cap(bytes int64) (*Limit, error) { return nil, errNoLimit }

// Used fails.
func (l *Limit) Used() (peak, hits int64, err error) { return 0, 0, errNoLimit }

// Leave does nothing.
func (l *Limit) Leave() error { return nil }
