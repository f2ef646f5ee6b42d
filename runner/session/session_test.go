package session

import (
	"math"
	"slices"
	"testing"
	"testing/fstest"
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

// After the least rounds just the cells run that an interval needs which is not
// yet narrow: neither those of a narrow one, nor what is exact, nor what no
// claim is about.
func TestFurtherRoundsGoWhereWidthIsMissing(t *testing.T) {
	p := load(t, `
[[claim]]
id = "P1"
says = "."
test = [
  { measure = "wall", of = "go/wide", against = "go/narrow", is = "above" },
  { measure = "wall", of = "go/narrow", is = "below", bound = 5 },
  { measure = "metric:fact", of = "go/exact", is = "equal", exact = true },
  { measure = "wall", of = "go/other", is = "below", bound = 5 },
]`)
	s := &Session{limit: limits[catalog.Quick], pairs: []*catalog.Pair{p}, cells: map[string]*cell{}}
	s.manifest.Runtimes = []model.Runtime{{ID: "go1", Side: "go"}}
	for _, name := range []string{"wide", "narrow", "exact", "other", "unasked"} {
		c := model.Cell{Pair: "p", Side: "go", Variant: name, Runtime: "go1", Params: map[string]any{}}
		s.manifest.Plan = append(s.manifest.Plan, c)
		s.cells[c.Key()] = &cell{done: map[int]bool{}}
	}
	due := func(round int) (names []string) {
		for _, c := range s.due(p, round) {
			names = append(names, c.Variant)
		}
		slices.Sort(names)
		return names
	}
	for round := 1; round <= s.limit.Least; round++ {
		require.Equal(t, []string{"exact", "narrow", "other", "unasked", "wide"}, due(round))
		for _, c := range s.manifest.Plan {
			wall := int64(1e9)
			if c.Variant == "wide" {
				wall += int64(round) * 2e8
			}
			s.remember(model.Trial{Pair: "p", Side: "go", Variant: c.Variant, Runtime: "go1", Params: c.Params, Round: round, Status: model.OK, WallNS: wall})
		}
	}
	require.Equal(t, []string{"narrow", "wide"}, due(s.limit.Least+1))
	s.bounds.Rounds = 20
	require.Len(t, due(s.limit.Least+1), 5, "the user said how many")
}

// load is a pair of five variants.
func load(t *testing.T, claims string) *catalog.Pair {
	t.Helper()
	const sources = "[[source]]\nid = \"paper\"\nshort = \"A\"\nauthor = \"A\"\ntitle = \"T\"\nplace = \"P\"\n"
	text := "schema = 1\nid = \"p\"\ntitle = \"P\"\nquestion = \"P?\"\nwork = \"cpu\"\ndeadline = \"1s\"\nbaseline = \"narrow\"\n" +
		"source = { document = \"paper\", section = \"1\" }\n"
	for _, name := range []string{"wide", "narrow", "exact", "other", "unasked"} {
		text += "[[variant]]\nside = \"go\"\nname = \"" + name + "\"\n"
	}
	text += "[[variant]]\nside = \"python\"\nname = \"narrow\"\n"
	pairs, err := catalog.Load(fstest.MapFS{"sources.toml": {Data: []byte(sources)}, "p.toml": {Data: []byte(text + claims)}})
	require.NoError(t, err)
	return pairs[0]
}
