package parallel

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
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

// none is idle while there is work: then all is done as soon as it ever takes
// without knowing what is heavy, which is Graham's bound.
func TestNobodyIdle(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n, workers := 1+random.IntN(300), 1+random.IntN(30)
		sleeps := make([]time.Duration, n)
		var sum, longest time.Duration
		heavy := random.IntN(n) // heavy in one place, so no fair share
		for i := range sleeps {
			if i >= heavy && i < heavy+n/10 || random.IntN(10) == 0 {
				sleeps[i] = time.Duration(random.IntN(10)) * time.Second
			}
			sum, longest = sum+sleeps[i], max(longest, sleeps[i])
		}
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			_, err := Do(t.Context(), sleeps, workers, func(_ context.Context, d time.Duration) (int, error) {
				time.Sleep(d)
				return 0, nil
			})
			require.NoError(t, err)
			require.LessOrEqual(t, time.Since(began), sum/time.Duration(workers)+longest)
		})
	}
}

// fates are what random work may come to.
const (
	fine = iota
	fails
	panics
	exits
	stops // all, by the context
)

var (
	errFails = errors.New("fails")
	errStops = errors.New("stops")
)

// A schedule is work of random length that comes to random ends, and counts how
// often each item was started and how many were at once.
type schedule struct {
	fates   []int
	sleeps  []time.Duration
	workers int
	cancel  context.CancelCauseFunc

	started    []atomic.Int64
	busy, most atomic.Int64
}

// draw makes a schedule; most have no end but the good one.
func draw(random *rand.Rand) *schedule {
	n := random.IntN(200)
	s := &schedule{make([]int, n), make([]time.Duration, n), 1 + random.IntN(40), nil, make([]atomic.Int64, n), atomic.Int64{}, atomic.Int64{}}
	for i := range s.fates {
		if random.IntN(3) > 0 {
			s.sleeps[i] = time.Duration(random.IntN(5)) * time.Millisecond
		}
	}
	for range random.IntN(4) {
		if n > 0 {
			s.fates[random.IntN(n)] = random.IntN(stops + 1)
		}
	}
	return s
}

func (s *schedule) has(fate int) bool { return slices.Contains(s.fates, fate) }

func (s *schedule) do(_ context.Context, i int) (int, error) {
	s.started[i].Add(1)
	busy := s.busy.Add(1)
	defer s.busy.Add(-1)
	for most := s.most.Load(); busy > most && !s.most.CompareAndSwap(most, busy); most = s.most.Load() {
	}
	time.Sleep(s.sleeps[i])
	switch s.fates[i] {
	case fails:
		return 0, errFails
	case panics:
		panic(i)
	case exits:
		runtime.Goexit()
	case stops:
		s.cancel(errStops)
	}
	return i * i, nil
}

// fits says of an error whether it is what the item's fate calls for.
func (s *schedule) fits(i int, err error) bool {
	switch s.fates[i] {
	case fails:
		return err == errFails
	case panics:
		p := &Panic{}
		return errors.As(err, &p) && p.Value == i
	case exits:
		return err == ErrGoexit
	}
	return err == nil
}

// check says what holds whatever comes of a schedule: nobody still works, none
// was done twice, no more were at work than may be, and none was left out
// unless something ended it.
func (s *schedule) check(t *testing.T, ended bool) {
	require.Zero(t, s.busy.Load())
	require.LessOrEqual(t, s.most.Load(), int64(s.workers))
	for i := range s.started {
		started := s.started[i].Load()
		require.LessOrEqual(t, started, int64(1), "item %d", i)
		require.True(t, ended || started == 1, "item %d was left out", i)
	}
}

func TestRandomSchedules(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	all := map[string]func(t *testing.T, ctx context.Context, s *schedule){
		"do": func(t *testing.T, ctx context.Context, s *schedule) {
			values, err := Do(ctx, numbers(len(s.fates)), s.workers, s.do)
			s.check(t, err != nil)
			if err == nil {
				require.False(t, s.has(fails) || s.has(panics) || s.has(exits))
				for i, value := range values {
					require.Equal(t, i*i, value)
				}
				return
			}
			of := slices.IndexFunc(numbers(len(s.fates)), func(i int) bool {
				return s.started[i].Load() == 1 && s.fates[i] != fine && (s.fits(i, err) || s.fates[i] == stops && err == errStops)
			})
			require.GreaterOrEqual(t, of, 0, "nobody's error: %v", err)
		},
		"each": func(t *testing.T, ctx context.Context, s *schedule) {
			results := Each(ctx, numbers(len(s.fates)), s.workers, s.do)
			s.check(t, s.has(stops))
			for i, r := range results {
				require.Equal(t, i, r.Index)
				if s.started[i].Load() == 0 {
					require.Equal(t, Result[int]{i, 0, errStops}, r)
				} else {
					require.True(t, s.fits(i, r.Err), r.Err)
					require.True(t, r.Err != nil || r.Value == i*i)
				}
			}
		},
		"in-order": func(t *testing.T, ctx context.Context, s *schedule) {
			next, cause := 0, error(nil)
			for value, err := range InOrder(ctx, slices.Values(numbers(len(s.fates))), s.workers, s.do) {
				require.NoError(t, cause, "the cause is the last error")
				if err == errStops {
					cause = err
					continue
				}
				require.True(t, s.fits(next, err), err)
				require.True(t, err != nil || value == next*next)
				next++
			}
			s.check(t, cause != nil)
			require.True(t, cause != nil || next == len(s.fates))
			require.Equal(t, s.stopped(), cause != nil)
		},
		"as-completed": func(t *testing.T, ctx context.Context, s *schedule) {
			var values, wanted []int
			failed, cause := 0, error(nil)
			for value, err := range AsCompleted(ctx, slices.Values(numbers(len(s.fates))), s.workers, s.do) {
				require.NoError(t, cause, "the cause is the last error")
				switch {
				case err == errStops:
					cause = err
				case err != nil:
					failed++
				default:
					values = append(values, value)
				}
			}
			s.check(t, cause != nil)
			require.Equal(t, s.stopped(), cause != nil)
			for i, fate := range s.fates {
				if fate == fine {
					wanted = append(wanted, i*i)
				}
			}
			if cause != nil { // some of them, none twice
				require.Subset(t, wanted, values)
				slices.Sort(values)
				require.Len(t, slices.Compact(values), len(values))
			} else {
				require.ElementsMatch(t, wanted, values)
				require.Equal(t, len(s.fates)-len(wanted), failed)
			}
		},
	}
	for name, hold := range all {
		t.Run(name, func(t *testing.T) {
			for range 150 {
				s := draw(random)
				synctest.Test(t, func(t *testing.T) {
					ctx, cancel := context.WithCancelCause(t.Context())
					s.cancel = cancel
					hold(t, ctx, s)
				})
			}
		})
	}
}

// stopped says whether some work has ended the context.
func (s *schedule) stopped() bool {
	for i, fate := range s.fates {
		if fate == stops && s.started[i].Load() > 0 {
			return true
		}
	}
	return false
}

// Where work takes no time, all is in the hands of the real scheduler: nobody
// gets what another has, however they steal.
func TestEachItemOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 3, 8, 100, 1000} {
		for _, n := range []int{1, 2, 127, 2049, 4999} {
			done := make([]atomic.Int64, n)
			_, err := Do(t.Context(), numbers(n), workers, func(_ context.Context, i int) (int, error) {
				if i%3 == 0 {
					runtime.Gosched() // somebody else's turn, in the middle of a block
				}
				done[i].Add(1)
				return 0, nil
			})
			require.NoError(t, err)
			require.False(t, slices.ContainsFunc(numbers(n), func(i int) bool { return done[i].Load() != 1 }), "%d items, %d workers", n, workers)
		}
	}
}

// What its owner takes from a share while somebody steals from it is what the
// thief has not got.
func TestTakenOrStolen(t *testing.T) {
	const n = 1000
	for range 5000 { // a thief is at it ten times
		mine := &share{}
		mine.set(0, n)
		var taken, stolen [n]bool
		var both sync.WaitGroup
		both.Go(func() {
			for i, ok := mine.take(); ok; i, ok = mine.take() {
				taken[i] = true
			}
		})
		both.Go(func() {
			for loot := (&share{}); mine.halve(loot); {
				for i, ok := loot.take(); ok; i, ok = loot.take() {
					stolen[i] = true
				}
			}
		})
		both.Wait()
		for i := range n {
			if taken[i] == stolen[i] {
				t.Fatalf("%d: taken %v, stolen %v", i, taken[i], stolen[i])
			}
		}
	}
}

// A share counts from its first item, so that it needs half a word, however
// many items there are.
func TestShare(t *testing.T) {
	const far = math.MaxInt - 4
	mine, thief := &share{}, &share{}
	take := func(s *share) int {
		i, ok := s.take()
		if !ok {
			return -1
		}
		return i
	}
	require.Equal(t, -1, take(mine))
	require.False(t, mine.halve(thief), "one more than all has been taken")
	mine.set(far, 4)
	require.Equal(t, far, take(mine))
	require.Equal(t, far, mine.current())
	require.True(t, mine.halve(thief)) // the larger half of three
	require.Equal(t, far+1, take(mine))
	require.Equal(t, -1, take(mine))
	require.Equal(t, far+2, take(thief))
	require.Equal(t, far+3, take(thief))
	require.Equal(t, far+3, thief.current())
	require.Equal(t, -1, take(thief))
	require.False(t, thief.halve(mine))
	mine.set(7, 1)
	require.True(t, mine.halve(thief), "the last one, which its owner has not begun")
	require.Equal(t, -1, take(mine))
	require.Equal(t, 7, take(thief))
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
