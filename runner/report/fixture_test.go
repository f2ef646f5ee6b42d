package report

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/findings"
	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// A world makes up runs that look like real ones: seeded, and no program is
// timed. What it draws is no measurement and is shown nowhere.
type world struct {
	rng       *rand.Rand
	pairs     []*catalog.Pair
	runtimes  []model.Runtime
	rounds    int
	cores     int
	sweep     map[string][]any // parameter to values, for all pairs that have it
	only      string           // one pair
	side      string           // one side
	trials    []model.Trial
	plan      []model.Cell
	samples   map[string]model.Samples
	disturbed map[int]bool // rounds in which something else ran
	fail      func(t *model.Trial)
	log       string                           // of each warm-up
	trace     func(c model.Cell) []model.Event // what the traced trial saw; nil: it was not traced
}

var (
	goRuntime = model.Runtime{ID: "go1.26.8", Side: catalog.Go, Version: "1.26.8", Implementation: "gc"}
	withGIL   = model.Runtime{ID: "cpython-3.13.0", Side: catalog.Python, Version: "3.13.0", Implementation: "cpython", GIL: true}
	noGIL     = model.Runtime{ID: "cpython-3.13.0t", Side: catalog.Python, Version: "3.13.0", Implementation: "cpython"}
)

func newWorld(t testing.TB) *world {
	t.Helper()
	// Copies: what the report does with a pair must not change with the pair.
	pairs, err := catalog.Load(os.DirFS("testdata/catalog"))
	require.NoError(t, err)
	return &world{
		rng: rand.New(rand.NewPCG(7, 11)), pairs: pairs, runtimes: []model.Runtime{goRuntime, withGIL},
		rounds: 10, cores: 2, samples: map[string]model.Samples{}, disturbed: map[int]bool{}, fail: func(*model.Trial) {},
	}
}

// input runs the made-up world and gives what the report is made of.
func (w *world) input() Input {
	for _, p := range w.pairs {
		if w.only == "" || w.only == p.ID {
			w.cells(p)
		}
	}
	began := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	for i, c := range w.plan {
		if w.trace == nil {
			break
		}
		events := w.trace(c)
		name := fmt.Sprintf("samples/traced-%d", i)
		s := w.watch(rand.New(rand.NewPCG(3, 0)), 0.1, 1)
		s.Events = events
		w.samples[name] = s
		w.trials = append(w.trials, model.Trial{Schema: store.Schema, Pair: c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params,
			Traced: true, Status: model.OK, Answer: "42", WallNS: 100e6, Samples: name, StartedAt: began, Log: w.log})
	}
	for round := 1; round <= w.rounds; round++ {
		for _, i := range w.rng.Perm(len(w.plan)) {
			began = began.Add(time.Second)
			w.trials = append(w.trials, w.trial(w.plan[i], round, began))
		}
	}
	m := model.Manifest{
		Schema: store.Schema, ID: "2026-03-14T15-09-26", Tandem: "tandem 0.1.0", CreatedAt: time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC),
		EndedAt: began, Complete: true, Profile: "quick", Seed: 42, Rounds: w.rounds, Budget: "60s", Plan: w.plan, Runtimes: w.runtimes,
		Machine: model.Machine{OS: "linux", Kernel: "6.18.0", Arch: "amd64", CPU: "Example CPU at 2.50 GHz", Cores: w.cores,
			MemoryB: 8_254_000_000, Virtual: "kvm", Capacity: float64(w.cores) * 0.985},
		Warnings: []string{},
	}
	return Input{
		Command: "tandem run counting urlcheck --profile quick --seed 42",
		Results: findings.Results{
			Manifest: m, Summary: summary.Of(m, w.trials, w.pairs), Pairs: w.pairs,
			Samples: func(t *model.Trial) (model.Samples, error) {
				if s, ok := w.samples[t.Samples]; ok {
					return s, nil
				}
				return model.Samples{}, errors.New("no such file")
			},
			Published: map[string]store.Published{
				"paper-fig2": {Schema: 1, Document: "paper", Section: "2.1", Figure: "Fig. 2", Title: "Sequential and parallel execution, counting to 50 million", Unit: "s",
					Notes:  "four chunks; machine, Python version and number of runs are not stated",
					Values: []store.Value{{Key: "sequential", Label: "Sequential", Value: 2.214043617248535}, {Key: "threads", Label: "Threads", Value: 4.355177640914917}, {Key: "subprocesses", Label: "SubProsses", Value: 1.2264466285705566}}},
				"paper-fig4": {Schema: 1, Document: "paper", Section: "2.4", Figure: "Fig. 4", Title: "I/O bound: six URLs", Unit: "s",
					Notes:  "a pool of four; machine, Python version and number of runs are not stated",
					Values: []store.Value{{Key: "sequential", Value: 1.89483}, {Key: "threads", Value: 0.61954}, {Key: "subprocesses", Value: 3.087437513880204}}},
			},
		},
		Source: func(pair, side string) (string, string, error) {
			if side == catalog.Go {
				return "go/" + pair + "/" + pair + ".go", goCode, nil
			}
			return "python/tandem/" + pair + ".py", pythonCode, nil
		},
		ECharts: echarts(),
	}
}

// first says what the run found of its first pair.
func first(in Input) *findings.Pair { return findings.Of(in.Results).Measured[0] }

// figureOf is a figure of the run's first pair.
func figureOf(t testing.TB, in Input, name string) *figure.Figure {
	p := first(in)
	for _, f := range p.Figures() {
		if f.ID == p.ID+"-"+name {
			return f
		}
	}
	t.Fatalf("no figure %q", name)
	return nil
}

// tableOf is a table of the run's first pair, nil where it has none of that name.
func tableOf(in Input, caption string) *figure.Table {
	for _, t := range first(in).Tables() {
		if t.Caption == caption {
			return t
		}
	}
	return nil
}

// echarts is the library where the environment or the project has it.
func echarts() []byte {
	for _, path := range []string{os.Getenv("TANDEM_ECHARTS"), "../../node_modules/echarts/dist/echarts.min.js"} {
		if data, err := os.ReadFile(path); err == nil {
			return data
		}
	}
	return nil
}

func (w *world) cells(p *catalog.Pair) {
	points := []map[string]any{{}}
	for _, q := range p.Params {
		values := []any{q.Quick}
		if v, ok := w.sweep[q.Name]; ok {
			values = v
		}
		if d, ok := q.Quick.(string); ok && q.Type == "duration" {
			d, _ := time.ParseDuration(d)
			values = []any{int64(d)}
		}
		var next []map[string]any
		for _, v := range values {
			for _, old := range points {
				one := map[string]any{q.Name: v}
				for k, o := range old {
					one[k] = o
				}
				next = append(next, one)
			}
		}
		points = next
	}
	for _, params := range points {
		for _, r := range w.runtimes {
			if w.side != "" && w.side != r.Side {
				continue
			}
			for _, v := range p.Variants {
				if v.Side == r.Side {
					w.plan = append(w.plan, model.Cell{Pair: p.ID, Side: r.Side, Variant: v.Name, Runtime: r.ID, Params: params})
				}
			}
		}
	}
}

// effect is what a variant does in the made-up world: how many cores it uses,
// its time beside sequential's with that many workers, its fixed cost.
func (w *world) effect(c model.Cell) (parallel, ratio, fixed, rss float64, threads int) {
	workers := 2.0
	if n, ok := c.Params["workers"].(int64); ok {
		workers = float64(n)
	}
	reach := math.Min(workers, float64(w.cores))
	rss, threads = 24e6, 1
	if c.Side == catalog.Go {
		rss, threads = 6.2e6, 6
	}
	switch c.Variant {
	case "sequential":
		return 1, 1, 0, rss, threads
	case "processes", "imap", "imap-unordered", "executor-processes":
		return reach * 0.97, 1 / (reach * 0.96), 0.019, rss * (1 + workers*0.7), 1 + int(workers)
	case "threads", "executor-threads", "threads-keep-alive":
		if c.Runtime == noGIL.ID {
			return reach * 0.95, 1.25 / reach, 0.001, rss * 1.1, 1 + int(workers)
		}
		return 1.02, 1.01, 0.001, rss * 1.05, 1 + int(workers)
	}
	return reach * 0.985, 1 / (reach * 0.98), 0.00002, rss * 1.04, 8
}

func (w *world) trial(c model.Cell, round int, at time.Time) model.Trial {
	parallel, ratio, fixed, rss, threads := w.effect(c)
	noise := func(sd float64) float64 { return math.Exp(w.rng.NormFloat64() * sd) }
	base, cpu := 0.0003, 1.0
	if c.Side == catalog.Python {
		base = 0.052
		if c.Runtime == noGIL.ID {
			base = 0.066
		}
	}
	if c.Pair == "urlcheck" {
		base, cpu = 0.193, 0.03
		if c.Side == catalog.Python {
			base, cpu = 0.211, 0.09
		}
		if c.Variant != "sequential" {
			ratio = 0.33
			if c.Variant == "processes" || c.Variant == "imap-unordered" {
				cpu = 0.3
			}
		}
	}
	if n, ok := c.Params["n"].(int64); ok {
		base *= float64(n) / 1.5e6
	}
	foreign := math.Abs(w.rng.NormFloat64()) * 0.012
	slow := 1.0
	if w.disturbed[round] {
		foreign, slow = 0.6+0.2*w.rng.Float64(), 1.5
	}
	wall := (base*ratio + fixed) * noise(0.025) * slow
	start := 0.0012
	if c.Side == catalog.Python {
		start = 0.024
	}
	t := model.Trial{
		Schema: store.Schema, Pair: c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params, Round: round, Status: model.OK,
		WallNS: int64(wall * 1e9), StartupNS: int64(start * noise(0.05) * 1e9), Parallelism: parallel * cpu * noise(0.01),
		PeakRSSBytes: int64(rss * noise(0.01)), PeakThreads: threads, CtxVoluntary: int64(20 + w.rng.IntN(9)), Answer: "42",
		Metrics: map[string]float64{}, Methods: map[string]string{
			"cpu": "schedstat of every task, in nanoseconds", "rss": "sum over the tree, every 10 ms", "cores": "cpuacct, in nanoseconds"},
		StartedAt: at, ForeignCPU: foreign, RunnerCPU: 0.004 * noise(0.4), Capacity: float64(w.cores) * 0.985,
		Samples: fmt.Sprintf("samples/%s-%s-%s-%s-%v-%d", c.Pair, c.Side, c.Runtime, c.Variant, c.Params["workers"], round),
	}
	t.CPUUserNS = int64(t.Parallelism * wall * 1e9)
	if fixed > 0.01 {
		t.Metrics["pool_ready_ns"] = fixed * 1e9 * noise(0.03)
	}
	if c.Variant == "asyncio" {
		t.Status, t.Message = model.Skipped, "aiohttp is not installed for this interpreter: install it there, or leave the variant out"
		t.Metrics, t.Samples, t.WallNS = nil, "", 0
	}
	w.fail(&t)
	if t.Samples != "" {
		rng := rand.New(rand.NewPCG(3, uint64(round)))
		if round == w.rounds {
			rng = w.rng
		}
		w.samples[t.Samples] = w.watch(rng, wall, parallel*cpu)
	}
	return t
}

// watch makes up what the sampler would have seen.
func (w *world) watch(rng *rand.Rand, wall, parallel float64) model.Samples {
	step := 0.01
	s := model.Samples{Schema: store.Schema, Method: "cpuacct.usage_percpu, in nanoseconds, read every 10 ms"}
	n := int(wall / step)
	s.Own, s.Other = make([][]float64, w.cores), make([][]float64, w.cores)
	for i := range n {
		s.AtNS = append(s.AtNS, int64(float64(i+1)*step*1e9))
		left := parallel
		for core := range w.cores {
			share := math.Min(1, left) * (1 - 0.04*rng.Float64())
			if parallel < 1.1 && rng.IntN(12) == 0 && core == 0 && w.cores > 1 {
				share *= 0.4 // moved over to another core
			}
			left = math.Max(0, left-share)
			s.Own[core] = append(s.Own[core], share)
			s.Other[core] = append(s.Other[core], math.Min(1-share, math.Abs(rng.NormFloat64())*0.02))
		}
	}
	return s
}

const goCode = `// Package counting counts to n in several ways.
package counting

import "sync"

// Goroutines counts each chunk in a goroutine of its own.
func Goroutines(n, workers int) int {
	counts := make([]int, workers)
	var wg sync.WaitGroup
	for w, chunk := range Split(n, workers) {
		wg.Go(func() { counts[w] = Count(chunk.From, chunk.To) })
	}
	wg.Wait()
	return Sum(counts)
}

// WorkerPool hands chunks to workers over a channel.
func WorkerPool(n, workers int) int {
	jobs, results := make(chan Chunk), make(chan int)
	for range workers {
		go func() {
			for chunk := range jobs { // <script> & "quotes" stay text
				results <- Count(chunk.From, chunk.To)
			}
		}()
	}
	return collect(jobs, results, Split(n, workers))
}
`

const pythonCode = `"""Count to n in several ways."""

from multiprocessing import Pool
from multiprocessing.pool import ThreadPool


def threads(n, workers):
    """Count each chunk in a thread; one runs at a time."""
    with ThreadPool(workers) as pool:
        return sum(pool.map(count, split(n, workers)))


def processes(n, workers):
    """Count each chunk in a process of its own."""
    # The pool is made inside the measured work.
    with Pool(workers) as pool:
        return sum(pool.map(count, split(n, workers)))


def count(chunk):
    total = 0
    for _ in range(chunk.start, chunk.stop):
        total += 1
    return total
`
