package answer

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/model"
	"tandem/runner/summary"
)

func of(value, lo, hi float64) model.Estimate {
	return model.Estimate{Value: value, Lo: lo, Hi: hi, N: 6, Interval: true}
}

func test(c catalog.Contrast) *catalog.Test { return c.Test() }

func TestRatio(t *testing.T) {
	bound := test(catalog.Contrast{Of: "go/a", Against: "go/b", Measure: "wall"})
	for _, row := range []struct {
		name, what string
		e          model.Estimate
		bias       summary.Bias
		want       string
	}{
		{"processes", "time", of(0.588, 0.555, 0.625), 0, "processes finish 1.7 times as soon (1.6 to 1.8)"},
		{"worker-pool", "time", of(0.588, 0.555, 0.625), 0, "worker-pool finishes 1.7 times as soon (1.6 to 1.8)"},
		{"imap", "time", of(1.97, 1.8, 2.13), 0, "imap takes 2.0 times as long (1.8 to 2.1)"},
		{"spawned processes", "time", of(25, 13, 380), 0, "spawned processes take 25 times as long (13 to 380)"},
		{"threads", "time", of(1.01, 0.97, 1.04), 0, "threads make no difference (0.97 to 1.04)"},
		{"asyncio", "time", of(0.99, 0.95, 1.04), 0, "asyncio makes no difference (0.95 to 1.04)"},
		{"threads", "time", of(1.1, 0.923, 1.4), 0, "threads gain at most 8 % or lose at most 40 %"},
		{"imap", "time", of(1.1, 0.923, 2.4), 0, "imap gains at most 8 % or takes at most 2.4 times as long"},
		{"imap", "time", of(1.1, 0.62, 1.9), 0, "imap stays open (0.62 to 1.9 times as long)"},
		{"threads", "time", of(0.95, 0.7, 1), 0, "threads gain at most 30 %"},
		{"threads", "time", of(1.1, 1.02, 1.3), 0, "threads lose at most 30 %"},
		{"processes", "time", of(2, 1.8, 2.2), summary.Raised, "processes take 2.0 times as long (1.8 to 2.2, on a busy machine)"},
		{"processes", "time", of(0.5, 0.45, 0.55), summary.Raised, "processes finish 2.0 times as soon (1.8 to 2.2)"},
		{"threads", "time", model.Estimate{Value: 2, N: 3}, 0, "threads take 2.0 times as long, in too few rounds to tell"},
		{"imap", "peak memory", of(0.4, 0.396, 0.41), 0, "imap has 0.40 times the peak memory (0.40 to 0.41)"},
		{"imap", "peak memory", of(0.031, 0.022, 0.042), 0, "imap has 0.031 times the peak memory (0.022 to 0.042)"},
		{"threads", "peak memory", of(1, 1, 1.02), 0, "threads make no difference to the peak memory (1.00 to 1.02)"},
		{"threads", "p99 latency", of(1.5, 0.8, 2.1), 0, "threads have between 0.80 and 2.1 times the p99 latency"},
	} {
		require.Equal(t, row.want, ratio(row.name, row.what, bound, summary.Comparison{Estimate: row.e, Bias: row.bias}, model.Estimate{}))
	}
}

func TestOwn(t *testing.T) {
	for _, row := range []struct {
		name, measure string
		e             model.Estimate
		want          string
	}{
		{"a task takes", "metric:memory_bytes_per_worker", of(1010, 1000, 1100), "a task takes 1.01 kB (1 kB to 1.10 kB)"},
		{"the caller is free after", "metric:caller_free_ns", of(12.8e6, 12.7e6, 12.8e6), "the caller is free after 12.8ms (12.7ms to 12.8ms)"},
		{"in a row:", "metric:longest_run", of(7, 7, 7), "in a row: 7"},
		{"is it stuck?", "metric:stuck", of(1, 1, 1), "is it stuck? yes"},
		{"is it stuck?", "metric:stuck", of(0, 0, 0), "is it stuck? no"},
		{"is it stuck?", "metric:stuck", of(1, 0, 1), "is it stuck? yes (no to yes)"},
		{"memory", "peak_rss", model.Estimate{Value: 2e6, N: 2}, "memory 2 MB"},
	} {
		require.Equal(t, row.want, own(row.name, test(catalog.Contrast{Of: "go/a", Measure: row.measure}), row.e))
	}
}

// Where start-up changes a ratio, both are said.
func TestWithStartUp(t *testing.T) {
	bound := test(catalog.Contrast{Of: "go/a", Against: "go/b", Measure: "wall"})
	for _, row := range []struct {
		work, whole model.Estimate
		want        string
	}{
		{of(1/137.0, 1/150.0, 1/120.0), of(1/28.0, 1/30.0, 1/25.0), "go finishes 137 times as soon (120 to 150, 28 with start-up)"},
		{of(2, 1.9, 2.1), of(1.5, 1.4, 1.6), "go takes 2.0 times as long (1.9 to 2.1, 1.5 with start-up)"},
		{of(0.5, 0.45, 0.55), of(1.2, 1.1, 1.3), "go finishes 2.0 times as soon (1.8 to 2.2, 0.83 with start-up)"},
		// Nothing that a reader would act on, or that these rounds can tell.
		{of(2, 1.9, 2.1), of(1.85, 1.8, 1.88), "go takes 2.0 times as long (1.9 to 2.1)"},
		{of(2, 1.4, 2.6), of(1.5, 1.4, 1.6), "go takes 2.0 times as long (1.4 to 2.6)"},
		{of(2, 1.9, 2.1), of(1.5, 0.9, 2.2), "go takes 2.0 times as long (1.9 to 2.1)"},
		{model.Estimate{Value: 2, N: 2}, model.Estimate{Value: 1.5, N: 2}, "go takes 2.0 times as long, in too few rounds to tell (1.5 with start-up)"},
	} {
		require.Equal(t, row.want, ratio("go", "time", bound, summary.Comparison{Estimate: row.work}, row.whole))
	}
}

// A whole run: the sides in the order of the contrasts, and of each variant what
// the catalog asks.
func TestSentence(t *testing.T) {
	p := &catalog.Pair{
		ID: "p", Baseline: "one",
		Params: []catalog.Param{{Name: "n", Type: "int"}},
		Variants: []catalog.Variant{
			{Side: "go", Name: "one"}, {Side: "go", Name: "many"}, {Side: "python", Name: "one"}, {Side: "python", Name: "many"},
		},
	}
	m := model.Manifest{Runtimes: []model.Runtime{
		{ID: "go1", Side: "go", Version: "1.26.8", Implementation: "gc"}, {ID: "py", Side: "python", Version: "3.11.7", Implementation: "cpython", GIL: true},
	}}
	var trials []model.Trial
	for _, r := range m.Runtimes {
		for _, v := range []string{"one", "many"} {
			c := model.Cell{Pair: "p", Side: r.Side, Variant: v, Runtime: r.ID, Params: map[string]any{"n": int64(4)}}
			m.Plan = append(m.Plan, c)
			for round := 1; round <= model.MinRounds; round++ {
				wall := map[string]int64{"one": 100, "many": 50}[v] * 1e6
				trials = append(trials, model.Trial{Pair: "p", Side: r.Side, Variant: v, Runtime: r.ID, Params: c.Params, Round: round,
					Status: model.OK, WallNS: wall, Parallelism: 1, Metrics: map[string]float64{"stuck": 1}})
			}
		}
	}
	say := func() string {
		s := summary.Of(m, trials, []*catalog.Pair{p})
		return Sentence(m, &s.Pairs[0], p)
	}
	require.Equal(t, "Go: many finishes 2.0 times as soon; CPython 3.11: many finishes 2.0 times as soon", say())
	for i := range trials {
		trials[i].StartupNS = 100e6
	}
	require.Equal(t, "Go: many finishes 2.0 times as soon (1.3 with start-up); CPython 3.11: many finishes 2.0 times as soon (1.3 with start-up)", say())
	for i := range trials {
		trials[i].StartupNS = 0
	}
	p.Contrasts = []catalog.Contrast{
		{Of: "python/many", Against: "python/one", Measure: "wall", Says: "{n} threads"},
		{Of: "go/many", Measure: "metric:stuck", Says: "is it stuck?"},
		{Of: "python/many", Measure: "metric:none"},
	}
	require.Equal(t, "CPython 3.11: 4 threads finish 2.0 times as soon; Go: is it stuck? yes", say())
	for i := range trials {
		if trials[i].Side == "python" && trials[i].Variant == "many" {
			trials[i].Status = model.Crashed
		}
	}
	require.Equal(t, "CPython 3.11: many fails; Go: is it stuck? yes", say())
	p.Contrasts = []catalog.Contrast{{Of: "python/many", Measure: "metric:none"}}
	require.Equal(t, "CPython 3.11: many fails", say())
}

// Of several values of a parameter the profile's own is what the answer is about;
// where that is not among them it says which is.
func TestWhichOfSeveralValues(t *testing.T) {
	p := &catalog.Pair{
		ID: "p", Baseline: "one", Params: []catalog.Param{{Name: "n", Type: "int", Quick: int64(2)}},
		Variants: []catalog.Variant{{Side: "go", Name: "one"}, {Side: "go", Name: "many"}},
	}
	say := func(values ...int64) string {
		m := model.Manifest{Profile: catalog.Quick, Runtimes: []model.Runtime{{ID: "go1", Side: "go", Version: "1.26.8", Implementation: "gc"}}}
		var trials []model.Trial
		for i, n := range values {
			for _, v := range p.Variants {
				c := model.Cell{Pair: "p", Side: "go", Variant: v.Name, Runtime: "go1", Params: map[string]any{"n": n}}
				if v.Reads != nil {
					if c.Params = nil; i > 0 {
						continue
					}
				}
				m.Plan = append(m.Plan, c)
				for round := 1; round <= model.MinRounds; round++ {
					one := model.Trial{Pair: "p", Side: "go", Variant: v.Name, Runtime: "go1", Params: c.Params, Round: round, Status: model.OK, WallNS: 1e9}
					if v.Name == "many" {
						one.WallNS /= n
					}
					trials = append(trials, one)
				}
			}
		}
		s := summary.Of(m, trials, []*catalog.Pair{p})
		return Sentence(m, &s.Pairs[0], p)
	}
	require.Equal(t, "Go: many finishes 2.0 times as soon", say(1, 2, 4))
	require.Equal(t, "Go: at n=4 many finishes 4.0 times as soon", say(4, 8))
	require.Equal(t, "Go: many finishes 8.0 times as soon", say(8), "which is all there is")
	p.Variants[1].Reads = []string{"none"}
	require.Equal(t, "Go: at n=4 many finishes 4.0 times as soon", say(4, 8), "where the other one reads it")
	p.Variants[1].Reads = nil
	p.Contrasts = []catalog.Contrast{{Of: "go/many", Against: "go/one", Measure: "wall", Says: "{n} workers"}}
	require.Equal(t, "Go: 4 workers finish 4.0 times as soon", say(4, 8))
}

// Every shipped pair asks for something that its variants can say, of each side.
func TestEveryShippedPairAsks(t *testing.T) {
	pairs, err := catalog.All(os.DirFS("../catalog"))
	require.NoError(t, err)
	for _, p := range pairs {
		require.NotEmpty(t, p.Contrasts, p.ID)
		asked := map[string]bool{}
		for _, c := range p.Contrasts {
			asked[sideOf(c)] = true
			require.NotEmpty(t, noun(c.Measure))
			low, high := claims.Limits(c.Test())
			require.Less(t, low, high)
		}
		require.True(t, asked["go"], "%s says nothing of Go", p.ID)
	}
}
