package hashing

import (
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The steps are not seen in the checksum, nor are the goroutines.
func TestSameAnswer(t *testing.T) {
	same := func(size uint16, workers, step uint8) bool {
		data, w := Data(int(size)), int(workers)%20+1
		want, err := Sequential(Params{Workers: w, Step: len(data) + 1, data: data}, events.Silent)
		require.NoError(t, err)
		small, err := Sequential(Params{Workers: w, Step: int(step) + 1, data: data}, events.Silent)
		require.NoError(t, err)
		together, err := Goroutines(Params{Workers: w, Step: int(step) + 1, data: data}, events.Silent)
		require.NoError(t, err)
		return small == want && together == want
	}
	require.NoError(t, quick.Check(same, &quick.Config{MaxCount: 50}))
}

// Known from other implementations: SHA-256 of "0", of "1", and of "0\0\1".
func TestDigest(t *testing.T) {
	require.Equal(t, uint32(0x5feceb66), Digest(0, nil, 1, events.Silent))
	require.Equal(t, uint32(0x6b86b273), Digest(1, nil, 1, events.Silent))
	require.Equal(t, Digest(0, Data(2), 2, events.Silent), Digest(0, []byte{0, 1}, 1, events.Silent))
	got, err := Goroutines(Params{Workers: 2, Step: 1}, events.Silent)
	require.NoError(t, err)
	require.Equal(t, 0x5feceb66+0x6b86b273, got)
}

func TestEvents(t *testing.T) {
	var mu sync.Mutex
	kinds := map[int][]string{}
	_, err := Goroutines(Params{Workers: 3, Step: 2, data: Data(10)}, func(worker int, kind, label string) {
		mu.Lock()
		defer mu.Unlock()
		kinds[worker] = append(kinds[worker], kind)
	})
	require.NoError(t, err)
	want := []string{"start", "finish"}
	require.Equal(t, map[int][]string{0: want, 1: want, 2: want}, kinds)
}
