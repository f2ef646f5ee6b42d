package replicas

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

// What Leaky leaves is what it is here for; nothing else may leave any.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, known) }

var known = goleak.IgnoreAnyFunction("tandem/go/replicas.Leaky[...].func1")

func hedging(delay time.Duration) Query {
	return func(ctx context.Context, asks []Ask[int]) (int, error) { return Hedged(ctx, asks, delay) }
}

var all = map[string]Query{
	"single": Single[int], "leaky": Leaky[int], "buffered": Buffered[int],
	"first": First[int], "hedged": hedging(time.Second),
}

// The two that return the first success and leave nothing behind.
var clean = map[string]Query{"first": First[int], "hedged": hedging(time.Second)}

// after is a replica that answers with a value after some seconds, or, for 0,
// fails after that time.
func after(seconds, value int) Ask[int] {
	return func(ctx context.Context) (int, error) {
		if err := pause(ctx, time.Duration(seconds)*time.Second); err != nil {
			return 0, err
		}
		if value == 0 {
			return 0, fmt.Errorf("failed after %d s", seconds)
		}
		return value, nil
	}
}

func TestNobodyToAsk(t *testing.T) {
	for name, query := range all {
		_, err := query(t.Context(), nil)
		require.ErrorIs(t, err, ErrNone, name)
	}
}

// When each way has which answer, on a clock that only waiting moves.
func TestWhen(t *testing.T) {
	tests := []struct {
		about string
		query Query
		asks  []Ask[int]
		value int
		took  int // seconds
	}{
		{"waits for the first replica", Single[int], []Ask[int]{after(5, 1), after(1, 2)}, 1, 5},
		{"the fastest wins", Buffered[int], []Ask[int]{after(5, 1), after(3, 2), after(4, 3)}, 2, 3},
		{"the fastest wins", First[int], []Ask[int]{after(5, 1), after(3, 2), after(4, 3)}, 2, 3},
		{"the last one may be the fastest", First[int], []Ask[int]{after(5, 1), after(4, 2), after(3, 3)}, 3, 3},
		{"a failure does not win", First[int], []Ask[int]{after(1, 0), after(3, 2)}, 2, 3},
		{"one alone", First[int], []Ask[int]{after(3, 1)}, 1, 3},
		{"in time, nobody else is asked", hedging(2 * time.Second), []Ask[int]{after(1, 1), nil}, 1, 1},
		{"late, the next one is asked", hedging(2 * time.Second), []Ask[int]{after(9, 1), after(1, 2)}, 2, 3},
		{"the first may still win", hedging(2 * time.Second), []Ask[int]{after(3, 1), after(9, 2)}, 1, 3},
		{"failed, the next is asked at once", hedging(5 * time.Second), []Ask[int]{after(1, 0), after(1, 2)}, 2, 2},
		{"and so on", hedging(time.Second), []Ask[int]{after(9, 1), after(9, 2), after(1, 3)}, 3, 3},
	}
	for _, test := range tests {
		t.Run(test.about, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				value, err := test.query(t.Context(), test.asks)
				require.NoError(t, err)
				require.Equal(t, test.value, value)
				require.Equal(t, time.Duration(test.took)*time.Second, time.Since(start))
				time.Sleep(10 * time.Second) // Buffered's late ones go by themselves
			})
		})
	}
}

// If all fail, each error is told.
func TestAllFail(t *testing.T) {
	for name, query := range clean {
		synctest.Test(t, func(t *testing.T) {
			_, err := query(t.Context(), []Ask[int]{after(2, 0), after(4, 0)})
			require.ErrorContains(t, err, "failed after 2 s", name)
			require.ErrorContains(t, err, "failed after 4 s", name)
		})
	}
}

// Whoever asks may give up, and then too nobody is left behind.
func TestCancelled(t *testing.T) {
	for name, query := range clean {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			start := time.Now()
			_, err := query(ctx, []Ask[int]{after(5, 1), after(5, 2), after(5, 3), after(5, 4), after(5, 5)})
			require.ErrorIs(t, err, context.DeadlineExceeded, name)
			require.Equal(t, 3*time.Second, time.Since(start), name)
		})
	}
}

// Late ones are told to stop, and have stopped when the answer is there:
// whatever the order in which replicas answer. (synctest.Test itself fails
// where a goroutine stays.)
func TestJoined(t *testing.T) {
	for name, query := range clean {
		t.Run(name, func(t *testing.T) {
			joined := func(seconds []uint8) bool {
				ok := true
				synctest.Test(t, func(t *testing.T) {
					var working atomic.Int64
					asks := []Ask[int]{after(3, 1)}
					for i, s := range seconds {
						asks = append(asks, after(int(s%8), i+2))
					}
					for i, ask := range asks {
						asks[i] = func(ctx context.Context) (int, error) {
							working.Add(1)
							defer working.Add(-1)
							return ask(ctx)
						}
					}
					_, err := query(t.Context(), asks)
					ok = err == nil && working.Load() == 0
				})
				return ok
			}
			require.NoError(t, quick.Check(joined, &quick.Config{MaxCount: 50}))
		})
	}
}

// The wrong way is seen to fail: of three, two stand at the door for ever.
func TestLeakyLeaks(t *testing.T) {
	others := goleak.IgnoreCurrent()
	value, err := Leaky(t.Context(), []Ask[int]{answer(7), answer(7), answer(7)})
	require.NoError(t, err)
	require.Equal(t, 7, value)
	leaked := goleak.Find(others)
	require.ErrorContains(t, leaked, "found unexpected goroutines")
	require.Equal(t, 2, strings.Count(leaked.Error(), "in state chan send"), leaked)

	others = goleak.IgnoreCurrent()
	_, err = Buffered(t.Context(), []Ask[int]{answer(7), answer(7), answer(7)})
	require.NoError(t, err)
	require.NoError(t, goleak.Find(others))
}

// The wrong one stands beside the right one, and they differ in one place.
func TestOneLineApart(t *testing.T) {
	text, err := os.ReadFile("replicas.go")
	require.NoError(t, err)
	body := func(name string) string {
		_, rest, ok := strings.Cut(string(text), "\nfunc "+name+"[")
		require.True(t, ok)
		body, _, ok := strings.Cut(rest, "\n}\n")
		require.True(t, ok)
		return body
	}
	require.Equal(t, body("Buffered"),
		strings.Replace(body("Leaky"), "chan reply[T])", "chan reply[T], len(asks))", 1))
}

func answer(value int) Ask[int] {
	return func(context.Context) (int, error) { return value, nil }
}

// All ways have the same answers, ask as often as they say, and leave nobody,
// but for the one that is wrong.
func TestLoad(t *testing.T) {
	const queries, replicas = 20, 3
	for name, query := range all {
		// Whoever is on his way out would be counted.
		require.NoError(t, goleak.Find(known))
		outcome, err := Load(query, queries, replicas, 0, events.Silent)
		require.NoError(t, err)
		require.Equal(t, queries*(queries-1)/2, outcome.Sum, name)
		require.Len(t, outcome.Latencies, queries)
		switch name {
		case "single":
			require.Equal(t, queries, outcome.Asked)
		case "hedged": // replicas that take no time are never late
			require.Equal(t, queries, outcome.Asked)
		default:
			require.Equal(t, queries*replicas, outcome.Asked, name)
		}
		if name == "leaky" {
			require.Equal(t, queries*(replicas-1), outcome.Left)
		} else {
			require.Zero(t, outcome.Left, name)
		}
	}
}

func TestLoadFails(t *testing.T) {
	broken := errors.New("broken")
	_, err := Load(func(context.Context, []Ask[int]) (int, error) { return 0, broken }, 1, 1, 0, events.Silent)
	require.ErrorIs(t, err, broken)
}

// Both languages draw the same: python/tests/test_replicas.py has the same
// numbers.
func TestLatency(t *testing.T) {
	slow := 0
	for q := range 10_000 {
		l := Latency(q, q%5)
		require.True(t, 500 <= l && l < 15_000, l)
		if l >= 5000 {
			slow++
		}
	}
	require.InDelta(t, 1000, slow, 6*30) // six standard deviations
	require.Equal(t, []int{1035, 1200, 1104, 584}, []int{Latency(0, 0), Latency(0, 1), Latency(1, 0), Latency(999, 4)})
}

func TestPercentile(t *testing.T) {
	o := Outcome{Latencies: []time.Duration{1, 2, 3, 4}}
	for percent, want := range map[int]time.Duration{1: 1, 25: 1, 26: 2, 50: 2, 75: 3, 99: 4, 100: 4} {
		require.Equal(t, want, o.Percentile(percent), percent)
	}
}

func ExampleFirst() {
	ask := func(name string, takes time.Duration) Ask[string] {
		return func(ctx context.Context) (string, error) {
			select {
			case <-time.After(takes):
				return name, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
	}
	name, err := First(context.Background(), []Ask[string]{
		ask("far", time.Hour),
		ask("near", 0),
	})
	fmt.Println(name, err)
	// Output: near <nil>
}

func ExampleHedged() {
	broken := func(context.Context) (string, error) { return "", errors.New("no route") }
	sound := func(context.Context) (string, error) { return "sound", nil }
	// The second is asked at once, for the first one has failed.
	fmt.Println(Hedged(context.Background(), []Ask[string]{broken, sound}, time.Hour))
	// Output: sound <nil>
}

// What asking three costs when they answer at once.
func Benchmark(b *testing.B) {
	asks := []Ask[int]{answer(1), answer(1), answer(1)}
	for _, name := range []string{"buffered", "first", "hedged"} {
		b.Run(name, func(b *testing.B) {
			query := all[name]
			b.ReportAllocs()
			for b.Loop() {
				if _, err := query(b.Context(), asks); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
