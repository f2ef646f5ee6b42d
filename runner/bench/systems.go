package main

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"tandem/go/balancer"
	"tandem/go/dynpool"
	"tandem/go/replicas"
	"tandem/runner/runtimes"
	"tandem/runner/trial"
)

// perItem adds a candidate that does n of something: nanoseconds of each.
func (b *bench) perItem(name string, n int, f func(n int) error) {
	b.candidate(name, "ns", func(context.Context) (float64, error) {
		runtime.GC()
		begin := time.Now()
		err := f(n)
		return float64(time.Since(begin)) / float64(n), err
	})
}

// balancing is what passing on a request costs that has nothing to do.
var balancing = benchmark{
	name: "balancer", rounds: 12,
	doc: "100 requesters, 100 workers, requests without work: the talk's heap beside ways without somebody in the middle (ns a request)",
	setUp: func(_ context.Context, b *bench) error {
		const requesters, workers, requests = 100, 100, 100_000
		for _, c := range []struct {
			name string
			make func(workers, queue int) balancer.Balancer
		}{
			{"the talk's heap", balancer.NewHeap},
			{"heap under a mutex", newLockedHeap},
			{"one queue", balancer.NewShared},
			{"two choices", balancer.NewTwoChoices},
		} {
			b.perItem(c.name, requests, func(n int) error {
				at := c.make(workers, balancer.Room(requesters, workers))
				var all sync.WaitGroup
				for first := range requesters {
					all.Go(func() {
						reply := make(chan int, 1)
						for i := first; i < n; i += requesters {
							at.Serve(balancer.Request{Do: func(int) int { return i }, Reply: reply})
							<-reply
						}
					})
				}
				all.Wait()
				served := 0
				for _, of := range at.Close() {
					served += of
				}
				if served != n {
					return fmt.Errorf("%d of %d requests were served", served, n)
				}
				return nil
			})
		}
		b.budget(budget{who: "two choices", over: "the talk's heap", atMost: 1. / 3})
		return nil
	},
}

// A lockedHeap is the talk's heap with a lock instead of a goroutine that all
// must pass.
type lockedHeap struct {
	mu      sync.Mutex
	workers byPending
	all     []*lockedWorker
	busy    sync.WaitGroup
}

type lockedWorker struct {
	requests               chan balancer.Request
	pending, index, served int
}

func newLockedHeap(workers, queue int) balancer.Balancer {
	h := &lockedHeap{}
	for number := range workers {
		w := &lockedWorker{requests: make(chan balancer.Request, queue), index: number}
		h.workers, h.all = append(h.workers, w), append(h.all, w)
		h.busy.Go(func() {
			for r := range w.requests {
				r.Reply <- r.Do(number)
				w.served++
				h.mu.Lock()
				w.pending--
				heap.Fix(&h.workers, w.index)
				h.mu.Unlock()
			}
		})
	}
	return h
}

func (h *lockedHeap) Serve(r balancer.Request) {
	h.mu.Lock()
	w := h.workers[0]
	w.pending++
	heap.Fix(&h.workers, 0)
	h.mu.Unlock()
	w.requests <- r
}

func (h *lockedHeap) Close() (served []int) {
	for _, w := range h.all {
		close(w.requests)
	}
	h.busy.Wait()
	for _, w := range h.all {
		served = append(served, w.served)
	}
	return served
}

type byPending []*lockedWorker

func (p byPending) Len() int           { return len(p) }
func (p byPending) Less(i, j int) bool { return p[i].pending < p[j].pending }
func (p byPending) Swap(i, j int) {
	p[i], p[j] = p[j], p[i]
	p[i].index, p[j].index = i, j
}
func (p *byPending) Push(any) {}
func (p *byPending) Pop() any { return nil }

// limiting is what a task without work costs of a job with a limit of its own.
var limiting = benchmark{
	name: "dynpool", rounds: 12,
	doc: "8 workers, a job that may have 4 of them: descriptors beside channels of channels and semaphores (ns a task)",
	setUp: func(_ context.Context, b *bench) error {
		const workers, limit, tasks = 8, 4, 100_000
		b.perItem("channel of channels", tasks, func(n int) error {
			q := dynpool.NewQueues(workers, limit)
			q.Do(n, limit, func(int) {})
			q.Close()
			return nil
		})
		b.perItem("descriptor", tasks, func(n int) error {
			p, err := dynpool.New(workers)
			if err != nil {
				return err
			}
			return p.Start(context.Background(), n, limit, func(context.Context, int) error { return nil }).Wait()
		})
		b.perItem("two semaphores", tasks, func(n int) error {
			pool, job := make(chan struct{}, workers), make(chan struct{}, limit)
			var all sync.WaitGroup
			for range n {
				job <- struct{}{}
				pool <- struct{}{}
				all.Go(func() {
					<-pool
					<-job
				})
			}
			all.Wait()
			return nil
		})
		b.budget(budget{who: "descriptor", over: "channel of channels", atMost: 1. / 8})
		return nil
	},
}

// replicating is what asking several costs where all answer at once. Nobody may
// leave a goroutine behind.
var replicating = benchmark{
	name: "replicas", rounds: 20,
	doc: "a query to 3 replicas that answer at once: cancelled and joined beside as on the slide (ns a query)",
	setUp: func(_ context.Context, b *bench) error {
		const queries = 20_000
		asks := make([]replicas.Ask[int], 3)
		for i := range asks {
			asks[i] = func(context.Context) (int, error) { return 6 * 7, nil }
		}
		for _, c := range []struct {
			name string
			ask  replicas.Query
		}{
			{"as on the slide", replicas.Buffered[int]},
			{"first", replicas.First[int]},
		} {
			b.perItem(c.name, queries, func(n int) error {
				before := runtime.NumGoroutine()
				for range n {
					if v, err := c.ask(context.Background(), asks); v != 6*7 || err != nil {
						return fmt.Errorf("the answer is %d, %v", v, err)
					}
				}
				// Whoever ends is still counted for a moment.
				for end := time.Now().Add(time.Second); runtime.NumGoroutine() > before; runtime.Gosched() {
					if time.Now().After(end) {
						return errors.New("goroutines are left behind")
					}
				}
				return nil
			})
		}
		b.budget(budget{who: "first", over: "as on the slide", atMost: 1})
		return nil
	},
}

// crowds is what workers cost that only wait, and what it takes to hand over
// between two and to have one more. Nothing of it has a budget.
var crowds = benchmark{
	name: "swarm", rounds: 6,
	doc: "a million goroutines that wait beside tasks and threads; handing over; starting and joining",
	setUp: func(ctx context.Context, b *bench) error {
		pairs, err := b.build(ctx, "./go/cmd/pairs")
		if err != nil {
			return err
		}
		python, err := runtimes.Default(ctx, b.root)
		if err != nil {
			return err
		}
		d, err := newHarness(b, false)
		if err != nil {
			return err
		}
		module := filepath.Join(b.root, "python", "tandem")
		for _, c := range []struct {
			name, variant, param string
			n                    int64
			argv                 []string
		}{
			{"1,000,000 goroutines", "parked", "workers", 1_000_000, []string{pairs}},
			{"100,000 asyncio tasks", "parked", "workers", 100_000, []string{python.Path, module}},
			{"1000 threads of Python", "threads", "threads", 1000, []string{python.Path, module}},
			{"1000 threads of Go", "threads", "threads", 1000, []string{pairs}},
		} {
			spec := trial.Spec{
				Argv: c.argv, Dir: b.root, Env: os.Environ(), Deadline: time.Minute,
				Request: trial.Request{Topic: "swarm", Variant: c.variant, Params: map[string]any{c.param: c.n}},
			}
			b.group([]row{{name: c.name, unit: "us each"}, {name: c.name + ", memory", unit: "KB each"}}, func(ctx context.Context) ([]float64, error) {
				out := d.children.Run(ctx, spec, nil)
				if err := finished(out); err != nil {
					return nil, err
				}
				return []float64{out.Metrics["start_ns_per_worker"] / 1e3, out.Metrics["memory_bytes_per_worker"] / 1e3}, nil
			})
		}

		b.perItem("unbuffered round trip", 200_000, func(n int) error {
			ping, pong := make(chan bool), make(chan bool)
			go func() {
				for range ping {
					pong <- true
				}
			}()
			for range n {
				ping <- true
				<-pong
			}
			close(ping)
			return nil
		})
		b.perItem("spawn and join", 200_000, func(n int) error {
			var one sync.WaitGroup
			for range n {
				one.Go(func() {})
				one.Wait()
			}
			return nil
		})
		return nil
	},
}
