package parallelcpu

import (
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSameAnswer(t *testing.T) {
	require.NoError(t, quick.Check(func(n, workers, steps uint8) bool {
		want, err := Sequential(Params{N: int(n), Steps: int(steps)}, events.Silent)
		require.NoError(t, err)
		pooled, err := Pool(Params{int(n), 1 + int(workers), int(steps)}, events.Silent)
		require.NoError(t, err)
		done, err := Do(Params{int(n), 1 + int(workers), int(steps)}, events.Silent)
		require.NoError(t, err)
		return pooled == want && done == want
	}, nil))
}

// The other language must come to the same.
func TestKnown(t *testing.T) {
	require.Equal(t, 1013904223, Compute(0, 1))
	require.Equal(t, 2431682671, Compute(7, 1000))
}

func TestEvents(t *testing.T) {
	recorder := events.NewRecorder(true)
	recorder.Start()
	_, err := Do(Params{10, 2, 1}, recorder.Note)
	require.NoError(t, err)
	_, err = Pool(Params{10, 2, 1}, recorder.Note)
	require.NoError(t, err)
	require.Len(t, recorder.Events(), 40)
}

func BenchmarkDo(b *testing.B) {
	for b.Loop() {
		if _, err := Do(Params{300, 2, 35_000}, events.Silent); err != nil {
			b.Fatal(err)
		}
	}
}
