// Package bench_test sets go/parallel beside other pools: every candidate and
// every kind of work is a benchmark, whose figure is the nanoseconds and bytes
// that a task takes. runner/bench/parallel has them run in turns, and says
// within what budget.
//
// Its one decision: it is a module of its own. Pools are downloaded by whoever
// compares them, and not by whoever uses go/parallel.
package bench_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/panjf2000/ants/v2"
	conciter "github.com/sourcegraph/conc/iter"
	"golang.org/x/sync/errgroup"

	"tandem/go/parallel"
)

type task func(i int) int

// A candidate does n tasks with so many workers, and collects their results.
type candidate struct {
	name string
	run  func(items []int, workers int, f task) []int
	slow bool // to hand out what is no work
}

var (
	do = candidate{"Do", func(items []int, workers int, f task) []int {
		values, err := parallel.Do(context.Background(), items, workers,
			func(_ context.Context, i int) (int, error) { return f(i), nil })
		if err != nil {
			panic(err)
		}
		return values
	}, false}
	post = candidate{"post", func(items []int, workers int, f task) []int {
		values := make([]int, 0, len(items))
		for _, r := range parallel.Pool(items, workers, 3000,
			func(_ context.Context, i int) (int, error) { return f(i), nil }) {
			values = append(values, r.Value)
		}
		return values
	}, false}
	// The loop makes the same calls: what is compared is the handing out.
	loop = candidate{"loop", func(items []int, _ int, f task) []int {
		values, err := parallel.Sequential(context.Background(), items,
			func(_ context.Context, i int) (int, error) { return f(i), nil })
		if err != nil {
			panic(err)
		}
		return values
	}, false}
	static = candidate{"static", func(items []int, workers int, f task) []int {
		values := make([]int, len(items))
		var wg sync.WaitGroup
		for w := range workers {
			wg.Go(func() {
				for i := w * len(items) / workers; i < (w+1)*len(items)/workers; i++ {
					values[i] = f(items[i])
				}
			})
		}
		wg.Wait()
		return values
	}, false}
	conc = candidate{"conc", func(items []int, workers int, f task) []int {
		mapper := conciter.Mapper[int, int]{MaxGoroutines: workers}
		return mapper.Map(items, func(i *int) int { return f(*i) })
	}, false}
	group = candidate{"errgroup", func(items []int, workers int, f task) []int {
		values := make([]int, len(items))
		var g errgroup.Group
		g.SetLimit(workers)
		for i, item := range items {
			g.Go(func() error {
				values[i] = f(item)
				return nil
			})
		}
		g.Wait()
		return values
	}, true}
	antsPool = candidate{"ants", func(items []int, workers int, f task) []int {
		values := make([]int, len(items))
		p, err := ants.NewPool(workers)
		if err != nil {
			panic(err)
		}
		defer p.Release()
		var wg sync.WaitGroup
		wg.Add(len(items))
		for i, item := range items {
			if err := p.Submit(func() {
				defer wg.Done()
				values[i] = f(item)
			}); err != nil {
				panic(err)
			}
		}
		wg.Wait()
		return values
	}, true}
	pondPool = candidate{"pond", func(items []int, workers int, f task) []int {
		values := make([]int, len(items))
		p := pond.NewPool(workers)
		for i, item := range items {
			p.Submit(func() { values[i] = f(item) })
		}
		p.StopAndWait()
		return values
	}, true}
)

var candidates = []candidate{do, post, loop, static, conc, group, antsPool, pondPool}

// works are the kinds of work, by name.
var works = map[string]func(n int) task{
	"empty": func(int) task { return func(i int) int { return i } },
	"400ns": func(int) task { return steps },
	"sleep": func(int) task { return sleep },
	// Nothing to do until the last hundredth, which sleeps.
	"tail": func(n int) task {
		return func(i int) int {
			if i >= n-n/100 {
				return sleep(i)
			}
			return i
		}
	},
}

func sleep(i int) int {
	time.Sleep(time.Millisecond)
	return i
}

var sink atomic.Int64

// steps is about 400 ns of work on the machine that the budgets were set on.
func steps(i int) int {
	x := uint64(i)
	for range 450 {
		x = x*6364136223846793005 + 1442695040888963407
	}
	if x == 0 {
		sink.Add(1) // or else the compiler leaves the work out
	}
	return i
}

// Benchmark/empty/2/Do is a million tasks without work for two workers.
func Benchmark(b *testing.B) {
	for _, c := range []struct {
		work    string
		n       int
		workers []int
	}{
		{"empty", 1_000_000, []int{2, 8, 100, 1000}},
		{"400ns", 100_000, []int{2}},
		{"sleep", 3000, []int{3000}},
		{"tail", 100_000, []int{1000}},
	} {
		for _, workers := range c.workers {
			for _, who := range candidates {
				n := c.n
				if c.work == "empty" && who.slow {
					n /= 10 // each task costs them the same, and much
				}
				b.Run(fmt.Sprintf("%s/%d/%s", c.work, workers, who.name), func(b *testing.B) {
					measure(b, who, works[c.work](n), n, workers)
				})
			}
		}
	}
}

// Everybody does every work, and the answer is right.
func TestEverybodyAnswers(t *testing.T) {
	for _, work := range works {
		for _, c := range candidates {
			run(t, c, numbers(200), work(200), 3)
		}
	}
}

func numbers(n int) []int {
	items := make([]int, n)
	for i := range items {
		items[i] = i
	}
	return items
}

// run has a candidate do everything once, and checks what it says.
func run(t testing.TB, c candidate, items []int, f task, workers int) {
	left := len(items) * (len(items) - 1) / 2
	values := c.run(items, workers, f)
	for _, v := range values {
		left -= v
	}
	if left != 0 || len(values) != len(items) {
		t.Fatalf("%s gave a wrong answer", c.name)
	}
}

func measure(b *testing.B, c candidate, f task, n, workers int) {
	items := numbers(n)
	run(b, c, items, f, workers) // memory is there then
	var before, after runtime.MemStats
	took, times := time.Duration(0), 0
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&before)
		b.StartTimer()
		begin := time.Now()
		run(b, c, items, f, workers)
		took, times = took+time.Since(begin), times+1
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(took)/float64(times*n), "ns/task")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/float64(n), "B/task")
}
