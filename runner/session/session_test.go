package session

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// A fast wrong answer is no result.
func TestJudgeKnowsWhatTheCatalogSays(t *testing.T) {
	p := &catalog.Pair{ID: "sized", Expect: "{n} steps", Params: []catalog.Param{{Name: "n", Type: "int"}}}
	s := &Session{}
	judge := func(answer string, n any) model.Trial {
		trial := model.Trial{Status: model.OK, Answer: answer}
		s.judge(&trial, p, model.Cell{Pair: "sized", Side: "go", Variant: "one", Params: map[string]any{"n": n}})
		return trial
	}
	require.Equal(t, model.OK, judge("7 steps", int64(7)).Status)
	wrong := judge("8 steps", float64(7)) // as after a resume
	require.Equal(t, model.WrongAnswer, wrong.Status)
	require.Equal(t, `answered "8 steps", but the catalog says "7 steps"`, wrong.Message)
}

// What is not run again: it would end as it did, or it keeps failing.
func TestRememberGivesUp(t *testing.T) {
	key := model.Cell{Pair: "p", Side: "go", Variant: "v", Params: map[string]any{}}.Key()
	for name, c := range map[string]struct {
		ends []model.Status
		over bool
	}{
		"ok goes on":             {[]model.Status{model.OK, model.OK}, false},
		"one crash goes on":      {[]model.Status{model.Crashed, model.OK}, false},
		"two crashes":            {[]model.Status{model.Crashed, model.OK, model.WrongAnswer}, true},
		"one timeout":            {[]model.Status{model.Timeout}, true},
		"cannot run here":        {[]model.Status{model.Skipped}, true},
		"interrupted is nothing": {[]model.Status{model.Interrupted, model.Interrupted}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Session{cells: map[string]*cell{key: {done: map[int]bool{}}}}
			for round, status := range c.ends {
				s.remember(model.Trial{Pair: "p", Side: "go", Variant: "v", Params: map[string]any{}, Round: round, Status: status})
			}
			require.Equal(t, c.over, s.cells[key].over)
			require.Equal(t, c.ends[0] != model.Interrupted, s.cells[key].done[0])
		})
	}
}

// A disturbed trial is tried again at once; on a machine that is never quiet
// that soon stops, and begins again when it is.
func TestNoiseTriesAgainWithinBounds(t *testing.T) {
	n := noise{tries: 8}
	require.False(t, n.heard(false))
	require.True(t, n.heard(true))
	require.False(t, n.heard(false), "the second try was quiet")
	require.True(t, n.heard(true))
	require.True(t, n.heard(true))
	for range 5 {
		require.False(t, n.heard(true), "in vain")
	}
	require.False(t, n.heard(false))
	require.False(t, n.heard(true), "the pair's tries are used up")
}

// The rounds without which there is no interval are not bounded by any budget.
func TestLimitsLeaveNoRunUndecided(t *testing.T) {
	for profile, l := range limits {
		require.Equal(t, model.MinRounds, l.Least, profile)
		require.Greater(t, l.Most, l.Least, profile)
		require.Greater(t, l.Extra, time.Duration(0), profile)
	}
}

// No figure of ours is more than the machine has, however short the work was.
func TestBounded(t *testing.T) {
	require.Equal(t, 1.5, bounded(1.5, 2))
	require.Equal(t, 2.0, bounded(202099.8, 2))
	require.Equal(t, 2.0, bounded(math.Inf(1), 2))
	require.Zero(t, bounded(math.NaN(), 2))
	require.Zero(t, bounded(-0.1, 2))
	require.Equal(t, 1.0, bounded(3, 0))
}
