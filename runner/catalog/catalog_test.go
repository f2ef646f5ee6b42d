package catalog

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"testing/quick"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestEveryShippedPairIsSound(t *testing.T) {
	pairs, err := All(os.DirFS("."))
	require.NoError(t, err)
	require.NotEmpty(t, pairs)
	for _, p := range pairs {
		require.NotNil(t, p.Source.In, p.ID)
		for _, profile := range Profiles {
			for _, side := range []string{Go, Python} {
				_, err := p.Values(profile, side)
				require.NoError(t, err, p.ID)
			}
		}
	}
}

// A reader begins with what the paper's document names first.
func TestPairsStandInReadingOrder(t *testing.T) {
	pairs, err := All(os.DirFS("."))
	require.NoError(t, err)
	at := map[string]int{}
	for i, p := range pairs {
		at[p.ID] = i
	}
	require.Equal(t, 0, at["counting"])
	require.Equal(t, 1, at["urlcheck"], "the document says so")
	require.Equal(t, 2, at["internals"], "and then its sections in their order")
	require.Less(t, at["selecting"], at["fibonacci"])
	require.Less(t, at["fibonacci"], at["sieve"], "the paper comes first")
	require.Less(t, at["gophers"], at["balancer"], "slides in their order")
	require.Less(t, at["replicas"], at["parallel"], "the talk comes before the posts")
}

const sound = `schema = 1
id = "p"
title = "P"
question = "P?"
work = "cpu"
deadline = "1s"
baseline = "one"

[[param]]
name = "n"
doc = "how many"
type = "int"
quick = 10
paper = 100
min = 0

[[variant]]
side = "go"
name = "one"

[[variant]]
side = "python"
name = "one"
`

func TestLoadNamesTheMistake(t *testing.T) {
	for says, change := range map[string][2]string{
		`p.toml:4: unknown key "questoin"`:               {"question", "questoin"},
		`p.toml:10: `:                                    {`name = "n"`, `name = n`},
		`schema is 2; this version reads schema 1`:       {"schema = 1", "schema = 2"},
		`the file must be called q.toml`:                 {`id = "p"`, `id = "q"`},
		`work is "gpu"`:                                  {`"cpu"`, `"gpu"`},
		`deadline is missing`:                            {`deadline = "1s"`, ""},
		`parameter "n": quick: -1 is below the least, 0`: {"quick = 10", "quick = -1"},
		`parameter "n": quick: 1.5 is no whole number`:   {"quick = 10", "quick = 1.5"},
		`parameter "n": paper is missing`:                {"paper = 100", ""},
		`parameter "n": quick is an empty list`:          {"quick = 10", "quick = []"},
		`parameter "n": paper: -1 is below the least, 0`: {"paper = 100", "paper = [100, -1]"},
		`parameter "n": max is below min`:                {"min = 0", "min = 0\nmax = -1"},
		`parameter "n": override is for side "rust"`:     {"min = 0", "min = 0\noverride.rust.paper = 1"},
		`parameter "n": override.go.paper: -1 is below `: {"min = 0", "min = 0\noverride.go.paper = -1"},
		`p.toml:16: unknown key "param.override.go.n"`:   {"min = 0", "min = 0\noverride.go.n = 1"},
		`parameter "n": type is "complex"`:               {`"int"`, `"complex"`},
		`baseline "two" is no variant of the go side`:    {`baseline = "one"`, `baseline = "two"`},
		`side is "rust"`:                                 {`side = "go"`, `side = "rust"`},
		`variant go/one stands there twice`:              {`side = "python"`, `side = "go"`},
		`variant python/one: baseline "two" is no `:      {`side = "python"`, "baseline = \"two\"\nside = \"python\""},
		`limits name "m", which is no parameter`:         {`[[param]]`, "[limits]\nparam = \"n\"\nbytes = \"m\"\n\n[[param]]"},
		`limits name "", which is no parameter`:          {`[[param]]`, "[limits]\nparam = \"n\"\n\n[[param]]"},
		`expect names {m}, which is no parameter`:        {`baseline`, "expect = \"{m}\"\nbaseline"},
		`env has "GODEBUG"; write it as NAME=value`:      {`side = "go"`, "env = [\"GODEBUG\"]\nside = \"go\""},
		`printed "k": events has an empty kind`:          {`baseline = "one"`, "baseline = \"one\"\nprinted = [{key = \"k\", side = \"go\", variant = \"one\", events = [\"\"]}]"},
		`"{m}?" names {m}, which is no parameter`:        {`"P?"`, `"{m}?"`},
		`cell 1: variants is missing`:                    {"[[variant]]", "[[cell]]\nat = { n = 1 }\n\n[[variant]]"},
		`cell 1: variants has "go/two", which is no `:    {"[[variant]]", "[[cell]]\nvariants = [\"go/two\"]\n\n[[variant]]"},
		`cell 1: at: parameter n: "-1" is below the `:    {"[[variant]]", "[[cell]]\nvariants = [\"go/one\"]\nat = { n = -1 }\n\n[[variant]]"},
		`cell 1: at names "m", which is no parameter`:    {"[[variant]]", "[[cell]]\nvariants = [\"go/one\"]\nat = { m = 1 }\n\n[[variant]]"},
		`cell 1: at has n=most; a cell needs a value`:    {"[[variant]]", "[[cell]]\nvariants = [\"go/one\"]\nat = { n = \"most\" }\n\n[[variant]]"},
		`cell 1: unknown profile "slow"; there are `:     {"[[variant]]", "[[cell]]\nvariants = [\"go/one\"]\nprofiles = [\"slow\"]\n\n[[variant]]"},
		`calibrate names "m", which is no parameter`:     {`baseline`, "calibrate = \"m\"\nbaseline"},
		`figure 1: id, title and show are needed`:        {"[[variant]]", "[[figure]]\nid = \"f\"\n\n[[variant]]"},
		`figure 1: show 1: of is "go/two", which is `:    {"[[variant]]", "[[figure]]\nid = \"f\"\ntitle = \"F\"\nshow = [{ of = \"go/two\" }]\n\n[[variant]]"},
		`figure 1: show 1: says names {m}, which is `:    {"[[variant]]", "[[figure]]\nid = \"f\"\ntitle = \"F\"\nshow = [{ of = \"go/one\", says = \"{m}\" }]\n\n[[variant]]"},
	} {
		text := strings.Replace(sound, change[0], change[1], 1)
		require.NotEqual(t, sound, text, "the change does nothing: %q", change[0])
		_, err := Load(fstest.MapFS{"p.toml": {Data: []byte(text)}})
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "p.toml")
	}
	_, err := Load(fstest.MapFS{"p.toml": {Data: []byte(sound)}})
	require.NoError(t, err)
}

// What starts processes has a parameter that says how, and nothing else has.
func TestStart(t *testing.T) {
	text := strings.Replace(sound, `side = "python"`, "processes = true\nside = \"python\"", 1)
	pairs, err := Load(fstest.MapFS{"p.toml": {Data: []byte(text)}})
	require.NoError(t, err)
	p := pairs[0]
	require.True(t, p.Variant(Python, "one").Takes(Start))
	require.True(t, p.Variant(Python, "one").Takes("n"))
	require.False(t, p.Variant(Go, "one").Takes(Start))
	_, err = p.Param(Start).Parse("fax")
	require.ErrorContains(t, err, `"fax" is none of fork, spawn, forkserver`)
	values, err := p.Values(Quick, Python)
	require.NoError(t, err)
	require.Equal(t, []any{"fork"}, values[Start])
}

// A profile has one value of a parameter or a list of them, and a side may have
// its own.
func TestValues(t *testing.T) {
	text := strings.Replace(sound, "paper = 100", "paper = [1, 2, 50]\noverride.python.paper = [7]\noverride.go.quick = 5", 1)
	pairs, err := Load(fstest.MapFS{"p.toml": {Data: []byte(text)}})
	require.NoError(t, err)
	for _, test := range []struct {
		profile, side string
		want          []any
	}{
		{Quick, Go, []any{int64(5)}},
		{Quick, Python, []any{int64(10)}},
		{Paper, Go, []any{int64(1), int64(2), int64(50)}},
		{Paper, Python, []any{int64(7)}},
	} {
		values, err := pairs[0].Values(test.profile, test.side)
		require.NoError(t, err)
		require.Equal(t, map[string][]any{"n": test.want}, values)
	}
	q := pairs[0].Param("n")
	require.Equal(t, "1,2,50", q.Format(q.Paper))
	require.Equal(t, "10", q.Format(q.Quick))
}

// The parameters stand in the answer as people write them, also when they have
// been through JSON.
func TestExpected(t *testing.T) {
	text := strings.Replace(sound, "baseline", "expect = \"{n} of {n}\"\nbaseline", 1)
	pairs, err := Load(fstest.MapFS{"p.toml": {Data: []byte(text)}})
	require.NoError(t, err)
	require.Equal(t, "50000000 of 50000000", pairs[0].Expected(map[string]any{"n": 5e7}))
	pairs[0].Expect = ""
	require.Empty(t, pairs[0].Expected(map[string]any{"n": int64(1)}))
}

// Texts speak of what was run, and the catalog's own stay as they are.
func TestFilled(t *testing.T) {
	text := strings.Replace(sound, `"P?"`, `"{n} of {d}, {sic}?"`, 1)
	text = strings.Replace(text, "[[variant]]", "[[param]]\nname = \"d\"\ndoc = \"d\"\ntype = \"duration\"\nquick = \"5ms\"\npaper = \"1s\"\n\n[[variant]]", 1)
	_, err := Load(fstest.MapFS{"p.toml": {Data: []byte(text)}})
	require.ErrorContains(t, err, "{sic}")
	pairs, err := Load(fstest.MapFS{"p.toml": {Data: []byte(strings.Replace(text, ", {sic}", "", 1))}})
	require.NoError(t, err)
	p := pairs[0]
	p.Look = []string{"see {n}"}
	plan := []model.Cell{
		{Pair: "p", Params: map[string]any{"n": float64(7), "d": int64(1900 * time.Millisecond)}},
		{Pair: "p", Params: map[string]any{"n": int64(8), "d": float64(1900 * time.Millisecond)}},
		{Pair: "p", Params: map[string]any{"n": int64(9)}, Beside: true},
		{Pair: "q", Params: map[string]any{"n": int64(10)}},
	}
	require.Equal(t, "7,8 of 1.9s?", p.Filled(plan).Question)
	require.Equal(t, []string{"see 7,8"}, p.Filled(plan).Look)
	require.Equal(t, "10 of 5ms?", p.Filled(nil).Question, "what was not run has the quick profile's values")
	require.Equal(t, "{n} of {d}?", p.Question)
	require.Equal(t, []string{"see {n}"}, p.Look)
}

func TestParse(t *testing.T) {
	n := &Param{Name: "n", Type: "int", Min: int64(1), Max: int64(1000)}
	d := &Param{Name: "d", Type: "duration", Min: int64(0)}
	c := &Param{Name: "c", Type: "string", Choices: []any{"a", "b"}}
	for _, ok := range []struct {
		q    *Param
		text string
		want any
	}{
		{n, "7", int64(7)},
		{n, "1_000", int64(1000)}, // as TOML and Go write it
		{d, "1.5s", int64(1500 * time.Millisecond)},
		{c, "b", "b"},
		{&Param{Type: "bool"}, "true", true},
		{&Param{Type: "float"}, "0.5", 0.5},
	} {
		got, err := ok.q.Parse(ok.text)
		require.NoError(t, err)
		require.Equal(t, ok.want, got)
	}
	for _, bad := range []struct {
		q          *Param
		text, says string
	}{
		{n, "0", `parameter n: "0" is below the least, 1`},
		{n, "1001", "above the most, 1000"},
		{n, "1e3", "no whole number"},
		{n, "", "no whole number"},
		{n, "99999999999999999999", "no whole number"},
		{d, "-1s", "below the least, 0s"},
		{d, "5", "no duration such as"},
		{c, "z", "none of a, b"},
		{&Param{Type: "float"}, "NaN", "no number"},
		{&Param{Type: "bool"}, "maybe", "neither true nor false"},
	} {
		_, err := bad.q.Parse(bad.text)
		require.ErrorContains(t, err, bad.says)
	}
}

// Format writes what Parse reads, also after JSON has made floats of integers.
func TestFormatAndParseAgree(t *testing.T) {
	n, d := &Param{Type: "int"}, &Param{Type: "duration"}
	law := func(v int32) bool {
		for _, q := range []*Param{n, d} {
			for _, form := range []any{int64(v), float64(v)} {
				got, err := q.Parse(q.Format(form))
				if err != nil || got != int64(v) {
					return false
				}
			}
		}
		return true
	}
	require.NoError(t, quick.Check(law, nil))
}
