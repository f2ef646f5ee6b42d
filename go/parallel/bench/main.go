// Bench runs go/parallel beside other pools: one line on standard input asks
// for one run, and one line on standard output answers it.
//
//	empty 1000000 2 conc
//	18.4 8.0
//
// That is the work, the number of tasks, of workers, and who shall do it; then
// nanoseconds and bytes a task. Who competes with whom, how often and within
// what budget is said in runner/bench, which this is a part of:
//
//	go run ./runner/bench parallel
//
// Its one decision: it is a module of its own. Pools are downloaded by whoever
// compares them, and not by whoever uses go/parallel.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
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
}

var (
	do = candidate{"Do", func(items []int, workers int, f task) []int {
		values, err := parallel.Do(context.Background(), items, workers,
			func(_ context.Context, i int) (int, error) { return f(i), nil })
		if err != nil {
			panic(err)
		}
		return values
	}}
	post = candidate{"post", func(items []int, workers int, f task) []int {
		values := make([]int, 0, len(items))
		for _, r := range parallel.Pool(items, workers, 3000,
			func(_ context.Context, i int) (int, error) { return f(i), nil }) {
			values = append(values, r.Value)
		}
		return values
	}}
	// The loop makes the same calls: what is compared is the handing out.
	loop = candidate{"loop", func(items []int, _ int, f task) []int {
		values, err := parallel.Sequential(context.Background(), items,
			func(_ context.Context, i int) (int, error) { return f(i), nil })
		if err != nil {
			panic(err)
		}
		return values
	}}
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
	}}
	conc = candidate{"conc", func(items []int, workers int, f task) []int {
		mapper := conciter.Mapper[int, int]{MaxGoroutines: workers}
		return mapper.Map(items, func(i *int) int { return f(*i) })
	}}
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
	}}
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
	}}
	pondPool = candidate{"pond", func(items []int, workers int, f task) []int {
		values := make([]int, len(items))
		p := pond.NewPool(workers)
		for i, item := range items {
			p.Submit(func() { values[i] = f(item) })
		}
		p.StopAndWait()
		return values
	}}
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

// A request is one line of standard input.
type request struct {
	work       string
	n, workers int
	who        string
}

// run does what a request asks for: nanoseconds and bytes a task.
func (r request) run() (ns, bytes float64, err error) {
	work := works[r.work]
	if work == nil || r.n < 1 || r.workers < 1 {
		return 0, 0, fmt.Errorf("%s of %d tasks for %d workers: no such work", r.work, r.n, r.workers)
	}
	for _, c := range candidates {
		if c.name == r.who {
			return r.measure(c, work(r.n))
		}
	}
	return 0, 0, fmt.Errorf("nobody is called %q", r.who)
}

func (r request) measure(c candidate, f task) (ns, bytes float64, err error) {
	items, want := make([]int, r.n), 0
	for i := range items {
		items[i] = i
		want += i
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	begin := time.Now()
	values := c.run(items, r.workers, f)
	took := time.Since(begin)
	runtime.ReadMemStats(&after)
	for _, v := range values {
		want -= v
	}
	if want != 0 || len(values) != r.n {
		return 0, 0, fmt.Errorf("%s gave a wrong answer", c.name)
	}
	n := float64(r.n)
	return float64(took) / n, float64(after.TotalAlloc-before.TotalAlloc) / n, nil
}

// serve answers requests until there are no more.
func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var r request
		if _, err := fmt.Sscan(lines.Text(), &r.work, &r.n, &r.workers, &r.who); err != nil {
			return fmt.Errorf("request %q: %w", lines.Text(), err)
		}
		ns, bytes, err := r.run()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, ns, bytes); err != nil {
			return err
		}
	}
	return lines.Err()
}

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
