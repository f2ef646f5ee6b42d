//go:build linux

package sample

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Who looks on sees what the watcher saw, and nothing twice.
func TestLatestIsWhatWasSeenSince(t *testing.T) {
	watchers(t, 10*time.Millisecond, func(t *testing.T, w *Watcher) {
		own, other := make([]float64, w.Cores()), make([]float64, w.Cores())
		_, _, ok := w.Latest(0, own, other)
		require.False(t, ok, "nothing has run yet")

		c := watched(t, w, "burn 300")
		c.hear()
		w.Finished()
		at, foreign, ok := w.Latest(0, own, other)
		require.True(t, ok)
		require.GreaterOrEqual(t, foreign, 0.0)
		sum := 0.0
		for i := range own {
			require.LessOrEqual(t, own[i]+other[i], 1+1e-9)
			sum += own[i]
		}
		require.Positive(t, sum)
		_, _, ok = w.Latest(at, own, other)
		require.False(t, ok, "nothing was seen since")
		w.Result(c.wait(), 0)

		next := watched(t, w, "burn 20")
		next.hear()
		w.Finished()
		after, _, ok := w.Latest(at, own, other)
		require.True(t, ok, "the next trial")
		require.Greater(t, after, at)
		w.Result(next.wait(), 0)
	})
}
