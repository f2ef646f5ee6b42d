package sieve

import (
	"runtime"
	"strconv"
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The number of primes up to a few limits is known.
func TestKnown(t *testing.T) {
	for n, want := range map[int]int{0: 0, 1: 0, 2: 1, 3: 2, 4: 2, 100: 25, 1000: 168, 2000: 303} {
		got, err := Sequential(Params{N: n}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, want, got, n)
		got, err = Goroutines(Params{n, 2}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, want, got, n)
	}
}

func TestSameAnswer(t *testing.T) {
	before := runtime.GOMAXPROCS(0)
	require.NoError(t, quick.Check(func(n uint8, processors uint8) bool {
		want, err := Sequential(Params{N: int(n)}, events.Silent)
		require.NoError(t, err)
		got, err := Goroutines(Params{int(n), 1 + int(processors)%4}, events.Silent)
		require.NoError(t, err)
		return got == want
	}, &quick.Config{MaxCount: 50}))
	require.Equal(t, before, runtime.GOMAXPROCS(0))
}

// The primes come out of the chain as they come out of the table, each from
// the filter before it.
func TestPrimes(t *testing.T) {
	var mu sync.Mutex
	var labels []string
	note := func(worker int, kind, label string) {
		mu.Lock()
		defer mu.Unlock()
		labels = append(labels, label)
		require.Equal(t, "prime", kind)
	}
	_, err := Sequential(Params{N: 50}, note)
	require.NoError(t, err)
	table := labels
	labels = nil
	at := 0
	_, err = Goroutines(Params{50, 2}, func(worker int, kind, label string) {
		require.Equal(t, at, worker)
		at++
		note(worker, kind, label)
	})
	require.NoError(t, err)
	require.Equal(t, table, labels)
	require.Equal(t, "47", labels[14])
}

func BenchmarkGoroutines(b *testing.B) {
	for _, processors := range []int{1, runtime.NumCPU()} {
		b.Run("processors="+strconv.Itoa(processors), func(b *testing.B) {
			for b.Loop() {
				if _, err := Goroutines(Params{2000, processors}, events.Silent); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
