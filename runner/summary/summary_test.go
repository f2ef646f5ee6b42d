package summary

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

const (
	goRuntime = "go1.26.0"
	oldPython = "cpython-3.9.18"
	newPython = "cpython-3.13.0"
)

var counting = &catalog.Pair{
	ID: "counting", Baseline: "sequential",
	Params: []catalog.Param{{Name: "n", Type: "int"}, {Name: "workers", Type: "int"}, {Name: "latency", Type: "duration"}},
	Variants: []catalog.Variant{
		{Side: "go", Name: "sequential", Reads: []string{"n"}},
		{Side: "go", Name: "goroutines"},
		{Side: "python", Name: "sequential", Reads: []string{"n"}},
		{Side: "python", Name: "threads"},
		{Side: "python", Name: "processes"},
	},
}

type params = map[string]any

func cellOf(side, variant, runtime string, p params) model.Cell {
	return model.Cell{Pair: "counting", Side: side, Variant: variant, Runtime: runtime, Params: p}
}

// Two cells on a quiet machine with two cores, and the one with four workers.
var (
	sequential = cellOf("go", "sequential", goRuntime, params{"n": int64(100)})
	goroutines = cellOf("go", "goroutines", goRuntime, params{"n": int64(100), "workers": int64(2)})
	four       = cellOf("go", "goroutines", goRuntime, params{"n": int64(100), "workers": int64(4)})
)

func manifest(plan ...model.Cell) model.Manifest {
	return model.Manifest{
		Plan:     plan,
		Machine:  model.Machine{Cores: 2},
		Runtimes: []model.Runtime{{ID: goRuntime, Side: "go"}, {ID: newPython, Side: "python"}, {ID: oldPython, Side: "python"}},
	}
}

// ok is a trial that finished, undisturbed.
func ok(c model.Cell, round int, wall time.Duration) model.Trial {
	return model.Trial{
		Pair: c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params,
		Round: round, Status: model.OK, WallNS: int64(wall), Answer: "100", Capacity: 2,
	}
}

func ended(c model.Cell, round int, status model.Status, message string) model.Trial {
	t := ok(c, round, time.Nanosecond) // whatever it says of its time must not count
	t.Status, t.Message, t.Answer = status, message, ""
	return t
}

// rounds is n rounds of sequential at 100 ms and goroutines at 50 ms, give or
// take some.
func rounds(n int) []model.Trial {
	var trials []model.Trial
	for round := 1; round <= n; round++ {
		jitter := time.Duration(round%3) * time.Millisecond
		trials = append(trials, ok(sequential, round, 100*time.Millisecond+jitter), ok(goroutines, round, 50*time.Millisecond+jitter/2))
	}
	return trials
}

// of summarises a run of the counting pair, and returns its one group's rows.
func of(t *testing.T, m model.Manifest, trials []model.Trial) (Pair, []Row) {
	t.Helper()
	s := Of(m, trials, []*catalog.Pair{counting})
	require.Len(t, s.Pairs, 1)
	require.Len(t, s.Pairs[0].Groups, 1)
	require.Empty(t, s.Warnings)
	return s.Pairs[0], s.Pairs[0].Groups[0].Rows
}

func TestSpeedUpIsPairedByRound(t *testing.T) {
	// The machine gets twice as slow in the middle; within a round the
	// goroutines take half the time all along. One journal line is late.
	trials := rounds(10)
	for i := range trials {
		if trials[i].Round > 5 {
			trials[i].WallNS *= 2
		}
	}
	trials[0], trials[19] = trials[19], trials[0]

	pair, rows := of(t, manifest(sequential, goroutines), trials)
	require.Empty(t, pair.Warnings)
	require.Equal(t, "sequential", rows[0].Variant)
	require.Zero(t, rows[0].SpeedUp.N, "the baseline is not compared with itself")
	require.Empty(t, rows[0].Doubt)

	up := rows[1].SpeedUp
	require.InDelta(t, 2, up.Value, 1e-9)
	require.InDelta(t, 2, up.Lo, 1e-9)
	require.InDelta(t, 2, up.Hi, 1e-9)
	require.Equal(t, 10, up.N)
	require.True(t, up.Interval)
	require.Empty(t, rows[1].Doubt)
	require.Equal(t, 10, rows[1].Status[model.OK])
	require.NotNil(t, rows[1].Shown)
	require.Equal(t, "100", rows[1].Answer)
}

// A variant that does other work than the pair's baseline is set against
// another one, or against none.
func TestABaselineOfItsOwn(t *testing.T) {
	pair := *counting
	pair.Variants = slices.Concat(pair.Variants, []catalog.Variant{
		{Side: "go", Name: "empty", Baseline: "empty"},
		{Side: "go", Name: "emptier", Baseline: "empty"},
	})
	empty, emptier := goroutines, goroutines
	empty.Variant, emptier.Variant = "empty", "emptier"
	trials := rounds(6)
	for round := range 6 {
		trials = append(trials, ok(empty, round+1, 9*time.Millisecond), ok(emptier, round+1, 3*time.Millisecond))
	}
	s := Of(manifest(sequential, goroutines, empty, emptier), trials, []*catalog.Pair{&pair})
	rows := s.Pairs[0].Groups[0].Rows
	require.Equal(t, "empty", rows[2].Variant)
	require.True(t, rows[2].IsBaseline())
	require.Zero(t, rows[2].SpeedUp.N)
	require.InDelta(t, 3, rows[3].SpeedUp.Value, 1e-9)
	require.InDelta(t, 2, rows[1].SpeedUp.Value, 0.1)
}

func TestNumbersOfARow(t *testing.T) {
	var trials []model.Trial
	for round := range 4 { // the warm-up and three rounds
		tr := ok(goroutines, round, time.Duration(round)*time.Second)
		if round == 0 {
			tr.WallNS = int64(time.Hour)
		}
		tr.StartupNS, tr.CPUUserNS, tr.CPUSysNS = 5e6, 2e9, 1e9
		tr.Parallelism, tr.PeakRSSBytes, tr.PeakThreads = 1.5, 4096, 7
		tr.CtxVoluntary, tr.CtxInvoluntary = 10, 5
		tr.Metrics = map[string]float64{"pool_seconds": float64(round)}
		trials = append(trials, tr)
	}
	_, rows := of(t, manifest(goroutines), trials)
	r := rows[0]
	require.Len(t, r.Rounds, 3)
	require.Equal(t, map[model.Status]int{model.OK: 3}, r.Status)
	for want, e := range map[float64]model.Estimate{
		0.005: r.Startup, 3: r.CPU, 1.5: r.Parallelism, 4096: r.PeakRSS, 7: r.PeakThreads, 15: r.Switches,
	} {
		require.Equal(t, want, e.Value)
	}
	require.Equal(t, 2.0, r.Wall.Value)
	require.Equal(t, 2.0, r.Metrics["pool_seconds"].Value)
	require.Equal(t, []string{"3 rounds: an interval needs at least 6"}, r.Wall.Warnings)
	require.Zero(t, r.SpeedUp.N, "its baseline is not part of this run")
	require.Empty(t, r.Doubt)
}

// The trial that is shown is the one nearest the median, and a traced one
// that was disturbed gives way to one that was not.
func TestTheTrialShownIsTypical(t *testing.T) {
	var trials []model.Trial
	for round := 1; round <= 7; round++ {
		trials = append(trials, ok(goroutines, round, time.Duration(round*round)*time.Second))
	}
	for i, wall := range []time.Duration{40 * time.Second, 18 * time.Second, 16 * time.Second, 90 * time.Second} {
		tr := ok(goroutines, 0, wall)
		tr.Traced = true
		if i == 2 {
			tr.ForeignCPU = 1
		}
		trials = append(trials, tr)
	}
	_, rows := of(t, manifest(goroutines), trials)
	require.Equal(t, 4, rows[0].Shown.Round)
	require.Equal(t, (18 * time.Second).Nanoseconds(), rows[0].Traced.WallNS)
	require.True(t, rows[0].Typical(rows[0].Traced))
	require.False(t, rows[0].Typical(&trials[9]), "disturbed")
	require.False(t, rows[0].Typical(&trials[10]), "longer than any round")
}

func TestATrialThatDidNotFinishNeverLooksFast(t *testing.T) {
	for _, status := range []model.Status{model.Timeout, model.Crashed, model.WrongAnswer, model.Skipped, model.Interrupted} {
		t.Run(string(status), func(t *testing.T) {
			trials := rounds(0)
			for round := 1; round <= 8; round++ {
				trials = append(trials, ok(sequential, round, time.Second), ended(goroutines, round, status, "why it ended"))
			}
			_, rows := of(t, manifest(sequential, goroutines), trials)
			r := rows[1]
			require.Zero(t, r.Wall.N)
			require.Zero(t, r.SpeedUp.N)
			require.Empty(t, r.Rounds)
			require.Nil(t, r.Shown)
			require.Equal(t, "inconclusive: there is no round in which both sequential and goroutines finished", r.Doubt)
			require.Equal(t, map[model.Status]int{status: 8}, r.Status)
			require.Equal(t, []string{"why it ended"}, r.Why)
		})
	}
}

func TestTheFastOnesOfManyThatTimedOutProveNothing(t *testing.T) {
	trials := append(rounds(10), ended(goroutines, 4, model.Timeout, ""))
	_, rows := of(t, manifest(sequential, goroutines), trials)
	require.Equal(t, 9, rows[1].SpeedUp.N, "round 4 has no ratio")
	require.Equal(t, "inconclusive: 1 of 10 trials of goroutines failed and the rest are a selection; a run in which all finish would decide", rows[1].Doubt)
	require.Equal(t, []string{"timeout"}, rows[1].Why, "a trial without a message says how it ended")

	// The same where it is the baseline that fails.
	trials = append(rounds(10), ended(sequential, 4, model.Crashed, "out of memory"))
	pair, rows := of(t, manifest(sequential, goroutines), trials)
	require.Equal(t, 9, rows[1].SpeedUp.N)
	require.Empty(t, pair.Warnings, "no answer is not another answer")
	require.Equal(t, "inconclusive: 1 of 10 trials of sequential failed and the rest are a selection; a run in which all finish would decide", rows[1].Doubt)

	// The user's Ctrl-C is no fault of the variant.
	trials = append(rounds(10), ended(goroutines, 11, model.Interrupted, ""))
	_, rows = of(t, manifest(sequential, goroutines), trials)
	require.Empty(t, rows[1].Doubt)
}

func TestTheLastOfTwoLinesForARoundCounts(t *testing.T) {
	trials := append([]model.Trial{ended(goroutines, 2, model.Interrupted, "stopped by the user"), ok(goroutines, 3, time.Hour)}, rounds(8)...)
	_, rows := of(t, manifest(sequential, goroutines), trials)
	require.Equal(t, map[model.Status]int{model.OK: 8}, rows[1].Status)
	require.Len(t, rows[1].Rounds, 8)
	require.Equal(t, 8, rows[1].SpeedUp.N)
	require.Empty(t, rows[1].Why)
	require.Less(t, rows[1].Wall.Hi, 1.0)
}

func TestDisturbedRounds(t *testing.T) {
	foreign := func(tr *model.Trial) { tr.ForeignCPU = 0.5 }
	steal := func(tr *model.Trial) { tr.StealCPU = 0.2 }
	capacity := func(tr *model.Trial) { tr.Capacity = 1.4 }
	slow := func(tr *model.Trial) { tr.ForeignCPU, tr.WallNS = 0.5, tr.WallNS*3 }
	for _, row := range []struct {
		why     string
		rounds  int
		disturb func(*model.Trial)
		in      map[int]bool // rounds in which the goroutines are disturbed
		n       int          // rounds that the speed-up rests on
		value   float64
		doubt   string
		warning string
	}{
		{"none", 8, foreign, nil, 8, 2, "", ""},
		{"at the limits is not over them", 8, func(tr *model.Trial) { tr.ForeignCPU, tr.StealCPU, tr.Capacity = 0.08, 0.08, 1.9 },
			map[int]bool{1: true}, 8, 2, "", ""},
		{"no probe is no shortage", 8, func(tr *model.Trial) { tr.Capacity = 0 }, map[int]bool{1: true}, 8, 2, "", ""},
		{"enough others", 8, slow, map[int]bool{2: true}, 7, 2, "",
			"other programs used more than 0.08 cores: in 1 of 16 trials, at worst 0.50 cores (round 2)"},
		{"stolen", 8, steal, map[int]bool{5: true}, 7, 2, "",
			"the hypervisor took more than 0.08 cores (steal): in 1 of 16 trials, at worst 0.20 cores (round 5)"},
		{"too few cores", 8, capacity, map[int]bool{1: true, 8: true}, 6, 2, "",
			"the machine did less than 95 % of the work that 2 cores can do: in 2 of 16 trials, at worst 1.40 cores (rounds 1, 8)"},
		{"too few others: all count", 8, foreign, map[int]bool{1: true, 2: true, 3: true}, 8, 2, "",
			"other programs used more than 0.08 cores: in 3 of 16 trials, at worst 0.50 cores (rounds 1-3)"},
		{"that may have made it slow", 8, func(tr *model.Trial) { tr.ForeignCPU, tr.WallNS, tr.Parallelism = 0.5, tr.WallNS*3, 2 },
			map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true}, 8, 2.0 / 3,
			"inconclusive: 3 of 8 rounds undisturbed; cores that nobody else uses would decide: stop what else runs here",
			"other programs used more than 0.08 cores: in 5 of 16 trials, at worst 0.50 cores (rounds 1-5)"},
		{"that cannot have made it fast", 8, func(tr *model.Trial) { tr.ForeignCPU, tr.Parallelism = 0.5, 2 },
			map[int]bool{1: true, 2: true, 3: true}, 8, 2, "",
			"other programs used more than 0.08 cores: in 3 of 16 trials, at worst 0.50 cores (rounds 1-3)"},
		{"too few rounds in all", 5, foreign, nil, 5, 2, "inconclusive: 5 rounds; 6 or more would decide (--rounds)", ""},
	} {
		t.Run(row.why, func(t *testing.T) {
			trials := rounds(row.rounds)
			for i := range trials {
				if trials[i].Variant == "goroutines" && row.in[trials[i].Round] {
					row.disturb(&trials[i])
				}
			}
			pair, rows := of(t, manifest(sequential, goroutines), trials)
			r := rows[1]
			require.Equal(t, row.n, r.SpeedUp.N)
			require.InDelta(t, row.value, r.SpeedUp.Value, 1e-9)
			require.Equal(t, row.doubt, r.Doubt)
			if row.warning == "" {
				require.Empty(t, pair.Warnings)
			} else {
				require.Equal(t, []string{row.warning}, pair.Warnings)
			}
			require.Len(t, r.Rounds, row.rounds, "disturbed rounds are shown, not dropped")
			for _, round := range r.Rounds {
				require.Equal(t, row.warning != "" && row.in[round.Number], round.Disturbed)
			}
		})
	}
}

// Steal is counted in ticks of 10 ms. A trial of 5 ms without one does not show
// that nothing was taken where others like it show much.
func TestShortTrialsDoNotHideSteal(t *testing.T) {
	for wall, disturbed := range map[time.Duration]int{5 * time.Millisecond: 8, 500 * time.Millisecond: 3} {
		var trials []model.Trial
		for round := 1; round <= 8; round++ {
			tr := ok(goroutines, round, wall)
			if round <= 3 {
				tr.StealCPU = 1
			}
			trials = append(trials, tr)
		}
		_, rows := of(t, manifest(goroutines), trials)
		n := 0
		for _, o := range rows[0].Rounds {
			if o.Disturbed {
				n++
			}
		}
		require.Equal(t, disturbed, n, wall)
	}
}

func TestTheWorstDisturbanceIsNamed(t *testing.T) {
	trials := rounds(9)
	trials[0].ForeignCPU, trials[2].ForeignCPU, trials[4].ForeignCPU = 0.2, 0.9, 0.3
	trials[14].Capacity, trials[15].Capacity, trials[16].Capacity = 1.5, 1.2, 1.4
	pair, _ := of(t, manifest(sequential, goroutines), trials)
	require.Equal(t, []string{
		"other programs used more than 0.08 cores: in 3 of 18 trials, at worst 0.90 cores (rounds 1-3)",
		"the machine did less than 95 % of the work that 2 cores can do: in 3 of 18 trials, at worst 1.20 cores (rounds 8-9)",
	}, pair.Warnings)
}

func TestADisturbedBaselineDisturbsTheRatioToo(t *testing.T) {
	trials := rounds(8)
	for i := range trials {
		if trials[i].Variant == "sequential" && trials[i].Round <= 2 {
			trials[i].StealCPU = 1
		}
	}
	_, rows := of(t, manifest(sequential, goroutines), trials)
	require.Equal(t, 6, rows[1].SpeedUp.N)
	require.Equal(t, 8, rows[1].Wall.N)
	require.Equal(t, 6, rows[0].Wall.N)
	require.Equal(t, []string{"2 of 8 rounds disturbed and left out"}, rows[0].Wall.Warnings)
}

func TestASweepSharesTheBaselineThatDoesNotReadIt(t *testing.T) {
	// The plan may give the baseline the swept parameter; it ignores it.
	sequential2, sequential4 := sequential, sequential
	sequential2.Params = params{"n": int64(100), "workers": int64(2)}
	sequential4.Params = params{"n": int64(100), "workers": int64(4)}
	for _, plan := range [][]model.Cell{
		{sequential, goroutines, four},
		{sequential2, goroutines, sequential4, four},
	} {
		trials := rounds(8)
		for round := 1; round <= 8; round++ {
			trials = append(trials, ok(four, round, 25*time.Millisecond))
		}
		s := Of(manifest(plan...), trials, []*catalog.Pair{counting})
		require.Empty(t, s.Warnings)
		p := s.Pairs[0]
		require.Equal(t, []string{"workers"}, p.Swept)
		require.Len(t, p.Groups, 2)
		require.Equal(t, "workers=2", p.Groups[0].Label)
		require.Equal(t, "workers=4", p.Groups[1].Label)
		require.Len(t, p.Groups[0].Rows, 2, "sequential stands here")
		require.Len(t, p.Groups[1].Rows, 1, "and only there")
		require.InDelta(t, 2, p.Groups[0].Rows[1].SpeedUp.Value, 1e-9)
		require.InDelta(t, 4, p.Groups[1].Rows[0].SpeedUp.Value, 0.1)
	}
}

func TestASweepOfWhatTheBaselineReadsHasOneForEach(t *testing.T) {
	var plan []model.Cell
	var trials []model.Trial
	for _, n := range []int64{100, 200} {
		base := cellOf("go", "sequential", goRuntime, params{"n": n, "latency": n * 1e6})
		row := cellOf("go", "goroutines", goRuntime, params{"n": n, "workers": int64(2), "latency": n * 1e6})
		plan = append(plan, base, row)
		for round := 1; round <= 6; round++ {
			trials = append(trials, ok(base, round, time.Duration(n*n)), ok(row, round, time.Duration(n)))
		}
	}
	s := Of(manifest(plan...), trials, []*catalog.Pair{counting})
	p := s.Pairs[0]
	require.Equal(t, []string{"n", "latency"}, p.Swept)
	require.Equal(t, "n=100, latency=100ms", p.Groups[0].Label)
	require.InDelta(t, 100, p.Groups[0].Rows[1].SpeedUp.Value, 1e-9)
	require.InDelta(t, 200, p.Groups[1].Rows[1].SpeedUp.Value, 1e-9)
}

// A point of its own sweeps nothing: no figure shows it, but it has its rows.
func TestACellBesideTheSweepIsNoPartOfIt(t *testing.T) {
	beside := four
	beside.Beside = true
	m := manifest(sequential, goroutines, beside)
	trials := rounds(model.MinRounds)
	for round := range model.MinRounds {
		trials = append(trials, ok(four, round+1, time.Millisecond))
	}
	p, rows := of(t, m, trials)
	require.Empty(t, p.Swept)
	require.Len(t, rows, 2)
	require.Len(t, p.Groups, 1)
	require.Len(t, p.Beside, 1)
	require.Equal(t, "workers=4", p.Beside[0].Label)
	all := p.Rows()
	require.Len(t, all, 3)
	require.Equal(t, 0.001, all[2].Wall.Value)
	require.Positive(t, all[2].SpeedUp.N, "against the baseline that does not read workers")
}

func TestRowsStandInTheCatalogsOrder(t *testing.T) {
	p := params{"n": 1, "workers": 2}
	_, rows := of(t, manifest(
		cellOf("python", "processes", oldPython, p), cellOf("python", "threads", oldPython, p),
		cellOf("python", "processes", newPython, p), cellOf("python", "sequential", newPython, params{"n": 1}),
		cellOf("go", "goroutines", goRuntime, p), cellOf("go", "sequential", goRuntime, params{"n": 1}),
	), nil)
	var got []string
	for _, r := range rows {
		got = append(got, r.Variant+" "+r.Runtime)
	}
	require.Equal(t, []string{
		"sequential " + goRuntime, "goroutines " + goRuntime,
		"sequential " + newPython, "processes " + newPython,
		"threads " + oldPython, "processes " + oldPython,
	}, got)
}

func TestEachRuntimeHasItsOwnBaseline(t *testing.T) {
	p := params{"n": 1, "workers": 2}
	var plan []model.Cell
	var trials []model.Trial
	for i, runtime := range []string{newPython, oldPython} {
		base, row := cellOf("python", "sequential", runtime, params{"n": 1}), cellOf("python", "threads", runtime, p)
		plan = append(plan, base, row)
		for round := 1; round <= 6; round++ {
			trials = append(trials, ok(base, round, time.Duration(i+1)*time.Second), ok(row, round, time.Second))
		}
	}
	_, rows := of(t, manifest(plan...), trials)
	require.InDelta(t, 1, rows[1].SpeedUp.Value, 1e-9)
	require.InDelta(t, 2, rows[3].SpeedUp.Value, 1e-9)
}

func TestTrialsOutsideThePlanAreLeftOutAloud(t *testing.T) {
	foreign := ok(sequential, 1, time.Second)
	foreign.Pair = "juggling"
	trials := append(rounds(6), ok(four, 1, time.Second), ok(four, 2, time.Second), foreign)
	s := Of(manifest(sequential, goroutines), trials, []*catalog.Pair{counting})
	require.Equal(t, []string{
		"2 trials of counting go/goroutines (go1.26.0) with parameters that are not in the run's plan: left out",
		"1 trial of juggling go/sequential (go1.26.0) with parameters that are not in the run's plan: left out",
	}, s.Warnings)
	require.Len(t, s.Pairs, 1)
	require.Len(t, s.Pairs[0].Groups, 1)
}

func TestAPairThatTheCatalogLostKeepsItsRows(t *testing.T) {
	s := Of(manifest(sequential, goroutines), rounds(6), nil)
	require.Len(t, s.Pairs, 1)
	r := s.Pairs[0].Groups[0].Rows[0]
	require.Equal(t, 6, r.Wall.N)
	require.Zero(t, r.SpeedUp.N)
}

func TestATrialWithoutATimeHasNoRatio(t *testing.T) {
	trials := append(rounds(6), ok(goroutines, 6, 0))
	_, rows := of(t, manifest(sequential, goroutines), trials)
	require.Zero(t, rows[1].SpeedUp.N)
	require.Equal(t, "inconclusive: round 6 of 6 has 0.1 over 0, which is no ratio", rows[1].Doubt)
}

// The runner summarises what it holds in memory, the report what it has read
// from disk: both must find the same cells.
func TestNumbersThatHaveBeenThroughJSONAreTheSame(t *testing.T) {
	trials := rounds(6)
	for i := range trials {
		text, err := json.Marshal(trials[i].Params)
		require.NoError(t, err)
		trials[i].Params = nil
		require.NoError(t, json.Unmarshal(text, &trials[i].Params))
	}
	_, rows := of(t, manifest(sequential, goroutines), trials)
	require.Equal(t, 6, rows[1].SpeedUp.N)
	require.Equal(t, "1000000000000", model.ParamText(1e12))
	require.Equal(t, model.ParamText(int64(1e12)), model.ParamText(1e12))
	require.Equal(t, "1.5", model.ParamText(1.5))
	require.NotEqual(t, model.ParamText(math.Inf(1)), model.ParamText(int64(math.MaxInt64)))
}

func TestTheSameJournalGivesTheSameSummary(t *testing.T) {
	m, trials := large(500)
	require.Equal(t, Of(m, trials, []*catalog.Pair{counting}), Of(m, trials, []*catalog.Pair{counting}))
}

// large is a run of n trials: a sweep of 50 points, two variants at each.
func large(n int) (model.Manifest, []model.Trial) {
	rng := rand.New(rand.NewPCG(1, 2))
	var plan []model.Cell
	for workers := range 50 {
		for _, side := range [][3]string{{"go", "goroutines", goRuntime}, {"python", "threads", newPython}} {
			plan = append(plan, cellOf(side[0], side[1], side[2], params{"n": int64(1), "workers": int64(workers + 1)}))
		}
	}
	plan = append(plan, cellOf("go", "sequential", goRuntime, params{"n": int64(1)}),
		cellOf("python", "sequential", newPython, params{"n": int64(1)}))
	trials := make([]model.Trial, n)
	for i := range trials {
		c, round := plan[i%len(plan)], i/len(plan)
		trials[i] = ok(c, round, time.Duration(1e8*math.Exp(0.1*rng.NormFloat64())))
		trials[i].ForeignCPU = 0.1 * rng.Float64()
		trials[i].Metrics = map[string]float64{"pool_seconds": rng.Float64(), "tasks": float64(i)}
	}
	return manifest(plan...), trials
}

// BenchmarkOf summarises 10,000 trials (budget: a report of them takes 3 s).
func BenchmarkOf(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		m, trials := large(n)
		b.Run(fmt.Sprintf("trials=%d", n), func(b *testing.B) {
			for b.Loop() {
				Of(m, trials, []*catalog.Pair{counting})
			}
		})
	}
}
