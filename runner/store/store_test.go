package store

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRunIsReadBackAsItWasWritten(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "run")
	m := Manifest{ID: "r1", Seed: 7, CreatedAt: time.Now(), Plan: []Cell{{Pair: "p", Params: map[string]any{"n": int64(3), "f": 3.0}}}}
	r, err := Create(dir, m)
	require.NoError(t, err)
	tr := Trial{Pair: "p", Side: "go", Variant: "v", Runtime: "go1", Round: 1, Status: OK, StartedAt: time.Now(),
		Params: map[string]any{"n": 5, "f": 3.0, "l": []any{1, 2.0, "x"}}, Log: "a<b>&c \xff"}
	tr.Samples, err = r.SaveSamples(tr, Samples{Method: "m", AtNS: []int64{1, 2}, Own: [][]float64{{1, 0}, {0, .5}}, Events: []Event{{AtNS: 3, Kind: "start"}}})
	require.NoError(t, err)
	require.NoError(t, r.Append(tr))
	_, err = Open(dir)
	require.ErrorIs(t, err, ErrLocked)
	t.Log(err)
	require.NoError(t, r.Close())
	_, trials, warnings, err := Read(dir)
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, r.Trials(), trials)
	s, err := ReadSamples(dir, trials[0].Samples)
	require.NoError(t, err)
	t.Logf("%+v", s)
	p, err := ReadPublished(os.DirFS("../../results/published"))
	require.NoError(t, err)
	t.Logf("%+v", p)
	data, _ := os.ReadFile(filepath.Join(dir, journalName))
	t.Log(string(data))
}
