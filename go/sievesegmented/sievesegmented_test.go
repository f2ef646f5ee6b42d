package sievesegmented

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
	"tandem/go/sieve"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// It is the same sieve as the table of package sieve, at every limit, also
// around the borders of segments.
func TestSameAnswer(t *testing.T) {
	limits := []int{Length - 1, Length, Length + 1, Length + 2, 3*Length - 1, 3 * Length, 1_000_000}
	for n := range 200 {
		limits = append(limits, n)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 5 {
		limits = append(limits, random.IntN(4*Length))
	}
	for _, n := range limits {
		want, err := sieve.Sequential(sieve.Params{N: n}, events.Silent)
		require.NoError(t, err)
		got, err := Sequential(Params{N: n}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, want, got, n)
		for _, workers := range []int{1, 3} {
			got, err := Segmented(Params{n, workers}, events.Silent)
			require.NoError(t, err)
			require.Equal(t, want, got, "%d, %d workers", n, workers)
		}
	}
}

func TestRoot(t *testing.T) {
	for n := range 1000 {
		root := Root(n)
		require.LessOrEqual(t, root*root, n)
		require.Greater(t, (root+1)*(root+1), n)
	}
}

func TestEvents(t *testing.T) {
	recorder := events.NewRecorder(true)
	recorder.Start()
	_, err := Segmented(Params{3 * Length, 2}, recorder.Note)
	require.NoError(t, err)
	require.Len(t, recorder.Events(), 6)
}

func BenchmarkSequential(b *testing.B) {
	for b.Loop() {
		if _, err := Sequential(Params{N: 10_000_000}, events.Silent); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSegmented(b *testing.B) {
	for b.Loop() {
		if _, err := Segmented(Params{10_000_000, 2}, events.Silent); err != nil {
			b.Fatal(err)
		}
	}
}
