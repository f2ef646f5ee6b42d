package store

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

// Whatever a journal holds, it is either refused with its place, or what was
// read of it can be written and read again.
func FuzzJournal(f *testing.F) {
	rng := rand.New(rand.NewPCG(7, 8))
	var whole []byte
	for range 3 {
		t := anyTrial(rng)
		t.Schema, t.Run = Schema, "r1"
		line, err := encodeTrial(t)
		require.NoError(f, err)
		whole = append(whole, line...)
	}
	f.Add([]byte{})
	f.Add([]byte("\n"))
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(whole[:len(whole)-9])
	f.Add([]byte(`{"schema":3}` + "\n"))
	f.Add([]byte(sum(`{"schema":2,"run":"r1","pair":"p","side":"go","variant":"v","runtime":"r","status":"ok","capacity":1.5,"params":{"a":[1,1.0,1e9]}}`)))
	f.Fuzz(func(t *testing.T, data []byte) {
		j, err := readJournal(bytes.NewReader(data), "file", model.Manifest{Schema: Schema, ID: "r1"})
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "file:"), err)
			return
		}
		require.LessOrEqual(t, j.good, int64(len(data)))
		require.Equal(t, j.good < int64(len(data)), j.warning != "")
		var again []byte
		for _, trial := range j.trials {
			line, err := encodeTrial(trial)
			require.NoError(t, err)
			again = append(again, line...)
		}
		k, err := readJournal(bytes.NewReader(again), "file", model.Manifest{Schema: Schema, ID: "r1"})
		require.NoError(t, err)
		require.Empty(t, k.warning)
		require.Len(t, k.trials, len(j.trials))
		var twice []byte
		for _, trial := range k.trials {
			line, err := encodeTrial(trial)
			require.NoError(t, err)
			twice = append(twice, line...)
		}
		require.Equal(t, string(again), string(twice))
	})
}
