package summary

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// What a claim may name, a trial has.
func TestEveryQuantityHasAValue(t *testing.T) {
	trial := &model.Trial{Metrics: map[string]float64{"own": 3}, PeakRSSBytes: 1, StartupNS: 1}
	for _, name := range append([]string{"metric:own"}, catalog.Quantities...) {
		_, ok := Value(trial, name)
		require.True(t, ok, name)
	}
	for _, name := range []string{"own", "metric:other", "metric:", "walls"} {
		_, ok := Value(trial, name)
		require.False(t, ok, name)
	}
}

// What could not be measured is no zero.
func TestValueOfWhatWasNotMeasured(t *testing.T) {
	trial := &model.Trial{Parallelism: math.NaN()}
	for _, name := range []string{"startup", "parallelism", "cpu", "peak_rss"} {
		_, ok := Value(trial, name)
		require.False(t, ok, name)
	}
	trial.PeakRSSBytes, trial.PeakPSSBytes = 3, 2
	bytes, ok := Value(trial, "peak_rss")
	require.True(t, ok)
	require.EqualValues(t, 2, bytes, "shared pages once")
}

func TestCompare(t *testing.T) {
	// Twenty and ten of the metric in each round; the tenth round has none.
	with := func(change func(*model.Trial)) (slow, fast *Row) {
		trials := rounds(10)
		for i := range trials {
			tr := &trials[i]
			if tr.Round < 10 {
				tr.Metrics = map[string]float64{"steps": map[string]float64{"sequential": 20, "goroutines": 10}[tr.Variant]}
			}
			change(tr)
		}
		_, rows := of(t, manifest(sequential, goroutines), trials)
		return &rows[0], &rows[1]
	}
	a, b := with(func(*model.Trial) {})

	c := Compare(a, "metric:steps", b, "metric:steps")
	require.Empty(t, c.Doubt)
	require.InDelta(t, 2, c.Estimate.Value, 1e-9)
	require.Equal(t, 9, c.Estimate.N)

	c = Compare(a, "wall", b, "metric:steps") // a tenth of a second each of ten steps
	require.Empty(t, c.Doubt)
	require.InDelta(t, 0.0101, c.Estimate.Value, 1e-9)

	c = Measure("metric:steps", a)
	require.Empty(t, c.Doubt)
	require.Equal(t, 20.0, c.Estimate.Value)
	require.Equal(t, 9, c.Estimate.N)

	require.Equal(t, "no trial of sequential reported leaps", Measure("metric:leaps", a).Doubt)
	require.Equal(t, "there is no round in which both sequential and goroutines reported leaps", Compare(a, "metric:leaps", b, "metric:leaps").Doubt)
	require.Equal(t, "sequential did not finish in any round", Measure("wall", &Row{Variant: "sequential"}).Doubt)

	// Either one's failure is the comparison's.
	a, b = with(func(tr *model.Trial) {
		if tr.Variant == "goroutines" && tr.Round == 2 {
			tr.Status = model.Timeout
		}
	})
	for _, c := range []Comparison{Compare(a, "wall", b, "wall"), Compare(b, "wall", a, "wall"), Measure("wall", b)} {
		require.Equal(t, "1 of 10 trials of goroutines failed and the rest are a selection", c.Doubt)
	}
	require.Empty(t, Measure("wall", a).Doubt)

	// Disturbed rounds are left out where enough are left.
	a, b = with(func(tr *model.Trial) {
		if tr.Round <= 2 {
			tr.ForeignCPU, tr.WallNS = 1, int64(time.Hour)
		}
	})
	c = Measure("wall", b)
	require.Empty(t, c.Doubt)
	require.Equal(t, 8, c.Estimate.N)
	require.Less(t, c.Estimate.Hi, 3600.0)
	require.Equal(t, Unmoved, c.Bias)
	require.Equal(t, 8, Compare(a, "wall", b, "wall").Estimate.N)
}

func TestBias(t *testing.T) {
	// rounds of a variant that holds so many cores beside others, each round.
	held := func(foreign float64, cores ...float64) *Row {
		r := &Row{Cores: 2}
		for i, c := range cores {
			r.Rounds = append(r.Rounds, Round{Number: i + 1, Wall: 1, Foreign: foreign, Disturbed: foreign > MostForeign, Trial: &model.Trial{Parallelism: c}})
		}
		return r
	}
	one, wide, half := held(1, 1, 1, 1), held(0.67, 1.33, 1.33, 1.33), held(0.2, 0.5, 0.5, 0.5)
	stolen := held(0, 1.4, 1.4, 1.4)
	for i := range stolen.Rounds {
		stolen.Rounds[i].Steal, stolen.Rounds[i].Disturbed = 0.6, true
	}
	// shared is a row whose threads take turns with others.
	shared := func(r *Row) *Row {
		for _, o := range r.Rounds {
			o.Trial.CPUUserNS, o.Trial.CtxInvoluntary = 1e9, 300
		}
		return r
	}
	for _, test := range []struct {
		why         string
		of          *Row
		quantity    string
		against     *Row
		other       string
		want, round Bias // and of the ratio turned round
	}{
		{"a time", one, "wall", nil, "", Raised, 0},
		{"processor time", one, "cpu", nil, "", Raised, 0},
		{"context switches", one, "switches", nil, "", Raised, 0},
		{"a metric that is a time", one, "metric:latency_p99_ns", nil, "", Raised, 0},
		{"a time for each of several", one, "metric:start_ns_per_worker", nil, "", Raised, 0},
		{"a time in those of the ideal", one, "metric:times_ideal", nil, "", Raised, 0},
		{"cores", one, "parallelism", nil, "", Lowered, 0},
		{"a rate", one, "metric:requests_per_s", nil, "", Lowered, 0},
		{"memory", one, "peak_rss", nil, "", Unmoved, 0},
		{"threads", one, "peak_threads", nil, "", Unmoved, 0},
		{"what nobody knows", one, "metric:discarded", nil, "", Moved, 0},

		{"the same cores", one, "wall", held(1, 0.9, 1, 1), "wall", Unmoved, Unmoved},
		{"more cores", wide, "wall", one, "wall", Raised, Lowered},
		{"more cores, that the hypervisor took", stolen, "wall", one, "wall", Raised, Lowered},
		{"the same cores, of which the hypervisor took some", stolen, "wall", held(0.3, 2, 2, 2), "wall", Unmoved, Unmoved},
		{"more cores, their number", wide, "parallelism", one, "parallelism", Lowered, Raised},
		{"more cores, a rate", wide, "metric:requests_per_s", one, "metric:requests_per_s", Lowered, Raised},
		{"more cores, a metric's time", wide, "metric:stored_ns", one, "metric:stored_ns", Raised, Lowered},
		{"more cores, processor time", wide, "cpu", one, "cpu", Unmoved, Unmoved},
		{"more cores, memory", wide, "peak_rss", one, "peak_rss", Unmoved, Unmoved},
		{"more cores, what nobody knows", wide, "metric:discarded", one, "metric:discarded", Moved, Moved},
		{"two quantities", one, "wall", one, "cpu", Moved, Moved},
		{"less than one core, others idle", one, "wall", half, "wall", Raised, Lowered},
		{"two that sleep", held(1, 0.01), "wall", held(1, 0.1), "wall", Unmoved, Unmoved},

		// Eight processes get more than two threads beside a competitor.
		{"both crowded", held(0.22, 1.78, 1.78, 1.78), "wall", wide, "wall", Moved, Moved},
		{"one crowded more often than the other", held(0.5, 2, 1.9, 1.9), "wall", held(0.5, 2, 1.3, 1.3), "wall", Moved, Moved},
		{"two threads that two competitors leave a core", shared(held(0.4, 1.6, 1.6, 1.6)), "wall", shared(held(1, 1, 1, 1)), "wall", Moved, Moved},
		{"one that has a core", shared(held(0.4, 1.6, 1.6, 1.6)), "wall", one, "wall", Raised, Lowered},
		{"one core, of which two competitors leave less", held(0.4, 1.6, 1.6, 1.6), "wall", held(1.4, 1, 0.67, 0.67), "wall", Moved, Moved},
	} {
		require.Equal(t, test.want, bias(test.of, test.quantity, test.against, test.other), test.why)
		if test.against != nil {
			require.Equal(t, test.round, bias(test.against, test.other, test.of, test.quantity), "%s, turned round", test.why)
		}
	}

	for bias, want := range map[Bias][3]bool{Unmoved: {true, true, true}, Raised: {false, true, false}, Lowered: {true, false, false}, Moved: {}} {
		for i, e := range []model.Estimate{{Lo: 2, Hi: 3}, {Lo: 0.1, Hi: 0.2}, {Lo: 0.99, Hi: 1.01}} {
			c := Comparison{Estimate: e, Bias: bias} // by nobody knows how much
			require.Equal(t, want[i], c.Settled(0.9, 1.1), "%d, %v", bias, e)
		}
	}
	c := Comparison{Estimate: model.Estimate{Lo: 2, Hi: 3}, Bias: Moved, slower: [2]float64{1.5, 1.5}}
	require.True(t, c.Settled(0.9, 1.1), "1.33 to 4.5")
	c.slower = [2]float64{2, 1}
	require.False(t, c.Settled(0.9, 1.1), "1 to 3")
}

// What only a few rounds could measure is no figure of the cell: they are the
// slow ones.
func TestRowOfWhatFewRoundsMeasured(t *testing.T) {
	for measured, want := range map[int]int{2: 0, 3: 3, 6: 6} {
		trials := rounds(6)
		for i := range trials {
			trials[i].Parallelism = 1
			if trials[i].Round > measured {
				trials[i].Parallelism = math.NaN()
			}
		}
		_, rows := of(t, manifest(sequential, goroutines), trials)
		require.Equal(t, want, rows[0].Parallelism.N, "%d of 6", measured)
	}
}
