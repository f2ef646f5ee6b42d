package fibonacci

import (
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var pools = map[string]func(Params, events.Note) (int, error){
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
				want, err := Sequential(Params{N: int(n)}, events.Silent)
				require.NoError(t, err)
				got, err := f(Params{int(n), int(workers)%60 + 1}, events.Silent)
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
			_, err := f(Params{9, 4}, func(worker int, kind, label string) {
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
