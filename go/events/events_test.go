package events

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMarksAreKeptWithoutTrace(t *testing.T) {
	r := NewRecorder(false)
	r.Start()
	r.Note(1, "start", "A")
	r.Note(2, Mark, "pool-ready")
	got := r.Events()
	require.Len(t, got, 1)
	require.Equal(t, Event{got[0].AtNS, 2, Mark, "pool-ready"}, got[0])
	require.Equal(t, map[string]float64{"pool_ready_ns": float64(got[0].AtNS)}, r.Metrics())
}

func TestTraceKeepsAllInOrder(t *testing.T) {
	r := NewRecorder(true)
	r.Start()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for range 100 {
				r.Note(worker, "step", "")
			}
		})
	}
	all.Wait()
	got := r.Events()
	require.Len(t, got, 800)
	for i, e := range got {
		require.GreaterOrEqual(t, e.AtNS, int64(0))
		if i > 0 {
			require.GreaterOrEqual(t, e.AtNS, got[i-1].AtNS)
		}
	}
}

func TestLastMarkCounts(t *testing.T) {
	r := NewRecorder(false)
	r.Start()
	r.Note(0, Mark, "ready")
	r.Note(1, Mark, "ready")
	require.Equal(t, float64(r.Events()[1].AtNS), r.Metrics()["ready_ns"])
}

// However much happens, what is kept is bounded; a mark is always kept.
func TestTraceIsBounded(t *testing.T) {
	r := NewRecorder(true)
	r.Start()
	for range Most + 10 {
		r.Note(0, "start", strings.Repeat("\u00e9", 1000))
	}
	r.Note(0, Mark, "ready")
	got := r.Events()
	require.Len(t, got, Most+1)
	require.Equal(t, strings.Repeat("\u00e9", 32), got[0].Label)
	require.Equal(t, "ready", got[Most].Label)
}
