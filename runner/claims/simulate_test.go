package claims

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/summary"
)

// Runs on simulated machines with two cores, which others use as well: what is
// found there is held against what is true of the quiet machine.

// others are who else uses the machine for a while.
type others struct {
	competitors int
	steal       float64 // share of each core that the hypervisor takes
	cores       float64 // that are really there
	seconds     float64
}

// A busy machine is a sequence of others.
type busy struct {
	name string
	next func(*rand.Rand) others
}

var machines = []busy{
	{"quiet", func(*rand.Rand) others { return others{cores: 2, seconds: 1} }},
	{"bursts", func(r *rand.Rand) others { return comesAndGoes(r, 1) }},
	{"competitor", func(*rand.Rand) others { return others{competitors: 1, cores: 2, seconds: 1} }},
	{"two_come_and_go", func(r *rand.Rand) others { return comesAndGoes(r, 2) }},
	{"steal", func(r *rand.Rand) others {
		return others{steal: 0.05 + 0.25*r.Float64(), cores: 2, seconds: 0.5 * r.ExpFloat64()}
	}},
	{"two_always", func(*rand.Rand) others { return others{competitors: 2, cores: 2, seconds: 1} }},
	{"fewer_cores", func(*rand.Rand) others { return others{cores: 1.4, seconds: 1} }},
}

// comesAndGoes is competitors for a third of the time, for 0.4 s on average.
func comesAndGoes(r *rand.Rand, competitors int) others {
	l := others{cores: 2, seconds: 0.4 * r.ExpFloat64()}
	if r.IntN(3) == 0 {
		l.competitors = competitors
	}
	return l
}

// share is what each runnable thread gets of a core, by a fair scheduler.
func (l others) share(threads int) float64 {
	return (1 - l.steal) * min(1, l.cores/float64(threads+l.competitors))
}

// A world is a machine at work.
type world struct {
	*rand.Rand
	busy
	now others
}

// spend lets work of so many threads go on until it has had so much processor
// time, or for so many seconds where that is 0. It returns how long that took,
// what others and the hypervisor had of the cores meanwhile, and how often a
// thread had to give up its core.
func (w *world) spend(threads int, cpu, limit float64) (wall, foreign, steal, preempted float64) {
	for cpu > 1e-9 || limit > 1e-9 {
		for w.now.seconds <= 0 {
			w.now = w.next(w.Rand)
		}
		step, got := w.now.seconds, 0.0
		if threads > 0 {
			got = float64(threads) * w.now.share(threads)
			if got > w.now.cores*(1-w.now.steal) {
				got = w.now.cores * (1 - w.now.steal)
			}
			if w.now.competitors > 0 { // nor is any scheduler fair at all times
				got *= math.Exp(-0.05 * math.Abs(w.NormFloat64()))
			}
			step = min(step, cpu/got)
			cpu -= got * step
		} else {
			step = min(step, limit)
			limit -= step
		}
		if float64(threads+w.now.competitors) > w.now.cores {
			preempted += got * step / 0.005
		}
		w.now.seconds -= step
		wall += step
		foreign += step * float64(w.now.competitors) * w.now.share(threads)
		steal += step * w.now.steal * min(w.now.cores, float64(threads+w.now.competitors))
	}
	return wall, foreign / wall, steal / wall, preempted
}

// A contest is two variants: how many threads each has, how long the first
// takes on a quiet machine, and how many times as long the second.
type contest struct {
	one, many      int
	seconds, ratio float64
}

var contests = []contest{
	{1, 1, 0.1, 1}, {2, 2, 0.1, 1}, {2, 2, 0.1, 0.5},
	{2, 4, 0.1, 1}, {4, 8, 0.1, 1}, {2, 8, 0.1, 1}, {8, 2, 0.1, 0.95},
	{1, 2, 0.1, 0.5}, {1, 2, 0.1, 0.55}, {1, 2, 0.1, 0.95}, {1, 2, 0.1, 1}, {1, 2, 0.1, 1.05}, {1, 8, 0.1, 0.5}, {1, 8, 0.1, 1},
	{1, 2, 0.02, 0.5}, {1, 2, 0.02, 1}, {1, 2, 0.5, 0.55},
}

// measured runs one of the two variants and returns its line of the journal,
// with the errors that the sampler's have.
func (w *world) measured(c contest, cell model.Cell, round int, drift, capacity float64) model.Trial {
	const tick, perCore = 0.01, 0.004 // seconds: of steal, and of each core's time
	w.spend(0, 0, 0.03)               // it starts
	threads, seconds := c.one, c.seconds
	if cell.Variant == "many" {
		threads, seconds = c.many, c.seconds*c.ratio
	}
	noise := drift * math.Exp(0.04*w.NormFloat64())
	if w.IntN(30) == 0 {
		noise *= 1 + 0.2*w.ExpFloat64()
	}
	cpu := seconds * noise * min(2, float64(threads))
	wall, foreign, steal, preempted := w.spend(threads, cpu, 0)
	step := 2 * perCore / wall
	foreign = max(0, foreign+step*(w.Float64()-0.5)+0.01*w.Float64())
	if foreign < step {
		foreign = 0
	}
	return model.Trial{
		Pair: "p", Side: "go", Variant: cell.Variant, Runtime: cell.Runtime, Params: cell.Params, Round: round,
		Status: model.OK, Answer: "10", WallNS: int64(wall * 1e9), CPUUserNS: int64(cpu * 1e9), Parallelism: cpu / wall,
		ForeignCPU: foreign, StealCPU: math.Floor(steal*wall/tick+w.Float64()) * tick / wall, Capacity: capacity,
		CtxInvoluntary: int64(preempted + 40*cpu*w.ExpFloat64()),
	}
}

// probe is the session's, with its errors.
func (w *world) probe() (best float64) {
	for range 3 {
		one, _, _, _ := w.spend(1, 0.01, 0)
		two, _, _, _ := w.spend(2, 0.02, 0)
		best = max(best, min(2, 2*one/two*math.Exp(0.01*w.NormFloat64())))
		if best >= summary.LeastCapacity*2 {
			break
		}
	}
	return best
}

// simulate is a run of the quick profile: six rounds, and then more until what
// the claims need is narrow, for 1.5 s at most.
func (w *world) simulate(p *catalog.Pair, c contest, seed uint64) (model.Manifest, []model.Trial, summary.Summary) {
	m := model.Manifest{Profile: catalog.Quick, Runtimes: []model.Runtime{golang}, Machine: model.Machine{Cores: 2}, Plan: []model.Cell{
		{Pair: "p", Side: "go", Variant: "one", Runtime: golang.ID, Params: map[string]any{"n": int64(10)}},
		{Pair: "p", Side: "go", Variant: "many", Runtime: golang.ID, Params: map[string]any{"n": int64(10), "workers": int64(2)}},
	}}
	var trials []model.Trial
	var s summary.Summary
	retry := plan.Retry{Tries: len(m.Plan)}
	extra := 0.0
	for round := 1; round <= 20 && extra < 1.5; round++ {
		drift, capacity := math.Exp(0.05*w.NormFloat64()), w.probe()
		for _, i := range plan.Order(len(m.Plan), seed, "p", round) {
			for again := true; again; {
				t := w.measured(c, m.Plan[i], round, drift, capacity)
				trials = append(trials, t)
				again = retry.Again(summary.Noisy(&t))
				if round > model.MinRounds {
					extra += float64(t.WallNS)/1e9 + 0.03
				}
			}
		}
		if round < model.MinRounds {
			continue
		}
		s = summary.Of(m, trials, []*catalog.Pair{p})
		met := true
		for _, need := range Needs(m, &s.Pairs[0], p, 0.1) {
			met = met && need.Met()
		}
		if met {
			break
		}
	}
	return m, trials, s
}

// claimed are the claims that a contest is judged by: of the two variants, and
// of one alone.
const claimed = `
[[claim]]
id = "P1"
says = "."
test = [{ measure = "wall", of = "go/many", against = "go/one", is = "below" }]
[[claim]]
id = "P2"
says = "."
test = [{ measure = "wall", of = "go/many", against = "go/one", is = "above", bound = 1.1 }]
[[claim]]
id = "P3"
says = "."
test = [{ measure = "wall", of = "go/many", against = "go/one", is = "equal", margin = 0.1 }]
[[claim]]
id = "P4"
says = "."
test = [{ measure = "parallelism", of = "go/many", is = "above", bound = 1.5, margin = 0.1 }]
[[claim]]
id = "P5"
says = "."
test = [{ measure = "parallelism", of = "go/one", is = "below", bound = 1.2, margin = 0.1 }]
[[claim]]
id = "P6"
says = "."
test = [{ measure = "wall", of = "go/many", is = "below", bound = %[1]g }]
[[claim]]
id = "P7"
says = "."
test = [{ measure = "wall", of = "go/one", is = "above", bound = %[2]g }]
`

// truth is what each claim's number is on a quiet machine.
func (c contest) truth() []float64 {
	cores := func(threads int) float64 { return min(2, float64(threads)) }
	return []float64{c.ratio, c.ratio, c.ratio, cores(c.many), cores(c.one), c.seconds * c.ratio, c.seconds}
}

// A tally is what came of the runs of one contest, as shares of them.
type tally struct {
	different float64 // found to differ, in a direction in which they do not
	wrong     float64 // of the claim that was judged wrongly most often
	decided   float64 // of all claims
}

// contend runs a contest on a machine many times.
func contend(t testing.TB, machine busy, c contest, runs int) (sum tally) {
	p := load(t, fmt.Sprintf(claimed, 1.2*c.seconds*c.ratio, 1.2*c.seconds))
	w := world{rand.New(rand.NewPCG(21, 22)), machine, others{}}
	truth, wrong := c.truth(), make([]float64, len(p.Claims))
	each := 1 / float64(runs)
	for run := range runs {
		m, _, s := w.simulate(p, c, uint64(run))
		rows := s.Pairs[0].Groups[0].Rows
		for i := range p.Claims {
			test := &p.Claims[i].Tests[0]
			j := judge{&m, &s.Pairs[0], p, &p.Claims[i]}
			if v := j.try(test, golang).verdict; v != model.Inconclusive {
				sum.decided += each / float64(len(p.Claims))
				if v != decide(model.Estimate{Lo: truth[i], Hi: truth[i], Interval: true}, test) {
					wrong[i] += each
				}
			}
		}
		many := &rows[1]
		bound, none := 1.0, 0.0
		difference := decide(many.SpeedUp, &catalog.Test{Is: catalog.Above, Bound: &bound, Margin: &none})
		if many.Doubt != "" {
			difference = model.Inconclusive
		}
		if difference == model.Reproduced && c.ratio >= 1 || difference == model.Contradicted && c.ratio <= 1 {
			sum.different += each
		}
	}
	sum.wrong = slices.Max(wrong)
	return sum
}

// on puts contests on a machine, side by side: the worst of each false finding,
// and the mean of what was decided.
func on(t testing.TB, machine busy, contests []contest, runs int) (worst tally) {
	found := make([]tally, len(contests))
	var all sync.WaitGroup
	for i, c := range contests {
		all.Go(func() { found[i] = contend(t, machine, c, runs) })
	}
	all.Wait()
	for _, f := range found {
		worst.different = max(worst.different, f.different)
		worst.wrong = max(worst.wrong, f.wrong)
		worst.decided += f.decided / float64(len(contests))
	}
	return worst
}

func TestBusyMachinesMakeNoVerdictFalse(t *testing.T) {
	const runs = 100
	most := 0.05 + 3*math.Sqrt(0.05*0.95/runs)
	for _, m := range machines {
		found := on(t, m, []contest{{2, 2, 0.1, 1}, {4, 8, 0.1, 1}, {1, 2, 0.1, 0.55}, {1, 2, 0.1, 1}}, runs)
		t.Logf("%-15s false difference %.1f %%, false verdict %.1f %%, decided %.1f %%",
			m.name, 100*found.different, 100*found.wrong, 100*found.decided)
		require.LessOrEqual(t, found.different, most, m.name)
		require.LessOrEqual(t, found.wrong, most, m.name)
		require.Positive(t, found.decided, m.name)
	}
}

// BenchmarkBusyMachines prints how often runs on busy machines find what is
// not so, of the machine and the contest in which it is most often, and on
// which machine they decide least.
func BenchmarkBusyMachines(b *testing.B) {
	for b.Loop() {
		worst := tally{decided: 1}
		for _, m := range machines {
			found := on(b, m, contests, 400)
			b.Logf("%s: false difference %.1f %%, false verdict %.1f %%, decided %.1f %%",
				m.name, 100*found.different, 100*found.wrong, 100*found.decided)
			worst.different = max(worst.different, found.different)
			worst.wrong = max(worst.wrong, found.wrong)
			worst.decided = min(worst.decided, found.decided)
		}
		b.ReportMetric(100*worst.different, "false_difference_%")
		b.ReportMetric(100*worst.wrong, "false_verdict_%")
		b.ReportMetric(100*worst.decided, "decided_%")
	}
}
