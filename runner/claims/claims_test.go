package claims

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/quick"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/stats"
	"tandem/runner/summary"
)

const sources = `
[[source]]
id = "paper"
short = "Hassanin"
author = "A. Hassanin"
title = "On pools"
place = "A university"

[[source]]
id = "do-post"
short = "chrisjpalmer"
author = "chrisjpalmer"
title = "On doing"
place = "A site"
`

// A pair with two variants a side; %s is its claims.
const pairText = `schema = 1
id = "p"
title = "P"
question = "P?"
work = "cpu"
deadline = "1s"
baseline = "one"
source = { document = "paper", section = "2.1", figure = "Fig. 2" }

[[param]]
name = "n"
doc = "how many"
type = "int"
quick = 10
paper = 100

[[param]]
name = "workers"
doc = "at once"
type = "int"
quick = [1, 2, 4]
paper = 4

[[variant]]
side = "go"
name = "one"
reads = ["n"]

[[variant]]
side = "go"
name = "many"

[[variant]]
side = "python"
name = "one"
reads = ["n"]

[[variant]]
side = "python"
name = "many"

%s
`

func load(t testing.TB, claims string) *catalog.Pair {
	t.Helper()
	pairs, err := catalog.Load(fstest.MapFS{"sources.toml": {Data: []byte(sources)}, "p.toml": {Data: []byte(fmt.Sprintf(pairText, claims))}})
	require.NoError(t, err)
	return pairs[0]
}

// claim is one claim with a single test.
func claim(test string, keys ...string) string {
	return "[[claim]]\nid = \"P1\"\nsays = \"Many take longer than one.\"\n" + strings.Join(keys, "\n") + "\n[[claim.test]]\n" + test + "\n"
}

const longer = `
measure = "wall"
of = "python/many"
against = "python/one"
is = "above"
margin = 0.1
`

var (
	golang = model.Runtime{ID: "go1.26.8", Side: "go", Version: "1.26.8", Implementation: "gc"}
	py313  = model.Runtime{ID: "cpython-3.13.0", Side: "python", Version: "3.13.0", Implementation: "cpython", GIL: true, Path: "/opt/3.13/python"}
	py39   = model.Runtime{ID: "cpython-3.9.18", Side: "python", Version: "3.9.18", Implementation: "cpython", GIL: true, Path: "/opt/3.9/python"}
	py313t = model.Runtime{ID: "cpython-3.13.0t", Side: "python", Version: "3.13.0", Implementation: "cpython", Path: "/opt/3.13t/python"}
	pypy   = model.Runtime{ID: "pypy-3.9.16", Side: "python", Version: "3.9.16", Implementation: "pypy", GIL: true, Path: "/opt/pypy"}
)

// A run is made up: a quiet machine with two cores, on which one takes a
// second and many whatever ratio says of a runtime, workers and round.
type run struct {
	runtimes []model.Runtime
	workers  []int64
	rounds   int
	ratio    func(r model.Runtime, workers int64, round int) float64
	change   func(*model.Trial)
	readBack bool   // through JSON
	command  string // of the run
}

func (r run) judge(t *testing.T, p *catalog.Pair) []model.Judgement {
	t.Helper()
	if r.runtimes == nil {
		r.runtimes = []model.Runtime{golang, py313}
	}
	if r.workers == nil {
		r.workers = []int64{2}
	}
	if r.rounds == 0 {
		r.rounds = 8
	}
	m := model.Manifest{Profile: catalog.Quick, Runtimes: r.runtimes, Machine: model.Machine{Cores: 2}, Command: strings.Fields(r.command)}
	for _, runtime := range r.runtimes {
		m.Plan = append(m.Plan, model.Cell{Pair: "p", Side: runtime.Side, Variant: "one", Runtime: runtime.ID, Params: map[string]any{"n": int64(10)}})
		for _, w := range r.workers {
			m.Plan = append(m.Plan, model.Cell{Pair: "p", Side: runtime.Side, Variant: "many", Runtime: runtime.ID, Params: map[string]any{"n": int64(10), "workers": w}})
		}
	}
	var trials []model.Trial
	for round := range r.rounds {
		for _, c := range m.Plan {
			tr := model.Trial{
				Pair: "p", Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params, Round: round + 1,
				Status: model.OK, WallNS: 1e9, CPUUserNS: 1e9, Parallelism: 1, Capacity: 2, PeakThreads: 3, Answer: "10",
				Metrics: map[string]float64{"same": 5, "round": float64(round)},
			}
			if c.Variant == "many" {
				at := slices.IndexFunc(r.runtimes, func(x model.Runtime) bool { return x.ID == c.Runtime })
				tr.WallNS = int64(1e9 * r.ratio(r.runtimes[at], c.Params["workers"].(int64), round+1))
			}
			if r.change != nil {
				r.change(&tr)
			}
			trials = append(trials, tr)
		}
	}
	if r.readBack {
		text, err := json.Marshal(m.Plan)
		require.NoError(t, err)
		m.Plan = nil
		require.NoError(t, json.Unmarshal(text, &m.Plan))
	}
	pairs := []*catalog.Pair{p}
	return Judge(m, summary.Of(m, trials, pairs), pairs)
}

func (r run) one(t *testing.T, p *catalog.Pair) model.Judgement {
	t.Helper()
	all := r.judge(t, p)
	require.Len(t, all, 1)
	return all[0]
}

// always is a ratio with one percent of noise.
func always(ratio float64) func(model.Runtime, int64, int) float64 {
	return func(_ model.Runtime, _ int64, round int) float64 { return ratio * (1 + 0.01*float64(round%3-1)) }
}

// wide is a ratio that is anything from half to twice it.
func wide(ratio float64) func(model.Runtime, int64, int) float64 {
	return func(_ model.Runtime, _ int64, round int) float64 { return ratio * math.Pow(2, float64(round%3-1)) }
}

func TestVerdicts(t *testing.T) {
	below := strings.Replace(longer, `"above"`, `"below"`, 1)
	equal := strings.Replace(longer, `"above"`, `"equal"`, 1)
	twice := longer + "bound = 2\n"
	for _, test := range []struct {
		says  string
		claim string
		ratio func(model.Runtime, int64, int) float64
		want  model.Verdict
		why   string
	}{
		{"above", longer, always(2), model.Reproduced, "all above 1 give or take 10 %"},
		{"not above", longer, always(0.5), model.Contradicted, "all below 1 give or take 10 %"},
		{"within the margin", longer, always(1.05), model.NoDifference, "all within 1 give or take 10 %"},
		{"at the margin", longer, always(1.1), model.Inconclusive, "on both sides of the limits of 1"},
		{"anything", longer, wide(1), model.Inconclusive, "on both sides of the limits of 1"},
		{"below", below, always(0.5), model.Reproduced, "all below 1"},
		{"not below", below, always(2), model.Contradicted, "all above 1"},
		{"below within the margin", below, always(0.95), model.NoDifference, "all within 1"},
		{"equal", equal, always(1.02), model.Reproduced, "all within 1"},
		{"more than equal", equal, always(1.5), model.Contradicted, "all above 1"},
		{"less than equal", equal, always(0.7), model.Contradicted, "all below 1"},
		{"equal or not", equal, wide(1), model.Inconclusive, "on both sides"},
		{"above, but not as far as another bound", twice, always(1.5), model.Contradicted, "all below 2 give or take 10 %"},
		{"above another bound", twice, always(2.5), model.Reproduced, "all above 2 give or take 10 %"},
	} {
		v := run{ratio: test.ratio}.one(t, load(t, claim(test.claim)))
		require.Equal(t, test.want, v.Verdict, "%s: %s", test.says, v.Why)
		require.Contains(t, v.Why, test.why, test.says)
		require.Equal(t, v.Verdict == model.Inconclusive, v.Remedy != "", "what would decide is said just where it is open")
		require.Equal(t, py313.ID, v.Runtime)
		require.Equal(t, 8, v.Estimate.N)
		require.Equal(t, "p", v.Figure)
	}
}

func TestWhyIsMadeOfMeasurements(t *testing.T) {
	p := load(t, claim(longer, `printed_ratio = 1.97`, `printed = "twice"`))
	v := run{ratio: func(model.Runtime, int64, int) float64 { return 2 }}.one(t, p)
	require.Equal(t, "many had 2 times the time of one (2 to 2, 8 rounds; CPython 3.13.0, 2 cores, n=10, workers=2), "+
		"all above 1 give or take 10 %, with 1 times the processor time on 1 cores against 1; Hassanin printed 1.97 times, at n=100, workers=4", v.Why)
	require.Equal(t, "2x (2x to 2x)", v.Text)
	require.Equal(t, "tandem run p --side python --variant many --variant one --param workers=2", v.Repeat)
	require.Empty(t, v.Remedy)

	// It leaves out what was not measured, and what is as in the source.
	v = run{workers: []int64{4}, ratio: always(2), change: func(tr *model.Trial) { tr.CPUUserNS = 0 }}.one(t, p)
	require.NotContains(t, v.Why, "processor time")
	require.True(t, strings.HasSuffix(v.Why, "; Hassanin printed 1.97 times, at n=100"), v.Why)
}

func TestRepeatNamesTheInterpretersThatWereNamed(t *testing.T) {
	p := load(t, claim(longer))
	odd := py39
	odd.Path = "/opt/it's old/python"
	for _, command := range []string{"tandem run p --python a", "tandem run p --python=a"} {
		v := run{runtimes: []model.Runtime{py313, odd}, command: command, ratio: always(2)}.one(t, p)
		require.Equal(t, `tandem run p --side python --variant many --variant one --python /opt/3.13/python --python '/opt/it'\''s old/python' --param workers=2`, v.Repeat)
	}
	flags := py313t
	flags.Args, flags.Env = []string{"-X", "gil=1"}, []string{"A=b c"}
	v := run{runtimes: []model.Runtime{golang, py313, flags}, command: "tandem run p --python a --go local", ratio: always(2)}.
		one(t, load(t, claim(strings.Replace(longer, "python/one", "go/one", 1))))
	require.Contains(t, v.Repeat, ` --go local --python /opt/3.13/python --python ''\''A=b c'\'' /opt/3.13t/python -X gil=1' `)
}

// Two tests of the same rows have the same doubt, which is said once.
func TestADoubtIsSaidOnce(t *testing.T) {
	v := run{rounds: 5, ratio: always(2)}.one(t, load(t, claim(longer)+"[[claim.test]]\n"+strings.Replace(longer, `"wall"`, `"cpu"`, 1)))
	require.Equal(t, "many against one: 5 rounds", v.Why)
}

// What keeps a comparison from being one keeps the claim open.
func TestInconclusive(t *testing.T) {
	many := func(tr *model.Trial) bool { return tr.Variant == "many" && tr.Side == "python" }
	for _, test := range []struct {
		name        string
		run         run
		why, decide string
	}{
		{"five rounds", run{rounds: 5}, "many against one: 5 rounds", "6 or more would decide (--rounds)"},
		{"neighbours who may have made the variant slow", run{change: func(tr *model.Trial) {
			if many(tr) {
				tr.Parallelism = 1.5
				if tr.Round > 5 {
					tr.ForeignCPU, tr.Parallelism = 1, 0.8
				}
			}
		}}, "but with 5 of 8 rounds undisturbed it may be the machine", "stop what else runs here"},
		{"a crash", run{change: func(tr *model.Trial) {
			if many(tr) && tr.Round == 3 {
				tr.Status = model.Crashed
			}
		}}, "1 of 8 trials of many failed", "in which all finish"},
		{"a wrong answer of the other", run{change: func(tr *model.Trial) {
			if tr.Variant == "one" && tr.Round == 3 {
				tr.Status = model.WrongAnswer
			}
		}}, "1 of 8 trials of one failed", "in which all finish"},
		{"interrupted before it began", run{change: func(tr *model.Trial) {
			if many(tr) {
				tr.Status = model.Interrupted
			}
		}}, "no round in which both many and one finished", "tandem run p"},
	} {
		test.run.ratio = always(2)
		v := test.run.one(t, load(t, claim(longer)))
		require.Equal(t, model.Inconclusive, v.Verdict, test.name)
		require.Contains(t, v.Why, test.why, test.name)
		require.Contains(t, v.Remedy, test.decide, test.name)
	}
}

// What was not tried says what it lacks, and that whatever else is open.
func TestNotTried(t *testing.T) {
	skipped := run{change: func(tr *model.Trial) {
		if tr.Variant == "many" {
			tr.Status, tr.Message = model.Skipped, "install aiohttp"
		}
	}}
	at := "[[claim.test]]" + longer + "at = { workers = 8 }\n"
	for _, test := range []struct {
		name        string
		run         run
		claim       string
		want        model.Verdict
		why, decide string
	}{
		{"another side only", run{runtimes: []model.Runtime{golang}}, claim(longer), model.NotTried, "no runtime of the python side", "run: tandem run p --side python"},
		{"another kind of runtime", run{}, claim(longer, `runtime = ["pypy"]`, `needs = "--python pypy3"`), model.NotTried, "no runtime of the python side with pypy", "--python pypy3"},
		{"skipped", skipped, claim(longer), model.NotTried, "many was skipped", "install aiohttp"},
		{"another point", run{}, claim(longer + "at = { workers = 8 }\n"), model.NotTried, "this run has no python/many at workers=8", "run: tandem run p --side python --variant many --variant one --param workers=8"},
		{"one part of two", run{}, claim(longer) + at, model.NotTried, "no python/many at workers=8", "run: tandem run p"},
		{"one part of two, the other open", run{rounds: 5}, claim(longer) + at, model.NotTried, "5 rounds; this run has no", "run: tandem run p"},
		{"one part of two, the other refuted", run{}, claim(strings.Replace(longer, "above", "below", 1)) + at, model.Contradicted, "no python/many", ""},
	} {
		test.run.ratio = always(2)
		v := test.run.one(t, load(t, test.claim))
		require.Equal(t, test.want, v.Verdict, test.name)
		require.Contains(t, v.Why, test.why, test.name)
		require.Contains(t, v.Remedy, test.decide, test.name)
		require.Equal(t, test.decide == "", v.Remedy == "", test.name)
	}
}

// A verdict on a busy machine is what the others cannot have made of it.
func TestABusyMachineDecidesWhatItCannotHaveMade(t *testing.T) {
	ratio := func(is string) string { return strings.Replace(longer, "above", is, 1) }
	bound := func(measure, is string, b float64) string {
		return fmt.Sprintf("measure = %q\nof = \"python/many\"\nis = %q\nbound = %g\n", measure, is, b)
	}
	for _, test := range []struct {
		name  string
		cores float64 // that many keeps busy; one keeps one
		ratio float64
		claim string
		want  model.Verdict
	}{
		{"the same cores", 1, 2, ratio("above"), model.Reproduced},
		{"the same cores, no difference", 1, 1, ratio("above"), model.NoDifference},
		{"more cores and faster all the same", 2, 0.5, ratio("below"), model.Reproduced},
		{"more cores and faster, against the claim", 2, 0.5, ratio("above"), model.Contradicted},
		{"more cores and slower", 1.4, 1.3, ratio("above"), model.Inconclusive},
		{"more cores and slower than others can have made it", 1.4, 2, ratio("above"), model.Reproduced},
		{"all cores, and so nothing lost", 2, 1.3, ratio("above"), model.Reproduced},
		{"more cores and no faster", 1.4, 1, ratio("below"), model.Inconclusive},
		{"more cores, equal", 1.4, 1, ratio("equal"), model.Inconclusive},
		{"fewer cores and slower all the same", 0.5, 2, ratio("above"), model.Reproduced},
		{"fewer cores and faster", 0.5, 0.7, ratio("below"), model.Inconclusive},
		{"fewer cores and faster than others can have made it", 0.5, 0.5, ratio("below"), model.Reproduced},
		{"many cores all the same", 1.8, 1, bound("parallelism", "above", 1.5), model.Reproduced},
		{"many cores, against the claim", 1.8, 1, bound("parallelism", "below", 1.5), model.Contradicted},
		{"few cores", 1, 1, bound("parallelism", "below", 1.5), model.Inconclusive},
		{"fast all the same", 1, 0.5, bound("wall", "below", 1), model.Reproduced},
		{"slow", 1, 1.3, bound("wall", "above", 1), model.Inconclusive},
		{"slower than others can have made it", 1, 2, bound("wall", "above", 1), model.Reproduced},
		{"memory", 1, 1, bound("peak_threads", "below", 4), model.Reproduced},
	} {
		v := run{ratio: always(test.ratio), change: func(tr *model.Trial) {
			tr.ForeignCPU = 0.3
			if tr.Variant == "many" {
				tr.Parallelism = test.cores
			}
		}}.one(t, load(t, claim(test.claim)))
		require.Equal(t, test.want, v.Verdict, "%s: %s", test.name, v.Why)
	}
}

// Neighbours do not change what a stack takes, but they do change a time.
func TestSteady(t *testing.T) {
	busy := run{ratio: always(1), change: func(tr *model.Trial) { tr.ForeignCPU = 1 }}
	for steady, want := range map[string]model.Verdict{"": model.Inconclusive, "steady = true\n": model.Reproduced} {
		v := busy.one(t, load(t, claim("measure = \"metric:same\"\nof = \"python/many\"\nis = \"equal\"\nbound = 5\n"+steady)))
		require.Equal(t, want, v.Verdict, v.Why)
	}
	few := busy
	few.rounds = 5
	v := few.one(t, load(t, claim("measure = \"metric:same\"\nof = \"python/many\"\nis = \"equal\"\nbound = 5\nsteady = true\n")))
	require.Equal(t, model.Inconclusive, v.Verdict, "an interval it needs all the same")
}

func TestFacts(t *testing.T) {
	fact := func(metric, is string, bound int) string {
		return claim(fmt.Sprintf("measure = %q\nof = \"python/many\"\nis = %q\nbound = %d\nexact = true\n", metric, is, bound))
	}
	for _, test := range []struct {
		name  string
		claim string
		run   run
		want  model.Verdict
		why   string
	}{
		{"one disturbed round says it", fact("metric:same", "equal", 5), run{rounds: 1, change: func(tr *model.Trial) { tr.ForeignCPU = 1 }}, model.Reproduced, "the same in 1 round"},
		{"it is another", fact("metric:same", "equal", 4), run{}, model.Contradicted, "above 4"},
		{"more", fact("metric:same", "above", 4), run{}, model.Reproduced, "above 4"},
		{"no more", fact("metric:same", "above", 5), run{}, model.Contradicted, "exactly 5"},
		{"less", fact("metric:same", "below", 6), run{}, model.Reproduced, "below 6"},
		{"a quantity of every trial", fact("peak_threads", "equal", 3), run{}, model.Reproduced, "peak number of threads of many was 3"},
		{"not the same in each", fact("metric:round", "above", 0), run{}, model.Inconclusive, "0 in one round and 7 in another"},
		{"nobody says it", fact("metric:none", "above", 0), run{}, model.Inconclusive, "no round has the metric none"},
		{"not a number", fact("metric:same", "equal", 5), run{rounds: 1, change: func(tr *model.Trial) { tr.Metrics["same"] = math.NaN() }}, model.Inconclusive, "NaN"},
		{"no finite number", fact("metric:same", "above", 5), run{change: func(tr *model.Trial) { tr.Metrics["same"] = math.Inf(1) }}, model.Inconclusive, "metric same of many is no number"},
		{"a failure", fact("metric:same", "equal", 5), run{change: func(tr *model.Trial) {
			if tr.Round == 2 {
				tr.Status = model.Timeout
			}
		}}, model.Inconclusive, "trials of many failed"},
	} {
		test.run.ratio = always(1)
		v := test.run.one(t, load(t, test.claim))
		require.Equal(t, test.want, v.Verdict, "%s: %s", test.name, v.Why)
		require.Contains(t, v.Why, test.why, test.name)
	}
	// Of two variants the ratio is exact.
	v := run{rounds: 1, ratio: always(1)}.one(t, load(t, claim("measure = \"peak_threads\"\nof = \"python/many\"\nagainst = \"go/many\"\nis = \"equal\"\nexact = true\n")))
	require.Equal(t, model.Reproduced, v.Verdict)
	require.Contains(t, v.Why, "python/many had 1 times the peak number of threads of go/many")
}

// A claim with several tests holds where all of them do; what fails for sure
// decides, whatever else is open.
func TestSeveralTests(t *testing.T) {
	second := "[[claim.test]]\nmeasure = \"parallelism\"\nof = \"python/many\"\nis = \"below\"\nbound = 2\n"
	for _, test := range []struct {
		ratio       func(model.Runtime, int64, int) float64
		parallelism func(round int) float64
		want        model.Verdict
	}{
		{always(2), func(int) float64 { return 1 }, model.Reproduced},
		{always(2), func(int) float64 { return 3 }, model.Contradicted},
		{always(2), func(int) float64 { return 2 }, model.NoDifference},
		{always(2), func(round int) float64 { return float64(round % 4) }, model.Inconclusive},
		{wide(1), func(int) float64 { return 3 }, model.Contradicted},
		{wide(1), func(int) float64 { return 1 }, model.Inconclusive},
		{always(1), func(int) float64 { return 3 }, model.Contradicted},
	} {
		v := run{ratio: test.ratio, change: func(tr *model.Trial) { tr.Parallelism = test.parallelism(tr.Round) }}.
			one(t, load(t, claim(longer)+second))
		require.Equal(t, test.want, v.Verdict, v.Why)
		require.Contains(t, v.Why, "; the effective parallelism of many was")
		require.Contains(t, v.Text, "x (", "ours is that of the first test")
	}
}

// What holds where today's runtime does as an older one did is outdated; what
// holds nowhere is contradicted.
func TestFormerly(t *testing.T) {
	text := "[[claim]]\nid = \"P1\"\nsays = \"Many use more cores.\"\nsource = { document = \"paper\", section = \"1\" }\n" +
		"formerly = \"python/one\"\n" +
		"[[claim.test]]\nmeasure = \"parallelism\"\nof = \"python/many\"\nis = \"above\"\nbound = 1.5\n"
	for _, test := range []struct {
		many, one float64
		want      model.Verdict
	}{
		{1, 2, model.Outdated},
		{1, 1, model.Contradicted},
		{2, 1, model.Reproduced},
	} {
		v := run{ratio: always(1), change: func(tr *model.Trial) {
			tr.Parallelism = map[string]float64{"many": test.many, "one": test.one}[tr.Variant]
		}}.one(t, load(t, text))
		require.Equal(t, test.want, v.Verdict, v.Why)
		require.Contains(t, v.Repeat, "--variant many --variant one", "what shows it is run again too")
	}
}

func TestRuntimes(t *testing.T) {
	by := func(ratios map[string]float64) func(model.Runtime, int64, int) float64 {
		return func(r model.Runtime, _ int64, _ int) float64 { return ratios[r.ID] }
	}
	all := []model.Runtime{golang, py39, py313t, pypy, py313}
	ids := func(v model.Judgement) (ids []string) {
		for _, o := range v.Runtimes {
			ids = append(ids, o.Runtime)
		}
		return ids
	}

	// The headline is what holds on the newest, whatever the order in which they
	// were named: of one version the one without a lock, and CPython first.
	v := run{runtimes: all, ratio: by(map[string]float64{py39.ID: 2, py313.ID: 0.5, py313t.ID: 0.5, pypy.ID: 2})}.one(t, load(t, claim(longer)))
	require.Equal(t, model.Outdated, v.Verdict)
	require.Equal(t, py313t.ID, v.Runtime)
	require.Equal(t, []string{py313t.ID, py313.ID, py39.ID, pypy.ID}, ids(v))
	require.Equal(t, model.Contradicted, v.Runtimes[0].Verdict, "of that runtime it is contradicted")
	require.True(t, strings.HasPrefix(v.Why, "true of CPython 3.9.18, no longer of CPython 3.13.0: many had 0.50 times"), v.Why)
	require.Contains(t, v.Why, "; before: many had 2 times", "both are shown")

	// The lock is part of that order.
	for _, order := range [][]model.Runtime{{py313t, py39}, {py39, py313t}} {
		v = run{runtimes: order, ratio: by(map[string]float64{py39.ID: 2, py313t.ID: 0.5})}.one(t, load(t, claim(longer)))
		require.Equal(t, model.Outdated, v.Verdict)
		require.True(t, strings.HasPrefix(v.Why, "true of CPython 3.9.18, no longer of free-threaded CPython 3.13.0: "), v.Why)
	}
	v = run{runtimes: all, ratio: by(map[string]float64{py39.ID: 2, py313.ID: 2, py313t.ID: 1, pypy.ID: 1})}.one(t, load(t, claim(longer)))
	require.Equal(t, model.Outdated, v.Verdict, "no difference is a failure too")
	require.True(t, strings.HasPrefix(v.Why, "true of CPython 3.13.0, no longer of free-threaded CPython 3.13.0: "), v.Why)
	for _, ratios := range []map[string]float64{
		{py39.ID: 0.5, py313.ID: 0.5, py313t.ID: 0.5, pypy.ID: 2}, // another implementation is no older version
		{py39.ID: 1, py313.ID: 0.5, py313t.ID: 0.5, pypy.ID: 1},   // nor does no difference bear it out
	} {
		v = run{runtimes: all, ratio: by(ratios)}.one(t, load(t, claim(longer)))
		require.Equal(t, model.Contradicted, v.Verdict)
	}
	v = run{runtimes: all, ratio: by(map[string]float64{py39.ID: 0.5, py313.ID: 1, py313t.ID: 2, pypy.ID: 1})}.one(t, load(t, claim(longer)))
	require.Equal(t, model.Reproduced, v.Verdict, "that an older one contradicts it changes nothing")

	// One that is too old for the pair is neither judged nor named.
	old := py39
	old.ID, old.Version, old.Path, old.Old = "cpython-2.7.18", "2.7.18", "/opt/2.7/python", true
	v = run{runtimes: []model.Runtime{old, py39}, command: "tandem run --python all", ratio: always(2)}.one(t, load(t, claim(longer)))
	require.Equal(t, []string{py39.ID}, ids(v))
	require.NotContains(t, v.Repeat, old.Path)

	// Conditions.
	ones := by(map[string]float64{py39.ID: 1, py313.ID: 1, py313t.ID: 1, pypy.ID: 1})
	for conditions, want := range map[string][]string{
		`"pypy"`:                {pypy.ID},
		`"cpython"`:             {py313t.ID, py313.ID, py39.ID},
		`"gil=false"`:           {py313t.ID},
		`"cpython", "gil=true"`: {py313.ID, py39.ID},
		`"oldest"`:              {py39.ID},
		`"newest"`:              {py313t.ID},
		`"pypy", "gil=false"`:   nil,
	} {
		v = run{runtimes: all, ratio: ones}.one(t, load(t, claim(longer, `runtime = [`+conditions+`]`, `needs = "--python pypy3"`)))
		require.Equal(t, want, ids(v), conditions)
		if want == nil {
			require.Equal(t, model.NotTried, v.Verdict)
			require.Equal(t, "run: tandem run p --side python --variant many --variant one --python pypy3 --param workers=2", v.Remedy)
		}
	}
}

func TestPoints(t *testing.T) {
	// The more workers the less time.
	r := run{workers: []int64{1, 2, 4}, ratio: func(_ model.Runtime, w int64, _ int) float64 { return 1 / float64(w) }}
	test := func(keys string) model.Judgement {
		return r.one(t, load(t, claim("measure = \"wall\"\nof = \"go/many\"\nis = \"below\"\n"+keys)))
	}
	v := test("against = \"go/one\"\n")
	require.Equal(t, 1.0, v.Estimate.Value, "the first point that has both")
	require.Equal(t, model.NoDifference, v.Verdict)
	v = test("against = \"go/one\"\nat = { workers = 4 }\n")
	require.Equal(t, 0.25, v.Estimate.Value, "one reads no workers and stands in the first group")
	require.Contains(t, v.Repeat, "--param workers=4")
	v = test("against = \"go/many\"\nat = { workers = 4 }\nagainst_at = { workers = 2 }\n")
	require.Equal(t, 0.5, v.Estimate.Value)
	require.Contains(t, v.Why, "many at workers=4 had 0.50 times the time of many at workers=2")
	require.Contains(t, v.Repeat, "--param workers=4,2")
	v = test("against = \"go/many\"\nat = { workers = \"most\" }\nagainst_at = { workers = \"least\" }\n")
	require.Equal(t, 0.25, v.Estimate.Value)
	v = test("against = \"python/many\"\nat = { workers = 4 }\nagainst_at = { workers = 1 }\n")
	require.Equal(t, 0.25, v.Estimate.Value, "across the sides")
	v = test("against = \"go/one\"\nagainst_at = { workers = \"most\" }\n")
	require.Contains(t, v.Why, "times the time of one (", "which reads no workers")
	v = test("against = \"go/many\"\nagainst_measure = \"cpu\"\nat = { workers = 2 }\n")
	require.Equal(t, 0.5, v.Estimate.Value)
	require.Contains(t, v.Why, "the time of many was 0.50 times the processor time of many")
	require.NotContains(t, v.Why, ", with ", "which has no such cause")
	v = test("against = \"go/one\"\nat = { workers = 8 }\n")
	require.Equal(t, model.NotTried, v.Verdict)
	require.Equal(t, "this run has no go/many at workers=8", v.Why)
	require.Equal(t, "run: tandem run p --side go --variant many --variant one --param workers=8", v.Remedy)
	// The ends of a sweep that is none.
	single := r
	single.workers = []int64{2}
	p := load(t, claim("measure = \"wall\"\nof = \"go/many\"\nis = \"below\"\nagainst = \"go/many\"\nat = { workers = \"most\" }\nagainst_at = { workers = \"least\" }\n"))
	v = single.one(t, p)
	require.Equal(t, model.NotTried, v.Verdict)
	require.Equal(t, "this run has just one value of workers", v.Why)
	p.Param("workers").Paper = []any{int64(1), int64(8)}
	require.Equal(t, "run: tandem run p --side go --variant many --param workers=1,8", single.one(t, p).Remedy)

	v = r.one(t, load(t, claim("measure = \"wall\"\nof = \"go/many\"\nis = \"below\"\n")))
	require.Equal(t, "tandem run p --side go --variant many", v.Repeat, "the profile's own sweep need not be said")
}

func TestOnPaper(t *testing.T) {
	v := run{ratio: always(1)}.one(t, load(t, `
[[claim]]
id = "P1"
says = "The lock dates from 1992."
on_paper = { fact = "It does.", author = "A. Author", title = "A Talk", year = 2016, where = "A Conference" }
`))
	require.Equal(t, model.OnPaper, v.Verdict)
	require.Equal(t, "It does (A. Author, A Talk, A Conference, 2016)", v.Why)
	require.Empty(t, v.Repeat)
}

func TestOrderOfClaims(t *testing.T) {
	paper := "\n[[claim]]\nid = %q\nsays = \"So.\"\nsource = { document = %q, section = \"1\" }\non_paper = { fact = \"f\", author = \"a\", title = \"t\", year = 1, where = \"w\" }\n"
	var text string
	for _, id := range []string{"P10", "P2", "P6b", "P6", "D9"} {
		text += fmt.Sprintf(paper, id, map[byte]string{'P': "paper", 'D': "do-post"}[id[0]])
	}
	var ids []string
	for _, v := range (run{ratio: always(1)}).judge(t, load(t, text)) {
		ids = append(ids, v.ID)
	}
	require.Equal(t, []string{"P2", "P6", "P6b", "P10", "D9"}, ids)
}

// Every shipped claim can be judged by an empty run of its pair: nothing of it
// depends on what a run happens to have.
func TestEveryShippedClaimIsJudged(t *testing.T) {
	pairs, err := catalog.All(os.DirFS("../catalog"))
	require.NoError(t, err)
	for _, p := range pairs {
		m := model.Manifest{Profile: catalog.Quick, Runtimes: []model.Runtime{golang, py313}}
		verdicts := Judge(m, summary.Summary{Pairs: []summary.Pair{{ID: p.ID}}}, pairs)
		require.Len(t, verdicts, len(p.Claims))
		for _, v := range verdicts {
			if v.OnPaper != nil {
				require.Equal(t, model.OnPaper, v.Verdict)
				continue
			}
			require.Equal(t, model.NotTried, v.Verdict)
			require.Contains(t, v.Remedy, "tandem run "+p.ID, v.ID)
		}
	}
}

// Every numbered claim of the paper is judged by some pair.
func TestNoClaimOfThePaperIsLeftOut(t *testing.T) {
	pairs, err := catalog.All(os.DirFS("../catalog"))
	require.NoError(t, err)
	judged := map[string]bool{}
	for _, p := range pairs {
		for _, c := range p.Claims {
			if c.Source.Document == "paper" {
				judged[strings.TrimRight(c.ID, "abcdefgh")] = true
			}
		}
	}
	for n := 1; n <= 39; n++ {
		require.Contains(t, judged, fmt.Sprint("P", n))
	}
}

// A number is the same before and after JSON, as a run that is read again has
// it.
func TestJudgesWhatWasReadBack(t *testing.T) {
	p := load(t, claim("measure = \"wall\"\nof = \"go/many\"\nagainst = \"go/one\"\nis = \"below\"\nat = { workers = \"most\" }\n"))
	direct := run{workers: []int64{1, 2, 10}, ratio: func(_ model.Runtime, w int64, _ int) float64 { return 1 / float64(w) }}
	again := direct
	again.readBack = true
	require.Equal(t, direct.one(t, p).Outcome, again.one(t, p).Outcome)
	require.InDelta(t, 0.1, direct.one(t, p).Estimate.Value, 1e-9)
}

// The laws of decide.

// An example is an interval and a test of it, drawn at random with the
// interesting places likely.
func example(rng *rand.Rand) (model.Estimate, catalog.Test) {
	lo := math.Exp(rng.NormFloat64() / 4)
	hi := lo * math.Exp(math.Abs(rng.NormFloat64())/4)
	bound, margin := math.Exp(rng.NormFloat64()/8), []float64{0, 0.05, 0.3}[rng.IntN(3)]
	is := []string{catalog.Above, catalog.Below, catalog.Equal}[rng.IntN(3)]
	return model.Estimate{Value: math.Sqrt(lo * hi), Lo: lo, Hi: hi, N: 10, Interval: true}, catalog.Test{Against: "x", Is: is, Bound: &bound, Margin: &margin}
}

func lawHolds(t *testing.T, law func(*rand.Rand) bool) {
	t.Helper()
	require.NoError(t, quick.Check(func(seed uint64) bool {
		return law(rand.New(rand.NewPCG(seed, 1)))
	}, &quick.Config{MaxCount: 20_000}))
}

func TestTurningRoundChangesNothing(t *testing.T) {
	other := map[string]string{catalog.Above: catalog.Below, catalog.Below: catalog.Above, catalog.Equal: catalog.Equal}
	lawHolds(t, func(rng *rand.Rand) bool {
		e, test := example(rng)
		turned, bound := e, 1 / *test.Bound
		turned.Value, turned.Lo, turned.Hi = 1/e.Value, 1/e.Hi, 1/e.Lo
		back := test
		back.Is, back.Bound = other[test.Is], &bound
		return decide(e, &test) == decide(turned, &back)
	})
}

func TestWideningNeverDecides(t *testing.T) {
	lawHolds(t, func(rng *rand.Rand) bool {
		e, test := example(rng)
		wider := e
		wider.Lo *= 1 - rng.Float64()/2
		wider.Hi *= 1 + rng.Float64()/2
		before, after := decide(e, &test), decide(wider, &test)
		return after == before || after == model.Inconclusive
	})
}

// The larger the margin, the fewer differences and the more equals.
func TestMarginIsMonotone(t *testing.T) {
	lawHolds(t, func(rng *rand.Rand) bool {
		e, test := example(rng)
		larger, more := test, *test.Margin+rng.Float64()/2
		larger.Margin = &more
		before, after := decide(e, &test), decide(e, &larger)
		switch {
		case before == after:
			return true
		case test.Is == catalog.Equal: // contradicted, inconclusive, reproduced
			return before == model.Contradicted || before == model.Inconclusive && after == model.Reproduced
		case before == model.Inconclusive: // it can only come to lie within
			return after == model.NoDifference
		}
		return before != model.NoDifference && (after == model.Inconclusive || after == model.NoDifference)
	})
}

// No interval, no verdict.
func TestNoIntervalDecidesNothing(t *testing.T) {
	lawHolds(t, func(rng *rand.Rand) bool {
		e, test := example(rng)
		e.Interval = false
		return decide(e, &test) == model.Inconclusive
	})
}

// Two variants that are the same but for noise: a claim of a difference is
// borne out, or contradicted, in a twentieth of the runs at the most, half of
// that to each side.
func TestNullClaimsAreRarelyReproduced(t *testing.T) {
	const runs, rounds = 4000, 10
	margin, bound := 0.0, 1.0
	rng := rand.New(rand.NewPCG(2, 3))
	found := map[model.Verdict]int{}
	for range runs {
		var a, b []float64
		for range rounds {
			drift := math.Exp(rng.NormFloat64())
			a = append(a, drift*math.Exp(0.1*rng.NormFloat64()))
			b = append(b, drift*math.Exp(0.1*rng.NormFloat64()))
		}
		found[decide(stats.Ratio(a, b), &catalog.Test{Is: catalog.Above, Bound: &bound, Margin: &margin})]++
	}
	nominal := (1 - stats.Confidence) / 2
	most := int(runs * (nominal + 4*math.Sqrt(nominal*(1-nominal)/runs)))
	require.Less(t, found[model.Reproduced], most)
	require.Less(t, found[model.Contradicted], most)
	require.Positive(t, found[model.Reproduced], "an interval that never misses is too wide")
	require.Zero(t, found[model.NoDifference], "with no margin nothing is no difference")
}
