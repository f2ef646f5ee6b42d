// Command history is the pair history: what goroutines were in Gos of other
// times. It is one file without generics, modules or anything that is not in
// the standard library, so that any Go since 1.4 builds it, and it speaks the
// protocol in runner/PROTOCOL.md by itself.
//
// It is read beside python/history/history.py: same names, same order.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"io/ioutil"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

type metrics map[string]float64

// deal deals n steps out into a share for each worker.
func deal(n, workers int) []int {
	shares := make([]int, workers)
	for i := range shares {
		shares[i] = n / workers
		if i < n%workers {
			shares[i]++
		}
	}
	return shares
}

// count takes every step, one at a time. Nothing in it calls a function, which
// is where goroutines could be stopped before Go 1.14.
//
//go:noinline
func count(steps int) int {
	total := 0
	for total < steps {
		total++
	}
	return total
}

// together has a goroutine for each worker do the work, and waits for all.
func together(work func(number int), workers int) {
	var all sync.WaitGroup
	all.Add(workers)
	for number := 0; number < workers; number++ {
		go func(number int) {
			work(number)
			all.Done()
		}(number)
	}
	all.Wait()
}

// sequential counts in one loop.
func sequential(n, workers int) (int, metrics) {
	return count(n), nil
}

// parallel counts in goroutines, each its share.
func parallel(n, workers int) (int, metrics) {
	shares := deal(n, workers)
	counts := make([]int, workers)
	together(func(number int) { counts[number] = count(shares[number]) }, workers)
	return sum(counts), nil
}

// shared has all workers count on one number, which nothing protects: what two
// of them add at once is added once.
func shared(n, workers int) (int, metrics) {
	total := 0
	shares := deal(n, workers)
	together(func(number int) {
		for done := 0; done < shares[number]; done++ {
			add(&total)
		}
	}, workers)
	return sum(shares), metrics{"lost_count": float64(n - total)}
}

// add is not inlined: or else the compiler might add all steps at once.
//
//go:noinline
func add(total *int) { *total++ }

// locked is the same with a lock around each addition.
func locked(n, workers int) (int, metrics) {
	total := 0
	shares := deal(n, workers)
	var lock sync.Mutex
	together(func(number int) {
		for done := 0; done < shares[number]; done++ {
			lock.Lock()
			add(&total)
			lock.Unlock()
		}
	}, workers)
	return sum(shares), metrics{"lost_count": float64(n - total)}
}

// times is how often a sleeper's neighbour counts.
const times = 8

// sleeper has one goroutine count, some times over, on one core, while another
// wants to wake up each millisecond: it waits until the first is made to stop.
func sleeper(n, workers int) (int, metrics) {
	runtime.GOMAXPROCS(1)
	var late []float64
	done := make(chan int, 1)
	asleep := make(chan bool)
	var all sync.WaitGroup
	all.Add(1)
	go func() {
		defer all.Done()
		close(asleep)
		for len(done) == 0 {
			before := time.Now()
			time.Sleep(time.Millisecond)
			late = append(late, float64(time.Since(before)-time.Millisecond))
		}
	}()
	<-asleep
	runtime.Gosched() // it sleeps now
	start := time.Now()
	total := 0
	for i := 0; i < times; i++ {
		total = count(n)
	}
	done <- total
	all.Wait()
	took := float64(time.Since(start))
	sort.Float64s(late)
	if len(late) == 0 {
		late = []float64{0}
	}
	latest := atLeast0(late[len(late)-1])
	return <-done, metrics{"late_ns": atLeast0(late[len(late)/2]), "latest_ns": latest, "latest_share": latest / took}
}

func atLeast0(v float64) float64 {
	if v < 0 {
		return 0
	}
	return v
}

func sum(counts []int) (total int) {
	for _, c := range counts {
		total += c
	}
	return total
}

var variants = map[string]func(n, workers int) (int, metrics){
	"sequential":          sequential,
	"parallel":            parallel,
	"shared":              shared,
	"locked":              locked,
	"sleeper":             sleeper,
	"sleeper-cooperative": sleeper, // with GODEBUG=asyncpreemptoff=1
}

type object map[string]interface{}

func main() {
	fd, err := strconv.Atoi(os.Getenv("TANDEM_FD"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "TANDEM_FD does not name a file descriptor: the runner starts this program (try tandem run)")
		os.Exit(1)
	}
	out := json.NewEncoder(os.NewFile(uintptr(fd), "runner"))
	send := func(message object) {
		if out.Encode(message) != nil {
			os.Exit(1) // the runner is gone
		}
	}
	fail := func(why string) {
		send(object{"failed": why})
		os.Exit(1)
	}
	in := bufio.NewReader(os.Stdin)
	var request struct {
		Topic, Variant string
		Params         struct{ N, Workers *int }
	}
	line, err := in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &request)
	}
	variant := variants[request.Variant]
	p := request.Params
	if one := 1; p.Workers == nil {
		p.Workers = &one
	}
	switch {
	case err != nil:
		fail("reading the request: " + err.Error())
	case request.Topic != "history" || variant == nil:
		fail(fmt.Sprintf("unknown topic or variant: have history, not %q %q", request.Topic, request.Variant))
	case p.N == nil || *p.Workers < 1:
		fail("params: want integers n and workers, at least 1")
	}
	send(object{"ready": object{
		"language": "go", "version": strings.TrimPrefix(runtime.Version(), "go"), "implementation": runtime.Compiler,
		"details": object{"gomaxprocs": runtime.GOMAXPROCS(0)},
	}})
	var signal struct{ Go bool }
	if line, err = in.ReadBytes('\n'); err != nil || json.Unmarshal(line, &signal) != nil || !signal.Go {
		os.Exit(1)
	}
	start := time.Now()
	answer, m := variant(*p.N, *p.Workers)
	elapsed := time.Since(start)
	if m == nil {
		m = metrics{}
	}
	send(object{"done": object{"elapsed_ns": elapsed.Nanoseconds(), "answer": strconv.Itoa(answer), "metrics": m}})
	// The runner takes its last readings while this process stands.
	_, _ = io.Copy(ioutil.Discard, in)
}
