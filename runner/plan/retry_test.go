package plan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// On a machine that is never quiet it soon stops, and begins again when it is.
func TestRetryIsBounded(t *testing.T) {
	r := Retry{Tries: 8}
	require.False(t, r.Again(false))
	require.True(t, r.Again(true))
	require.False(t, r.Again(false), "the second try was quiet")
	require.True(t, r.Again(true))
	require.True(t, r.Again(true))
	for range 5 {
		require.False(t, r.Again(true), "in vain")
	}
	require.False(t, r.Again(false))
	require.False(t, r.Again(true), "the pair's tries are used up")
}
