package selecting

import (
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

var variants = map[string]func(Params, events.Note) (Received, error){
	"in-turn": InTurn, "select": Select, "select-full": SelectFull,
	"select-default": SelectDefault, "select-timer": SelectTimer,
}

func TestFastPerSlow(t *testing.T) {
	tests := []struct {
		order  []string
		counts string
		ratio  float64
	}{
		{nil, "fast=0 slow=0", 0},
		{[]string{Slow}, "fast=0 slow=1", 0}, // no time between two slow ones
		{[]string{Fast, Slow, Fast, Fast, Slow, Fast}, "fast=4 slow=2", 2},
		{[]string{Slow, Fast, Slow, Fast, Slow}, "fast=2 slow=3", 1},
		{[]string{Slow, Slow, Fast}, "fast=1 slow=2", 0}, // it came after all
	}
	for _, test := range tests {
		require.Equal(t, test.counts, Counts(test.order))
		require.Equal(t, test.ratio, FastPerSlow(test.order), test.order)
	}
}

// All that is sent is received, whatever the senders' pace, and each sender's
// and the receiver's events tell of it.
func TestSameAnswer(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			same := func(messages uint8) bool {
				n := int(messages)%8 + 1
				var mu sync.Mutex
				kinds := map[int]map[string]int{}
				got, err := f(Params{n, 0, 1}, func(worker int, kind, label string) {
					mu.Lock()
					defer mu.Unlock()
					if kinds[worker] == nil {
						kinds[worker] = map[string]int{}
					}
					kinds[worker][kind]++
				})
				require.NoError(t, err)
				want, err := InTurn(Params{Messages: n}, events.Silent)
				require.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				delete(kinds[Receiver], "wait")
				return Counts(got.Order) == Counts(want.Order) &&
					kinds[FastSender]["sending"] == 4*n && kinds[FastSender]["sent"] == 4*n &&
					kinds[SlowSender]["sending"] == n && kinds[SlowSender]["sent"] == n &&
					kinds[Receiver]["received"] == 5*n && len(kinds[Receiver]) == 1
			}
			require.NoError(t, quick.Check(same, &quick.Config{MaxCount: 10}))
		})
	}
}

// Whoever receives in turn gets one fast message for each slow one, and the
// rest has to wait; whoever selects loses nothing.
func TestWhatWaitingCosts(t *testing.T) {
	const n = 5
	tests := map[string]struct {
		ratio, delta float64
		took         time.Duration
	}{
		// The last slow one comes at 8 s; of 20 fast ones 5 are through, the
		// next waits at the door, and each of the others takes half a second.
		"in-turn": {1, 0, 15 * time.Second},
		// The last of 20 fast ones comes after 19 half seconds. The first and
		// the last slow one come together with a fast one.
		"select":       {4, 0.25, 9500 * time.Millisecond},
		"select-timer": {4, 0.25, 9500 * time.Millisecond},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				got, err := variants[name](Params{n, time.Second, 1}, events.Silent)
				require.NoError(t, err)
				require.InDelta(t, test.ratio, FastPerSlow(got.Order), test.delta)
				require.Equal(t, test.took, time.Since(start))
			})
		})
	}
}

// Half a second between two messages has room for two fifths of a second.
func TestTimerFires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got, err := SelectTimer(Params{3, time.Second, 1}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, 22.0, got.Counted["timeouts"]) // 12 fast messages have 11 gaps
	})
}

// Of many draws half are the first; six standard deviations are no chance.
func TestSelectIsFair(t *testing.T) {
	require.InDelta(t, 0.5, FirstShare(10_000), 6*0.005)
}
