package parallel

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type way func(ctx context.Context, items []int, workers int, f Func[int, int]) ([]int, error)

// ways are all that end with the first error, or can be told to.
var ways = map[string]way{
	"do":      Do[int, int],
	"limited": Limited[int, int],
	"each": func(ctx context.Context, items []int, workers int, f Func[int, int]) ([]int, error) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		results := Each(ctx, items, workers, func(ctx context.Context, item int) (int, error) {
			value, err := f(ctx, item)
			if err != nil {
				cancel(err)
			}
			return value, err
		})
		values := make([]int, len(results))
		for i, r := range results {
			if r.Index != i {
				return nil, errors.New("out of order")
			}
			if r.Err != nil {
				return nil, context.Cause(ctx)
			}
			values[i] = r.Value
		}
		return values, nil
	},
	"in-order": func(ctx context.Context, items []int, workers int, f Func[int, int]) (values []int, err error) {
		for value, err := range InOrder(ctx, slices.Values(items), workers, f) {
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		return values, nil
	},
}

func square(_ context.Context, i int) (int, error) { return i * i, nil }

func numbers(n int) []int {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	return items
}

func TestSameAsSequential(t *testing.T) {
	check := func(items []int, workers uint8) bool {
		want, err := Sequential(t.Context(), items, square)
		require.NoError(t, err)
		for name, way := range ways {
			got, err := way(t.Context(), items, int(workers), square)
			require.NoError(t, err, name)
			require.ElementsMatch(t, want, got, name)
			require.True(t, slices.Equal(want, got), name)
		}
		for _, room := range []int{0, len(items)} {
			got := make([]int, len(items))
			for _, r := range Pool(items, int(workers), room, square) {
				require.NoError(t, r.Err)
				got[r.Index] = r.Value
			}
			require.Equal(t, want, got)
		}
		var got []int
		for value, err := range AsCompleted(t.Context(), slices.Values(items), int(workers), square) {
			require.NoError(t, err)
			got = append(got, value)
		}
		require.ElementsMatch(t, want, got)
		return true
	}
	require.NoError(t, quick.Check(check, nil))
	check(nil, 3)
	check([]int{7}, 0)
}

// Whatever the schedule, each item is done once, by no more workers than there
// may be. And none is idle while there is work: then all is done as soon as it
// ever takes without knowing what is heavy, which is Graham's bound.
func TestEachItemOnceAndNobodyIdle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n, workers := 1+random.IntN(300), 1+random.IntN(30)
		sleeps := make([]time.Duration, n) // heavy at one end, so no fair share
		var sum, longest time.Duration
		for i := range sleeps {
			if i > n*9/10 || random.IntN(10) == 0 {
				sleeps[i] = time.Duration(random.IntN(10)) * time.Second
			}
			sum, longest = sum+sleeps[i], max(longest, sleeps[i])
		}
		synctest.Test(t, func(t *testing.T) {
			var busy atomic.Int64
			done := make([]atomic.Int64, n)
			began := time.Now()
			spread(t.Context(), n, workers, func(i int) bool {
				if busy.Add(1) > int64(workers) {
					t.Error("more at once than there may be")
				}
				time.Sleep(sleeps[i])
				done[i].Add(1)
				busy.Add(-1)
				return true
			}, func(int, error) bool {
				t.Error("nothing panicked")
				return true
			})
			require.LessOrEqual(t, time.Since(began), sum/time.Duration(workers)+longest)
			for i := range done {
				require.EqualValues(t, 1, done[i].Load(), i)
			}
		})
	}
}

// More items than one round of spans can number.
func TestMoreThanASpan(t *testing.T) {
	s := &span{}
	s.set(mostInSpan-2, mostInSpan)
	thief := &span{}
	require.True(t, s.halve(thief))
	require.Equal(t, mostInSpan-2, s.take())
	require.Equal(t, -1, s.take())
	require.Equal(t, mostInSpan-1, thief.take())
	require.False(t, thief.halve(s))
}

func TestFirstErrorStops(t *testing.T) {
	for name, way := range ways {
		if name != "do" && name != "limited" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var started, cancelled atomic.Int64
				_, err := way(t.Context(), numbers(1000), 10, func(ctx context.Context, i int) (int, error) {
					if started.Add(1) == 10 { // all others are at work by now
						return 0, io.ErrUnexpectedEOF
					}
					<-ctx.Done()
					cancelled.Add(1)
					return 0, ctx.Err()
				})
				require.ErrorIs(t, err, io.ErrUnexpectedEOF)
				require.EqualValues(t, 10, started.Load())
				require.EqualValues(t, 9, cancelled.Load())
			})
		})
	}
}

func TestCancelled(t *testing.T) {
	because := errors.New("no longer needed")
	ways := map[string]way{"as-completed": func(ctx context.Context, items []int, workers int, f Func[int, int]) ([]int, error) {
		for _, err := range AsCompleted(ctx, slices.Values(items), workers, f) {
			if err != nil {
				return nil, err
			}
		}
		return nil, nil
	}, "do": ways["do"], "limited": ways["limited"], "each": ways["each"], "in-order": ways["in-order"]}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				go func() {
					time.Sleep(time.Minute)
					cancel(because)
				}()
				began := time.Now()
				_, err := way(ctx, numbers(100), 3, func(ctx context.Context, i int) (int, error) {
					<-ctx.Done()
					return 0, context.Cause(ctx)
				})
				require.ErrorIs(t, err, because)
				require.Equal(t, time.Minute, time.Since(began))
			})
		})
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(because)
	never := func(context.Context, int) (int, error) { t.Error("started"); return 0, nil }
	_, err := Sequential(ctx, numbers(3), never)
	require.ErrorIs(t, err, because)
	for _, r := range Each(ctx, numbers(3), 2, never) {
		require.ErrorIs(t, r.Err, because)
	}
}

func TestEachKeepsEveryError(t *testing.T) {
	odd := errors.New("odd")
	results := Each(t.Context(), numbers(100), 7, func(_ context.Context, i int) (int, error) {
		if i%10 == 5 {
			panic(odd)
		}
		if i%10 == 7 {
			runtime.Goexit()
		}
		if i%2 == 1 {
			return i, odd
		}
		return i, nil
	})
	for i, r := range results {
		switch {
		case i%10 == 5:
			var p *Panic
			require.ErrorAs(t, r.Err, &p)
			require.Contains(t, string(p.Stack), "TestEachKeepsEveryError")
			require.ErrorIs(t, r.Err, odd)
		case i%10 == 7:
			require.ErrorIs(t, r.Err, ErrGoexit)
		case i%2 == 1:
			require.Equal(t, Result[int]{i, i, odd}, r)
		default:
			require.Equal(t, Result[int]{i, i, nil}, r)
		}
	}
}

// Work that panics or leaves is an error like others.
func TestPanics(t *testing.T) {
	for _, name := range []string{"do", "in-order"} {
		_, err := ways[name](t.Context(), numbers(10), 2, func(_ context.Context, i int) (int, error) {
			if i == 3 {
				panic("no three")
			}
			return i, nil
		})
		require.ErrorContains(t, err, "work panicked: no three", name)
		require.ErrorContains(t, err, "TestPanics", name) // the stack
		require.NoError(t, errors.Unwrap(err))

		_, err = ways[name](t.Context(), numbers(10), 2, func(_ context.Context, i int) (int, error) {
			runtime.Goexit()
			return i, nil
		})
		require.ErrorIs(t, err, ErrGoexit, name)
	}
	// A stream goes on behind it.
	var seen []int
	for value, err := range InOrder(t.Context(), slices.Values(numbers(5)), 1, func(_ context.Context, i int) (int, error) {
		if i == 1 {
			panic(i)
		}
		if i == 3 {
			runtime.Goexit()
		}
		return i, nil
	}) {
		if err != nil {
			value = -1
		}
		seen = append(seen, value)
	}
	require.Equal(t, []int{0, -1, 2, -1, 4}, seen)
}

func TestItemsThatPanic(t *testing.T) {
	items := func(yield func(int) bool) {
		if yield(1) {
			panic("no more")
		}
	}
	var values []int
	var last error
	for value, err := range InOrder(t.Context(), items, 2, square) {
		values, last = append(values, value), err
	}
	require.Equal(t, []int{1, 0}, values)
	require.ErrorContains(t, last, "no more")
	values = nil
	for value := range AsCompleted(t.Context(), items, 2, square) {
		values = append(values, value)
	}
	require.ElementsMatch(t, []int{1, 0}, values)
}

// A stream takes items as they are needed, out of more than could be held, and
// leaving the loop ends all.
func TestStreams(t *testing.T) {
	for name, stream := range map[string]func(context.Context, func(func(int) bool), Func[int, int]) func(func(int, error) bool){
		"in-order": func(ctx context.Context, items func(func(int) bool), f Func[int, int]) func(func(int, error) bool) {
			return InOrder(ctx, items, 3, f)
		},
		"as-completed": func(ctx context.Context, items func(func(int) bool), f Func[int, int]) func(func(int, error) bool) {
			return AsCompleted(ctx, items, 3, f)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var taken, running atomic.Int64
				endless := func(yield func(int) bool) {
					for i := 0; yield(i); i++ {
						taken.Add(1)
					}
				}
				seen := 0
				for _, err := range stream(t.Context(), endless, func(ctx context.Context, i int) (int, error) {
					running.Add(1)
					defer running.Add(-1)
					select {
					case <-time.After(time.Second):
					case <-ctx.Done():
					}
					return i, nil
				}) {
					require.NoError(t, err)
					if seen++; seen == 100 {
						time.Sleep(time.Hour) // nobody reads: nobody may go on
						synctest.Wait()
						require.LessOrEqual(t, taken.Load(), int64(106))
						break
					}
				}
				require.Zero(t, running.Load())
			})
		})
	}
}

// The stream in order waits for the first item, the other one does not.
func TestOrders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slower := func(_ context.Context, i int) (int, error) {
			time.Sleep(time.Duration(i) * time.Second)
			return i, nil
		}
		var inOrder, completed []int
		for i := range InOrder(t.Context(), slices.Values([]int{5, 1, 3}), 3, slower) {
			inOrder = append(inOrder, i)
		}
		for i := range AsCompleted(t.Context(), slices.Values([]int{5, 1, 3}), 3, slower) {
			completed = append(completed, i)
		}
		var pooled []int
		for _, r := range Pool([]int{5, 1, 3}, 3, 0, slower) {
			pooled = append(pooled, r.Value)
		}
		require.Equal(t, []int{5, 1, 3}, inOrder)
		require.Equal(t, []int{1, 3, 5}, completed)
		require.Equal(t, []int{1, 3, 5}, pooled)
	})
}
