package balancer

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"testing/quick"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var variants = map[string]func(Load, events.Note) (Report, error){
	"shared": Shared, "random": Random, "two-choices": TwoChoices,
	"heap": Heap, "heap-listening": HeapListening,
}

// Every request is answered once, by some worker, however many there are of
// each and however little room.
func TestSameAnswer(t *testing.T) {
	for name, f := range variants {
		t.Run(name, func(t *testing.T) {
			same := func(requests, requesters, workers, queue uint8, heavy bool) bool {
				l := Load{int(requests) + 1, int(requesters)%20 + 1, int(workers)%10 + 1, int(queue)%3 + 1, 0, heavy}
				var mu sync.Mutex
				started, finished := map[string]int{}, map[string]int{}
				report, err := f(l, func(worker int, kind, label string) {
					mu.Lock()
					defer mu.Unlock()
					if kind == "start" {
						started[label]++
					} else {
						finished[label]++
					}
				})
				require.NoError(t, err)
				served := 0
				for _, n := range report.Served {
					served += n
				}
				n := l.Requests
				return report.Sum == n*(n-1)/2 && served == n && len(report.Served) == l.Workers &&
					len(report.Latencies) == n && len(started) == n && len(finished) == n
			}
			require.NoError(t, quick.Check(same, &quick.Config{MaxCount: 40}))
		})
	}
}

// Where all requests take the same, whoever knows the loads gives each worker
// the same.
func TestHeapIsEven(t *testing.T) {
	for name, f := range map[string]func(Load, events.Note) (Report, error){"heap": Heap, "heap-listening": HeapListening} {
		synctest.Test(t, func(t *testing.T) {
			report, err := f(Load{100, 10, 10, 1, time.Second, false}, events.Silent)
			require.NoError(t, err)
			require.InDelta(t, 1, report.Busiest(), 0.2, name)
			require.Equal(t, time.Second, report.Percentile(50), name)
		})
	}
}

// Where nothing is done meanwhile, the better of two keeps the queues nearly
// as long as each other; chance alone does not.
func TestTwoChoicesAreEven(t *testing.T) {
	const requests, workers = 1000, 10
	b := NewTwoChoices(workers, requests)
	gate, replies := make(chan bool), make(chan int, requests)
	for range requests {
		b.Serve(Request{func(int) int { <-gate; return 0 }, replies})
	}
	close(gate)
	require.Less(t, Report{Served: b.Close()}.Busiest(), 1.1)
}

// One queue keeps everybody busy; who draws lots does not.
func TestNobodyIdlesAtASharedQueue(t *testing.T) {
	load := Load{100, 20, 5, 1, time.Second, true}
	work := 0
	for i := range load.Requests {
		work += load.Units(i)
	}
	for name, f := range variants {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := f(load, events.Silent)
			require.NoError(t, err)
			took := int(time.Since(start) / time.Second)
			require.GreaterOrEqual(t, took, work/load.Workers, name)
			if name == "shared" { // the last ones may be long
				require.LessOrEqual(t, took, work/load.Workers+10)
			}
		})
	}
}

// As it stands, without room, the balancer waits for a worker that waits to be
// heard: this test runs itself as another process, and sees that deadlock.
func TestHeapWithoutRoomDeadlocks(t *testing.T) {
	const deadlocks = "TANDEM_DEADLOCKS"
	load := Load{100, 4, 2, 1, time.Second, false}
	switch os.Getenv(deadlocks) {
	case "heap":
		synctest.Test(t, func(t *testing.T) {
			load.run(func(workers, _ int) Balancer { return NewHeap(workers, 0) }, events.Silent)
		})
		return
	case "listening":
		synctest.Test(t, func(t *testing.T) { HeapListening(load, events.Silent) })
		return
	}
	run := func(what string) (string, error) {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), deadlocks+"="+what)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run("heap")
	require.Error(t, err)
	require.Contains(t, out, "deadlock")
	require.Contains(t, out, "balancer.(*heaped).dispatch(")
	out, err = run("listening")
	require.NoError(t, err, out)

	// The other one says when that would have been: with two at work, the
	// third request finds nobody who listens.
	synctest.Test(t, func(t *testing.T) {
		report, err := HeapListening(load, events.Silent)
		require.NoError(t, err)
		require.Equal(t, 2, *report.DeadlockAfter)
	})
}

// Room is enough, and a queue less is not always.
func TestRoom(t *testing.T) {
	for _, test := range []struct{ requesters, workers, room int }{
		{1, 1, 2}, {100, 100, 2}, {100, 8, 13}, {7, 8, 1}, {1, 0, 2},
	} {
		require.Equal(t, test.room, Room(test.requesters, test.workers))
	}
	enough := func(requesters, workers uint8) bool {
		r, w := int(requesters)%30+1, int(workers)%5+1
		load := Load{200, r, w, 1, 0, false}
		report, err := load.run(func(workers, _ int) Balancer { return NewHeap(workers, Room(r, w)) }, events.Silent)
		return err == nil && len(report.Latencies) == 200
	}
	require.NoError(t, quick.Check(enough, &quick.Config{MaxCount: 50}))
}

func TestUnits(t *testing.T) {
	heavy, equal := Load{Heavy: true}, Load{}
	long, drawn := 0, ""
	for i := range 10_000 {
		if heavy.Units(i) == 10 {
			long++
			if i < 50 {
				drawn += fmt.Sprint(i, " ")
			}
		}
		require.Equal(t, 1, equal.Units(i))
	}
	require.InDelta(t, 1000, long, 6*30) // six standard deviations
	// python/tests/test_balancer.py has the same.
	require.Equal(t, "1 5 7 9 23 26 40 42 ", drawn)
}

func TestReport(t *testing.T) {
	r := Report{Latencies: []time.Duration{1, 2, 3, 4}, Served: []int{1, 1, 4}}
	for percent, want := range map[int]time.Duration{1: 1, 50: 2, 51: 3, 99: 4, 100: 4} {
		require.Equal(t, want, r.Percentile(percent))
	}
	require.Equal(t, 2.0, r.Busiest())
}

func ExampleNewTwoChoices() {
	b := NewTwoChoices(8, 1)
	reply := make(chan int)
	b.Serve(Request{func(int) int { return 6 * 7 }, reply})
	fmt.Println(<-reply)
	b.Close()
	// Output: 42
}

// What passing on a request costs that has nothing to do.
func Benchmark(b *testing.B) {
	const requesters, workers = 100, 100
	for _, balancer := range []struct {
		name string
		make func(workers, queue int) Balancer
	}{{"heap", NewHeap}, {"shared", NewShared}, {"random", NewRandom}, {"two-choices", NewTwoChoices}} {
		b.Run(balancer.name, func(b *testing.B) {
			at := balancer.make(workers, Room(requesters, workers))
			var all sync.WaitGroup
			for first := range requesters {
				all.Go(func() {
					reply := make(chan int, 1)
					for i := first; i < b.N; i += requesters {
						at.Serve(Request{func(int) int { return i }, reply})
						<-reply
					}
				})
			}
			all.Wait()
			b.StopTimer()
			at.Close()
		})
	}
}
