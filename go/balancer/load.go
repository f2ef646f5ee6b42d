package balancer

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// A Load is what runner/catalog/balancer.toml has: what balancers are measured with: requesters that send one request
// after the other, each when the last is answered.
type Load struct {
	Requests   int // in all
	Requesters int
	Workers    int
	Queue      int           // room in each queue
	Unit       time.Duration // how long a request takes
	Heavy      bool          // one request in ten takes ten times as long
}

// A Report is what came of a load.
type Report struct {
	Sum       int             // of all results: the same for every balancer
	Elapsed   time.Duration   // from the first request to the last result
	Latencies []time.Duration // from sending to result, the shortest first
	Served    []int           // requests of each worker
	// DeadlockAfter is how many requests NewHeap would have passed on without
	// room in its queues, 0 if all; nil where nobody has counted.
	DeadlockAfter *int
}

// Result is the report as the runner has it.
func (r Report) Result() trial.Result {
	metrics := trial.Metrics{
		"latency_p50_ns": float64(r.Percentile(50)),
		"latency_p99_ns": float64(r.Percentile(99)),
		"busiest_share":  r.Busiest(),
		"requests_per_s": float64(len(r.Latencies)) / r.Elapsed.Seconds(),
	}
	if after := r.DeadlockAfter; after != nil {
		metrics["would_deadlock"] = float64(min(*after, 1))
		metrics["would_deadlock_after_requests"] = float64(*after)
	}
	return trial.Result{Answer: strconv.Itoa(r.Sum), Metrics: metrics}
}

// Percentile is the latency that so many of a hundred requests did not exceed.
func (r Report) Percentile(percent int) time.Duration {
	return r.Latencies[(len(r.Latencies)*percent+99)/100-1]
}

// Busiest is how many times its fair share the busiest worker served; 1 is
// even.
func (r Report) Busiest() float64 {
	all := 0
	for _, served := range r.Served {
		all += served
	}
	return float64(slices.Max(r.Served)*len(r.Served)) / float64(all)
}

// run measures the load on a balancer.
func (l Load) run(balancer func(workers, queue int) Balancer, note events.Note) (Report, error) {
	b := balancer(l.Workers, l.Queue)
	results, took := make([]int, l.Requests), make([]time.Duration, l.Requests)
	var requesters sync.WaitGroup
	begin := time.Now()
	for first := range l.Requesters {
		requesters.Go(func() {
			reply := make(chan int)
			for i := first; i < l.Requests; i += l.Requesters {
				start := time.Now()
				b.Serve(Request{func(worker int) int {
					note(worker, "start", strconv.Itoa(i))
					time.Sleep(time.Duration(l.Units(i)) * l.Unit)
					note(worker, "finish", strconv.Itoa(i))
					return i
				}, reply})
				results[i] = <-reply
				took[i] = time.Since(start)
			}
		})
	}
	requesters.Wait()
	report := Report{Elapsed: time.Since(begin), Served: b.Close(), Latencies: took}
	slices.Sort(report.Latencies)
	for _, result := range results {
		report.Sum += result
	}
	return report, nil
}

// Units is how long a request takes: one unit, or, if the load is heavy, ten
// units for one in ten. It looks random and is the same in both languages.
func (l Load) Units(request int) int {
	// The finalizer of SplitMix64, which leaves no pattern.
	z := (uint64(request) + 1) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	z ^= z >> 31
	if l.Heavy && z%10 == 0 {
		return 10
	}
	return 1
}
