package collecting

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type variant func(Params, events.Note) (Reached, error)

var pools = map[string]variant{
	"all-at-once":  AllAtOnce,
	"in-order":     InOrder,
	"as-completed": AsCompleted,
}

// A log is the Note that keeps when things happened, in whole units. What
// happens at the same moment has no order here.
type log struct {
	mu    sync.Mutex
	start time.Time
	unit  time.Duration
	seen  map[string]int
}

func (l *log) note(worker int, kind, label string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen[fmt.Sprintf("%d %s %s", worker, kind, label)] = int(time.Since(l.start) / l.unit)
}

// reached runs a variant by the fake clock, and says when each of the tasks
// reached the caller and when the caller was free.
func reached(t *testing.T, f variant, tasks string, workers int) (order Reached, at map[string]int) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{start: time.Now(), unit: time.Second, seen: map[string]int{}}
		var err error
		order, err = f(Params{tasks, workers, time.Second}, l.note)
		require.NoError(t, err)
		at = l.seen
	})
	return order, at
}

// The figure of the paper, to the unit: three workers, tasks of 1, 5 and 3.
func TestWhenEachResultReachesTheCaller(t *testing.T) {
	for _, test := range []struct {
		name             string
		f                variant
		one, five, three int
		free             int
		order            Reached
	}{
		{"sequential", Sequential, 1, 6, 9, 9, Reached{1, 5, 3}},
		{"all-at-once", AllAtOnce, 5, 5, 5, 5, Reached{1, 5, 3}},
		{"in-order", InOrder, 1, 5, 5, 0, Reached{1, 5, 3}},
		{"as-completed", AsCompleted, 1, 5, 3, 0, Reached{1, 3, 5}},
	} {
		t.Run(test.name, func(t *testing.T) {
			order, at := reached(t, test.f, "1 5 3", 3)
			require.Equal(t, test.order, order)
			for i, units := range []int{1, 5, 3} {
				want := []int{test.one, test.five, test.three}[i]
				require.Equal(t, want, at[fmt.Sprintf("%d reach %d", i, units)], "task %d", units)
				require.Equal(t, want, at[fmt.Sprintf("%d mark reach-%d", i, units)], "mark %d", units)
				start, finish := at[fmt.Sprintf("%d start %d", i, units)], at[fmt.Sprintf("%d finish %d", i, units)]
				require.Equal(t, units, finish-start)
			}
			require.Equal(t, test.free, at["0 mark caller-free"])
		})
	}
}

// Any tasks and any workers give the answer of one after the other, and each
// variant gives its own order. As completed: by when it finished.
func TestSameAnswer(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var words []string
		for range 1 + random.IntN(8) {
			words = append(words, fmt.Sprint(random.IntN(9)))
		}
		tasks, workers := strings.Join(words, " "), 1+random.IntN(10)
		want, _ := reached(t, Sequential, tasks, 1)
		for name, f := range pools {
			order, at := reached(t, f, tasks, workers)
			require.Equal(t, want.Result(), order.Result(), "%s: %s", name, tasks)
			if name != "as-completed" {
				require.Equal(t, want, order, "%s: %s", name, tasks)
				continue
			}
			for what, when := range at {
				if label, ok := strings.CutSuffix(what, "finish"); ok {
					require.Equal(t, when, at[label+"reach"])
				}
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for tasks, says := range map[string]string{
		"":      "tasks is empty, want units such as 1 5 3",
		" ":     "tasks is empty",
		"1 x":   `tasks has "x", want a whole number of units`,
		"1 -5":  `tasks has "-5", want a whole number`,
		"1.5":   `tasks has "1.5", want a whole number`,
		"1,5,3": `tasks has "1,5,3", want a whole number`,
	} {
		_, err := Sequential(Params{Tasks: tasks}, events.Silent)
		require.ErrorContains(t, err, says)
		for _, f := range pools {
			_, err := f(Params{tasks, 1, 0}, events.Silent)
			require.ErrorContains(t, err, says)
		}
	}
}

func TestAnswer(t *testing.T) {
	require.Equal(t, "1 3 5", Reached{5, 1, 3}.Result().Answer)
	require.Equal(t, "2 2 10", Reached{10, 2, 2}.Result().Answer) // by value, not by text
}
