//go:build !linux

package site

import (
	"context"
	"time"
)

// A pacer wakes handlers when their latency is over, as precisely as the
// runtime's timers do.
type pacer struct{}

func newPacer() (*pacer, error) { return &pacer{}, nil }

// sleep returns when d has passed or ctx has ended.
func (p *pacer) sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (p *pacer) Close() error { return nil }
