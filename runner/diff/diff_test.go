package diff

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

var pair = &catalog.Pair{ID: "p", Work: "cpu", Baseline: "v0", Params: []catalog.Param{{Name: "n", Type: "int"}}, Variants: []catalog.Variant{
	{Side: "go", Name: "v0"}, {Side: "go", Name: "v1"}, {Side: "go", Name: "v2"},
}}

// a made-up run: each variant takes its factor, with 2 % of noise.
func made(name string, seed uint64, rounds int, factors []float64, change func(*model.Manifest, *model.Trial)) Run {
	rng := rand.New(rand.NewPCG(seed, 1))
	m := model.Manifest{ID: name, Machine: model.Machine{Cores: 2, CPU: "c"}, Sources: map[string]string{"go": "1"}, Runtimes: []model.Runtime{{ID: "go1", Side: "go", Version: "1"}}}
	var trials []model.Trial
	for i := range factors {
		c := model.Cell{Pair: "p", Side: "go", Variant: pair.Variants[i].Name, Runtime: "go1", Params: map[string]any{"n": int64(7)}}
		for round := 1; round <= rounds; round++ {
			t := model.Trial{
				Pair: "p", Side: "go", Variant: c.Variant, Runtime: "go1", Params: map[string]any{"n": int64(7)}, Round: round, Status: model.OK, Answer: "a",
				WallNS: int64(1e8 * factors[i] * math.Exp(0.02*rng.NormFloat64())),
			}
			if change != nil {
				change(&m, &t)
			}
			c.Runtime, c.Params = t.Runtime, t.Params
			trials = append(trials, t)
		}
		m.Plan = append(m.Plan, c)
	}
	return Run{name, m, summary.Of(m, trials, []*catalog.Pair{pair})}
}

func TestCompare(t *testing.T) {
	before := made("before", 1, 10, []float64{1, 1, 1}, nil)
	after := made("after", 2, 10, []float64{1, 2, 0.5}, nil)
	table, err := Compare([]Run{before, after}, false)
	require.NoError(t, err)
	require.Len(t, table.Rows, 3)
	same, slower, faster := table.Rows[0], table.Rows[1], table.Rows[2]
	require.False(t, same.Changed())
	require.True(t, slower.Changed())
	require.InDelta(t, 2, slower.Ratio.Value, 0.1)
	require.True(t, slower.Slower(0.5))
	require.False(t, slower.Slower(1.5), "its interval does not pass the bound")
	require.InDelta(t, 0.5, faster.Ratio.Value, 0.03)
	require.Empty(t, table.Differs)
	require.Equal(t, "p go/v1 n=7", slower.Name())
}

// Of many rows that did not change some differ by chance; corrected, hardly
// ever one of a whole table does.
func TestManyRowsAreCorrected(t *testing.T) {
	const tables = 300
	wrong, plain := 0, 0
	for i := range uint64(tables) {
		a, b := made("a", 2*i+10, 8, []float64{1, 1, 1}, nil), made("b", 2*i+11, 8, []float64{1, 1, 1}, nil)
		table, err := Compare([]Run{a, b}, false)
		require.NoError(t, err)
		any, one := false, false
		for _, r := range table.Rows {
			any = any || r.Changed()
			one = one || r.Ratio.Lo > 1 || r.Ratio.Hi < 1
		}
		if any {
			wrong++
		}
		if one {
			plain++
		}
	}
	require.LessOrEqual(t, float64(wrong)/tables, 0.05+2*math.Sqrt(0.05*0.95/tables))
	require.Greater(t, plain, wrong, "the simulation must be able to tell the two apart")
}

func TestWhatIsNotTheSameIsRefused(t *testing.T) {
	base := made("a", 1, 6, []float64{1}, nil)
	for says, change := range map[string]func(*model.Manifest, *model.Trial){
		"the sources (go) of a and b are not the same": func(m *model.Manifest, _ *model.Trial) { m.Sources = map[string]string{"go": "2"} },
		`p go/v0 n=7 answered "a" and "b"`:             func(_ *model.Manifest, r *model.Trial) { r.Answer = "b" },
		"a and b have no row in common":                func(_ *model.Manifest, r *model.Trial) { r.Params = map[string]any{"n": int64(8)} },
	} {
		_, err := Compare([]Run{base, made("b", 2, 6, []float64{1}, change)}, false)
		require.ErrorIs(t, err, ErrIncomparable)
		require.ErrorContains(t, err, says)
	}
	table, err := Compare([]Run{base, made("b", 2, 6, []float64{1}, func(_ *model.Manifest, r *model.Trial) { r.Answer = "b" })}, true)
	require.NoError(t, err)
	require.Len(t, table.Differs, 1)
	// Another runtime, or another machine, may be just what is compared.
	table, err = Compare([]Run{base, made("b", 2, 6, []float64{1}, func(m *model.Manifest, r *model.Trial) {
		m.Runtimes, r.Runtime = []model.Runtime{{ID: "go2", Side: "go", Version: "2"}}, "go2"
	})}, false)
	require.NoError(t, err)
	require.Equal(t, []string{"runtimes: Go 1 in a, Go 2 in b"}, table.Differs)
}

func TestWrite(t *testing.T) {
	evil := "<script>|\n"
	base, other := made("before", 1, 6, []float64{1, 1}, nil), made(evil, 2, 6, []float64{2}, nil)
	table, err := Compare([]Run{base, other}, false)
	require.NoError(t, err)
	write := func(format string) string {
		var b bytes.Buffer
		require.NoError(t, table.Write(&b, format, 0.1))
		return b.String()
	}
	require.Regexp(t, `p go/v0 n=7 +1\d\dms +2\d\dms +\S+ +\S+ to \S+ +\S+ +slower by more than 10 %`, write("text"))
	require.Contains(t, write("text"), "p go/v1 n=7 is in before alone")
	require.Contains(t, write("markdown"), "| p go/v0 n=7 |")
	require.NotContains(t, write("html"), "<script>")
	var read Table
	require.NoError(t, json.Unmarshal([]byte(write("json")), &read))
	require.Equal(t, table.Rows[0].Ratio.Value, read.Rows[0].Ratio.Value)
	require.ErrorContains(t, table.Write(&strings.Builder{}, "pdf", 0), `unknown format "pdf"`)

	table.Missing = slices.Repeat([]string{"one is in many alone"}, 39)
	for _, format := range []string{"text", "markdown", "html"} {
		require.Equal(t, 10, strings.Count(write(format), "is in many alone"), format)
		require.Contains(t, write(format), "and 29 more, which --format json lists")
	}
	require.Equal(t, 39, strings.Count(write("json"), "is in many alone"))

	few, err := Compare([]Run{base, made("few", 2, 5, []float64{2, 2}, nil)}, false)
	require.NoError(t, err)
	require.False(t, few.Rows[0].Slower(0.1), "without an interval nothing is passed")
	var b bytes.Buffer
	require.NoError(t, few.Write(&b, "text", 0.1))
	require.Contains(t, b.String(), "under 6 rounds")
}
