package idioms

import (
	"fmt"
	"sync"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

// What Forgotten leaves is what it is here for; nothing else may leave any.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("tandem/go/idioms.Forgotten.func1"))
}

type variant func(Params, events.Note) (int, error)

func poll(p Params, note events.Note) (int, error) {
	polled, err := Poll(p, note)
	return polled.Done, err
}

var variants = map[string]variant{
	"call": Call, "launch": Launch, "timer": Timer, "poll": poll, "daemon": Daemon,
}

// Every item is done once, and every idiom says when its caller was free.
func TestSameAnswer(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			same := func(items uint8) bool {
				n := int(items)%10 + 1
				var mu sync.Mutex
				kinds := map[string]int{}
				done, err := f(Params{n, 0}, func(_ int, kind, _ string) {
					mu.Lock()
					defer mu.Unlock()
					kinds[kind]++
				})
				require.NoError(t, err)
				mu.Lock()
				defer mu.Unlock()
				worked := kinds["finish"]
				if name == "timer" {
					worked = kinds["over"]
				}
				return done == n && worked == n && kinds[events.Mark] == 1
			}
			require.NoError(t, quick.Check(same, &quick.Config{MaxCount: 20}))
		})
	}
}

// When the caller is free, and when all is done, for three items of a second
// each, on a clock that only waiting moves.
func TestWhen(t *testing.T) {
	for name, test := range map[string]struct{ free, done time.Duration }{
		"call":   {3 * time.Second, 3 * time.Second},
		"launch": {0, time.Second},
		"timer":  {0, 3 * time.Second},
		"daemon": {0, 3 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var free time.Duration
			done, err := variants[name](Params{3, time.Second}, func(_ int, kind, _ string) {
				if kind == events.Mark {
					free = time.Since(start)
				}
			})
			require.NoError(t, err)
			require.Equal(t, 3, done)
			require.Equal(t, test.free, free, name)
			require.Equal(t, test.done, time.Since(start), name)
		})
	}
}

// Who asks without waiting asks in vain, but loses nothing.
func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		polled, err := Poll(Params{3, time.Second}, events.Silent)
		require.NoError(t, err)
		require.Equal(t, 3, polled.Done)
		require.InDelta(t, 30, polled.Vain, 3) // ten questions a second
	})
}

// The wrong daemon is seen to stay.
func TestForgottenLeaks(t *testing.T) {
	others := goleak.IgnoreCurrent()
	done, err := Forgotten(Params{3, 0}, events.Silent)
	require.NoError(t, err)
	require.Equal(t, 3, done)
	require.ErrorContains(t, goleak.Find(others), "in state chan receive")
	others = goleak.IgnoreCurrent()
	_, err = Daemon(Params{3, 0}, events.Silent)
	require.NoError(t, err)
	require.NoError(t, goleak.Find(others))
}

func ExampleDaemon() {
	done, err := Daemon(Params{3, 0}, func(worker int, kind, label string) {
		if worker == Caller && kind == "received" {
			fmt.Println("received", label)
		}
	})
	fmt.Println(done, err)
	// Output:
	// received 0
	// received 1
	// received 2
	// 3 <nil>
}
