package cgroup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseQuota(t *testing.T) {
	for _, row := range []struct {
		text  string
		cores float64
	}{
		{"50000 100000\n", 0.5}, // docker --cpus=0.5
		{"150000 100000\n", 1.5},
		{"max 100000\n", 0},
	} {
		q, err := parseMax(row.text)
		require.NoError(t, err, row.text)
		require.InDelta(t, row.cores, q.Cores(), 1e-9, row.text)
	}
	q, err := parseQuota("50000\n", "100000\n")
	require.NoError(t, err)
	require.Equal(t, Quota{50 * time.Millisecond, 100 * time.Millisecond}, q)
	q, err = parseQuota("-1\n", "100000\n")
	require.NoError(t, err)
	require.Zero(t, q.Cores())
	for _, text := range []string{"", "5", "x 100000", "5 0", "0 5"} {
		_, err := parseMax(text)
		require.Error(t, err, text)
	}
}
