// Bench measures go/parallel against other pools and against its budgets:
//
//	cd go/parallel/bench && go run .
//
// Its one decision: contestants take turns, in a new random order in each
// round, and what is compared is the ratio within a round. So whatever else
// the machine does hits all alike. It exits 1 where a budget is missed.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/alitto/pond/v2"
	"github.com/panjf2000/ants/v2"
	conciter "github.com/sourcegraph/conc/iter"
	"golang.org/x/sync/errgroup"

	"tandem/go/parallel"
)

type task func(i int) int

// A contestant does n tasks with so many workers, and collects their results.
type contestant struct {
	name string
	run  func(items []int, workers int, f task) []int
}

var (
	do = contestant{"parallel.Do", func(items []int, workers int, f task) []int {
		values, err := parallel.Do(context.Background(), items, workers,
			func(_ context.Context, i int) (int, error) { return f(i), nil })
		if err != nil {
			panic(err)
		}
		return values
	}}
	pool = contestant{"parallel.Pool (the post's design)", func(items []int, workers int, f task) []int {
		values := make([]int, 0, len(items))
		for _, r := range parallel.Pool(items, workers, 3000,
			func(_ context.Context, i int) (int, error) { return f(i), nil }) {
			values = append(values, r.Value)
		}
		return values
	}}
	inOrder = contestant{"parallel.InOrder", func(items []int, workers int, f task) []int {
		return collect(parallel.InOrder(context.Background(), slices.Values(items), workers,
			func(_ context.Context, i int) (int, error) { return f(i), nil }))
	}}
	// The loop makes the same calls: what is compared is the handing out.
	bare = contestant{"bare loop", func(items []int, _ int, f task) []int {
		values, err := parallel.Sequential(context.Background(), items,
			func(_ context.Context, i int) (int, error) { return f(i), nil })
		if err != nil {
			panic(err)
		}
		return values
	}}
	halves = contestant{"static halves", func(items []int, workers int, f task) []int {
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
	}}
	conc = contestant{"conc iter.Mapper", func(items []int, workers int, f task) []int {
		mapper := conciter.Mapper[int, int]{MaxGoroutines: workers}
		return mapper.Map(items, func(i *int) int { return f(*i) })
	}}
	group = contestant{"errgroup with a limit", func(items []int, workers int, f task) []int {
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
	}}
	antsPool = contestant{"ants", func(items []int, workers int, f task) []int {
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
	}}
	pondPool = contestant{"pond", func(items []int, workers int, f task) []int {
		values := make([]int, len(items))
		p := pond.NewPool(workers)
		for i, item := range items {
			p.Submit(func() { values[i] = f(item) })
		}
		p.StopAndWait()
		return values
	}}
)

func collect(results iter.Seq2[int, error]) (values []int) {
	for value, err := range results {
		if err != nil {
			panic(err)
		}
		values = append(values, value)
	}
	return values
}

// A match is one kind of work for several contestants. Budgets bound the time
// of parallel.Do over that of others.
type match struct {
	name    string
	n       int
	workers int
	f       task
	play    []contestant
	budgets map[string]float64 // by the other one's name
}

var sink atomic.Int64

func empty(i int) int { return i }

func sleep(i int) int {
	time.Sleep(time.Millisecond)
	return i
}

// steps is about 400 ns of work on the machine that the budgets were set on.
func steps(i int) int {
	x := uint64(i)
	for range 450 {
		x = x*6364136223846793005 + 1442695040888963407
	}
	if x == 0 {
		sink.Add(1)
	}
	return i
}

func matches() []match {
	all := []contestant{do, pool, conc, group, antsPool, pondPool}
	var ms []match
	for _, workers := range []int{2, 100, 1000} {
		ms = append(ms, match{fmt.Sprintf("300,000 empty tasks, %d workers", workers), 300_000, workers, empty,
			append([]contestant{bare, inOrder}, all...),
			map[string]float64{bare.name: 2, conc.name: 0.2}})
	}
	ms = append(ms, match{"100,000 tasks of about 400 ns, 2 workers", 100_000, 2, steps,
		append([]contestant{halves}, all...), map[string]float64{halves.name: 1.12}})
	for _, workers := range []int{100, 3000, 6000} {
		budgets := map[string]float64{}
		if workers == 3000 {
			budgets[pool.name] = 0.8
		}
		ms = append(ms, match{fmt.Sprintf("3000 sleeps of 1 ms, %d workers", workers), 3000, workers, sleep, all, budgets})
	}
	return append(ms, match{"99,000 empty tasks, then 1000 sleeps of 1 ms, 1000 workers", 100_000, 1000, func(i int) int {
		if i >= 99_000 {
			return sleep(i)
		}
		return i
	}, all, map[string]float64{conc.name: 1}})
}

func median(xs []float64) float64 {
	xs = slices.Sorted(slices.Values(xs))
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

// hold plays a match, prints it, and says whether all budgets were met.
func hold(out io.Writer, m match, rounds int) (met bool) {
	items := make([]int, m.n)
	want := 0
	for i := range items {
		items[i] = i
		want += i
	}
	times := map[string][]float64{}
	for round := range rounds + 1 { // the first one warms up
		for _, k := range rand.Perm(len(m.play)) {
			c := m.play[k]
			runtime.GC()
			began := time.Now()
			values := c.run(items, m.workers, m.f)
			took := time.Since(began)
			sum := 0
			for _, v := range values {
				sum += v
			}
			if sum != want {
				panic(c.name + " gave a wrong answer")
			}
			if round > 0 {
				times[c.name] = append(times[c.name], took.Seconds())
			}
		}
	}
	fmt.Fprintf(out, "\n%s\n", m.name)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\tns/task\tms\tparallel.Do takes\tbudget\t")
	met = true
	for _, c := range m.play {
		ratios := make([]float64, rounds)
		for i := range ratios {
			ratios[i] = times[do.name][i] / times[c.name][i]
		}
		seconds, ratio := median(times[c.name]), median(ratios)
		verdict := ""
		if budget, ok := m.budgets[c.name]; ok {
			verdict = fmt.Sprintf("%.2fx met", budget)
			if ratio > budget {
				verdict, met = fmt.Sprintf("%.2fx MISSED", budget), false
			}
		}
		fmt.Fprintf(w, "%s\t%.1f\t%.2f\t%.2fx\t%s\t\n", c.name, seconds*1e9/float64(m.n), seconds*1e3, ratio, verdict)
	}
	w.Flush()
	return met
}

// bytesATask says what parallel.Do allocates for each task.
func bytesATask() float64 {
	const n = 1_000_000
	items := make([]int, n)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do.run(items, 2, empty)
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc-before.TotalAlloc) / n
}

func main() {
	rounds := flag.Int("rounds", 11, "how often each contestant runs")
	flag.Parse()
	if *rounds < 1 {
		fmt.Fprintln(os.Stderr, "rounds must be at least 1")
		os.Exit(2)
	}
	met := true
	for _, m := range matches() {
		met = hold(os.Stdout, m, *rounds) && met
	}
	bytes := bytesATask()
	fmt.Printf("\nparallel.Do allocates %.1f B a task (budget 33)\n", bytes)
	if !met || bytes > 33 {
		fmt.Println("a budget was missed; on a machine with other work to do, run it again")
		os.Exit(1)
	}
}
