package catalog

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const sources = `[[source]]
id = "paper"
short = "Hassanin"
author = "A. Hassanin"
title = "On pools"
place = "A university"
`

const soundClaims = `
[[claim]]
id = "P1"
says = "Two is slower than one."
source = { document = "paper", section = "2.1", figure = "Fig. 2" }
printed = "twice"
printed_ratio = 1.97
runtime = ["cpython", "newest"]
needs = "--python python3"

[[claim.test]]
measure = "wall"
of = "go/one"
against = "python/one"
at = { n = 7 }
against_at = { n = "most" }
is = "above"
bound = 2

[[claim.test]]
measure = "metric:steps"
of = "go/one"
is = "equal"
exact = true

[[claim]]
id = "P1b"
says = "It is old."
source = { document = "paper", section = "2.1" }
on_paper = { fact = "It is.", author = "A", title = "T", year = 1992, where = "W" }
`

func TestClaims(t *testing.T) {
	pairs, err := Load(fstest.MapFS{"sources.toml": {Data: []byte(sources)}, "p.toml": {Data: []byte(sound + soundClaims)}})
	require.NoError(t, err)
	c := pairs[0].Claims[0]
	require.Equal(t, "Hassanin, section 2.1, Fig. 2", c.Source.String())
	require.Equal(t, 1, c.Source.Order())
	require.Equal(t, 2.0, *c.Tests[0].Bound)
	require.Equal(t, DefaultMargin, *c.Tests[0].Margin)
	require.Equal(t, map[string]any{"n": int64(7)}, c.Tests[0].At)
	require.Equal(t, map[string]any{"n": Most}, c.Tests[0].AgainstAt)
	require.Equal(t, 1.0, *c.Tests[1].Bound)
	require.Equal(t, 1992, pairs[0].Claims[1].OnPaper.Year)

	// Where it does not say, it stands where the pair comes from.
	text := strings.Replace(sound, "baseline", `source = { document = "paper", section = "9" }`+"\nbaseline", 1) +
		strings.Replace(soundClaims, `source = { document = "paper", section = "2.1", figure = "Fig. 2" }`, "", 1)
	pairs, err = Load(fstest.MapFS{"sources.toml": {Data: []byte(sources)}, "p.toml": {Data: []byte(text)}})
	require.NoError(t, err)
	require.Equal(t, "9", pairs[0].Claims[0].Source.Section)
	require.Equal(t, "2.1", pairs[0].Claims[1].Source.Section)
}

func TestLoadNamesTheMistakeInAClaim(t *testing.T) {
	for says, change := range map[string][2]string{
		`claim "p1": an id is a letter`:                 {`"P1"`, `"p1"`},
		`claim P1b stands there twice`:                  {`"P1"`, `"P1b"`},
		`claim P1: says is missing`:                     {`"Two is slower than one."`, `""`},
		`claim P1b: source is missing`:                  {`source = { document = "paper", section = "2.1" }`, ``},
		`claim P1: test 1: measure is "walls"`:          {`"wall"`, `"walls"`},
		`without the metric's name`:                     {`"metric:steps"`, `"metric:"`},
		`of is "go/two", which is no variant`:           {`of = "go/one"`, `of = "go/two"`},
		`against is "python", which is no variant`:      {`"python/one"`, `"python"`},
		`against is go/one itself`:                      {"\"python/one\"\nat = { n = 7 }\nagainst_at = { n = \"most\" }", `"go/one"`},
		`against_at stands there without against`:       {`exact = true`, `against_at = { n = 1 }`},
		`at names "m", which is no parameter`:           {`at = { n = 7 }`, `at = { m = 7 }`},
		`at: parameter n: "-7" is below the least, 0`:   {`at = { n = 7 }`, `at = { n = -7 }`},
		`against_at: parameter n: "x" is no whole`:      {`"most"`, `"x"`},
		`is is "over"; it is "above"`:                   {`"above"`, `"over"`},
		`bound is -2; it is 0 or more`:                  {`bound = 2`, `bound = -2`},
		`margin is -1; it is 0 or more`:                 {`bound = 2`, `margin = -1`},
		`bound is NaN`:                                  {`bound = 2`, `bound = nan`},
		`test 1: against_measure is "walls"`:            {`bound = 2`, `against_measure = "walls"`},
		`against_measure stands there without against`:  {`exact = true`, `against_measure = "cpu"`},
		`test 1: steady is for metrics`:                 {`bound = 2`, `steady = true`},
		`test 2: steady is for metrics`:                 {`exact = true`, "exact = true\nsteady = true"},
		`exact has no margin`:                           {`exact = true`, "exact = true\nmargin = 0.1"},
		`runtime has "ironclad"; there are cpython`:     {`"cpython"`, `"ironclad"`},
		`formerly is "go/two", which is no variant`:     {`needs = "--python python3"`, `formerly = "go/two"`},
		`printed_ratio is -1`:                           {`1.97`, `-1`},
		`printed_ratio needs a first test`:              {"against = \"python/one\"\nat = { n = 7 }\nagainst_at = { n = \"most\" }", ""},
		`on_paper needs all of fact`:                    {`year = 1992, `, ``},
		`claim P1b: it has both a test and an on_paper`: {`where = "W" }`, "where = \"W\" }\n[[claim.test]]\nmeasure = \"wall\"\nof = \"go/one\"\nis = \"above\""},
		`claim P1b: it has neither`:                     {`on_paper = { fact = "It is.", author = "A", title = "T", year = 1992, where = "W" }`, ``},
		`runtime, needs and formerly are for tests`:     {`on_paper`, "needs = \"luck\"\non_paper"},
		// No verdict is written by hand, nor anything else that is not there.
		`unknown key "claim.verdict"`:      {`printed = "twice"`, `verdict = "reproduced"`},
		`unknown key "claim.test.verdict"`: {`exact = true`, `verdict = "reproduced"`},
		`: unknown key "claim.verdict"`:    {`year = 1992`, `verdict = "reproduced", year = 1992`},
	} {
		text := sound + strings.Replace(soundClaims, change[0], change[1], 1)
		require.NotEqual(t, sound+soundClaims, text, "the change does nothing: %q", change[0])
		_, err := Load(fstest.MapFS{"sources.toml": {Data: []byte(sources)}, "p.toml": {Data: []byte(text)}})
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "p.toml")
	}

	other := strings.Replace(sound, `id = "p"`, `id = "q"`, 1)
	_, err := Load(fstest.MapFS{"sources.toml": {Data: []byte(sources)}, "p.toml": {Data: []byte(sound + soundClaims)}, "q.toml": {Data: []byte(other + soundClaims)}})
	require.ErrorContains(t, err, "q.toml: claim P1 stands in p.toml already")
}
