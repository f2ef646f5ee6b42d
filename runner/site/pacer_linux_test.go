package site

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A sleeper that gave up must not be kept for its hour.
func TestPacerForgets(t *testing.T) {
	p, err := newPacer()
	require.NoError(t, err)
	defer p.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	p.sleep(ctx, time.Hour)
	require.Empty(t, p.sleepers)
}
