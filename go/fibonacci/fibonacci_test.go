package fibonacci

import (
	"fmt"
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var pools = map[string]func(n, workers int, note events.Note) (int, error){
	"worker-pool":         WorkerPool,
	"worker-pool-counted": WorkerPoolCounted,
}

func TestFib(t *testing.T) {
	a, b := 0, 1
	for n := range 25 {
		require.Equal(t, a, Fib(n))
		a, b = b, a+b
	}
}

// Any number of workers gives the sequential answer, which by a well known law
// is one less than the number two further on.
func TestSameAnswer(t *testing.T) {
	for name, f := range pools {
		t.Run(name, func(t *testing.T) {
			same := func(n, workers uint8) bool {
				n %= 18
				want, err := Sequential(int(n), events.Silent)
				require.NoError(t, err)
				got, err := f(int(n), int(workers)%60+1, events.Silent)
				return err == nil && got == want && want == Fib(int(n)+2)-1
			}
			require.NoError(t, quick.Check(same, nil))
		})
	}
}

// Each number is started and finished once, in this order.
func TestEvents(t *testing.T) {
	for name, f := range pools {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			kinds := map[int][]string{}
			_, err := f(9, 4, func(worker int, kind, label string) {
				mu.Lock()
				defer mu.Unlock()
				kinds[worker] = append(kinds[worker], kind)
			})
			require.NoError(t, err)
			require.Len(t, kinds, 10)
			for _, seen := range kinds {
				require.Equal(t, []string{"start", "finish"}, seen)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, n := range []int{-1, 91} {
		_, err := Sequential(n, events.Silent)
		require.EqualError(t, err, fmt.Sprintf("n is %d, want 0 to 90", n))
	}
	for _, f := range pools {
		_, err := f(-1, 1, events.Silent)
		require.EqualError(t, err, "n is -1, want 0 to 90")
		_, err = f(1, 0, events.Silent)
		require.EqualError(t, err, "workers is 0, want at least 1")
	}
}
