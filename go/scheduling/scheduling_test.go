package scheduling

import (
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Two of the variants differ in the parameters alone.
var variants = map[string]func(Params, events.Note) (Order, error){
	"sequential": Sequential, "sleeping": Sleeping, "running": Running, "parallel": Parallel,
}

func TestOrder(t *testing.T) {
	tests := []struct {
		order                    Order
		counts                   string
		longest, switches, first int
	}{
		{"ABCDE", "A=1 B=1 C=1 D=1 E=1", 1, 4, 0},
		{"EEAABBCCDD", "A=2 B=2 C=2 D=2 E=2", 2, 4, 4},
		{"ABBBA", "A=2 B=3 C=0 D=0 E=0", 3, 2, 0}, // the longest in the middle
		{"BAAA", "A=3 B=1 C=0 D=0 E=0", 3, 1, 1},  // the longest at the end
		{"C", "A=0 B=0 C=1 D=0 E=0", 1, 0, 2},
	}
	for _, test := range tests {
		require.Equal(t, test.counts, Counts(test.order))
		require.Equal(t, test.longest, LongestRun(test.order), test.order)
		require.Equal(t, test.switches, Switches(test.order), test.order)
		require.Equal(t, test.first, First(test.order), test.order)
	}
}

// Each worker prints its letter as often as it should, in any order, and the
// number of cores is what it was before.
func TestSameAnswer(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			cores := runtime.GOMAXPROCS(0)
			same := func(letters uint8) bool {
				n := int(letters)%40 + 1
				want, err := Sequential(Params{Letters: n}, events.Silent)
				require.NoError(t, err)
				got, err := f(Params{Letters: n}, events.Silent)
				return err == nil && Counts(got) == Counts(want) && len(got) == len(want)
			}
			require.NoError(t, quick.Check(same, &quick.Config{MaxCount: 30}))
			require.Equal(t, cores, runtime.GOMAXPROCS(0))
		})
	}
}

// There is an event for each letter.
func TestEvents(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var noted strings.Builder
			_, err := f(Params{Letters: 3}, func(worker int, kind, label string) {
				mu.Lock()
				defer mu.Unlock()
				require.Equal(t, "print", kind)
				require.Equal(t, Workers[worker:worker+1], label)
				noted.WriteString(label)
			})
			require.NoError(t, err)
			require.Equal(t, "A=3 B=3 C=3 D=3 E=3", Counts(Order(noted.String())))
		})
	}
}

func TestSequentialOrder(t *testing.T) {
	order, err := Sequential(Params{Letters: 2, steps: 10}, events.Silent)
	require.NoError(t, err)
	require.Equal(t, Order("AABBCCDDEE"), order)
}

// Sleepers that sleep equally long all print before one prints again.
func TestSleepersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		order, err := Sleeping(Params{Letters: 20, Unit: time.Second}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, 20*time.Second, time.Since(start)) // not 5 times as long
		for i := 0; i < len(order); i += len(Workers) {
			require.Equal(t, "A=1 B=1 C=1 D=1 E=1", Counts(order[i:i+len(Workers)]), order)
		}
	})
}

func TestWorkTakesEveryStep(t *testing.T) {
	for _, steps := range []int{0, 1, 1000} {
		require.Equal(t, steps, Work(steps))
	}
	require.Zero(t, StepsIn(0))
	require.Positive(t, StepsIn(time.Millisecond))
}
