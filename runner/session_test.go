package runner

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/plan"
	"tandem/runner/store"
)

// A fast wrong answer is no result, whoever knows the right one.
func TestJudge(t *testing.T) {
	sized := &catalog.Pair{
		ID: "sized", Expect: "{n} steps",
		Params: []catalog.Param{{Name: "n", Type: "int"}},
	}
	free := &catalog.Pair{
		ID:       "free",
		Params:   []catalog.Param{{Name: "n", Type: "int"}, {Name: "workers", Type: "int"}},
		Variants: []catalog.Variant{{Side: "go", Name: "one", Only: []string{"n"}}, {Side: "go", Name: "many"}},
	}
	s := &session{pairs: map[string]*catalog.Pair{"sized": sized, "free": free}, answers: map[string]reference{}}
	judge := func(pair, variant, answer string, params map[string]any) store.Trial {
		c := store.Cell{Pair: pair, Side: "go", Variant: variant, Params: params}
		trial := store.Trial{Status: store.OK, Answer: answer}
		s.judge(&trial, c)
		return trial
	}

	// The catalog knows.
	require.Equal(t, store.OK, judge("sized", "one", "7 steps", map[string]any{"n": int64(7)}).Status)
	wrong := judge("sized", "one", "8 steps", map[string]any{"n": float64(7)}) // as after a resume
	require.Equal(t, store.WrongAnswer, wrong.Status)
	require.Equal(t, `answered "8 steps", but the catalog says "7 steps"`, wrong.Message)

	// Nobody knows: the first to answer is held against the others, at the
	// same values of what every variant reads.
	require.Equal(t, store.OK, judge("free", "one", "x", map[string]any{"n": int64(1)}).Status)
	require.Equal(t, store.OK, judge("free", "many", "x", map[string]any{"n": int64(1), "workers": int64(9)}).Status)
	wrong = judge("free", "many", "y", map[string]any{"n": int64(1), "workers": int64(2)})
	require.Equal(t, store.WrongAnswer, wrong.Status)
	require.Equal(t, `answered "y", but go/one, which answered first, says "x"`, wrong.Message)
	require.Equal(t, store.OK, judge("free", "many", "y", map[string]any{"n": int64(2), "workers": int64(2)}).Status)
}

// What is not run again: it would end as it did, or it keeps failing.
func TestRememberGivesUp(t *testing.T) {
	cell := store.Cell{Pair: "p", Side: "go", Variant: "v", Params: map[string]any{}}
	for name, c := range map[string]struct {
		ends []store.Status
		over bool
	}{
		"ok goes on":             {[]store.Status{store.OK, store.OK}, false},
		"one crash goes on":      {[]store.Status{store.Crashed, store.OK}, false},
		"two crashes":            {[]store.Status{store.Crashed, store.OK, store.WrongAnswer}, true},
		"one timeout":            {[]store.Status{store.Timeout}, true},
		"cannot run here":        {[]store.Status{store.Skipped}, true},
		"interrupted is nothing": {[]store.Status{store.Interrupted, store.Interrupted}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &session{
				pairs:   map[string]*catalog.Pair{"p": {ID: "p", Work: "cpu"}},
				journal: map[string]*history{cell.Key(): {done: map[int]bool{}}},
			}
			for round, status := range c.ends {
				s.remember(store.Trial{Pair: "p", Side: "go", Variant: "v", Params: map[string]any{}, Round: round, Status: status})
			}
			require.Equal(t, c.over, s.journal[cell.Key()].over)
			require.Equal(t, status(c.ends[0]), s.journal[cell.Key()].done[0])
		})
	}
}

// status says whether a trial that ended so counts as run.
func status(s store.Status) bool { return s != store.Interrupted }

// A budget of the runner's own gives way to the rounds that make an interval;
// the user's does not.
func TestOverBudget(t *testing.T) {
	s := &session{limit: limit{stop: plan.Stop{MinRounds: 6, MaxRounds: 20}, budget: 90 * time.Second}}
	require.False(t, s.overBudget(89*time.Second, 12))
	require.True(t, s.overBudget(91*time.Second, 7))
	require.False(t, s.overBudget(119*time.Second, 6))
	require.True(t, s.overBudget(121*time.Second, 6))
	s.limit.firm = true
	require.True(t, s.overBudget(91*time.Second, 2))
	s.limit.budget = 0 // --rounds without --budget
	require.False(t, s.overBudget(time.Hour, 2))
}
