package quiet

import (
	"runtime"
	"sync"
	"time"

	"tandem/runner/cgroup"
)

// Capacity is how many cores' worth of work this machine does when all the
// cores that this process may use spin for d, measured against one thread that
// spins alone just before and just after. Fewer than the cores means that
// others took their share, or that the cores share something, as hyperthreads
// do. It takes about 2 d and is never more than the number of cores or what a
// control group's quota allows, which is also what a d of 0 returns. Under a
// quota it takes longer: what a period allows may be used up at once.
func Capacity(d time.Duration) float64 {
	threads, quota := min(runtime.NumCPU(), runtime.GOMAXPROCS(0)), cgroup.OwnQuota()
	cores := float64(threads)
	if q := quota.Cores(); q > 0 {
		cores = min(cores, q)
	}
	if d <= 0 {
		return cores
	}
	before := rate(1, d/2)
	all := rate(threads, max(d, 2*quota.Period))
	after := rate(1, d/2)
	// The thread alone may have been disturbed too: its better half counts.
	return min(all/max(before, after), cores)
}

// rate is how much work per nanosecond a number of threads do together.
func rate(threads int, d time.Duration) (sum float64) {
	var (
		ready, done sync.WaitGroup
		begin       = make(chan struct{})
		rates       = make([]float64, threads)
	)
	for i := range threads {
		ready.Add(1)
		done.Go(func() {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			ready.Done()
			<-begin
			rates[i] = spin(d)
		})
	}
	ready.Wait()
	close(begin)
	done.Wait()
	for _, r := range rates {
		sum += r
	}
	return sum
}

// spin works for d and returns the work per nanosecond.
func spin(d time.Duration) float64 {
	begin, elapsed := time.Now(), time.Duration(0)
	work, x := 0, uint64(begin.UnixNano())|1
	for elapsed < d {
		for range 2000 { // some microseconds between two looks at the clock
			x ^= x << 13 // each step needs the one before, so none is left out
			x ^= x >> 7
			x ^= x << 17
		}
		work++
		elapsed = time.Since(begin)
	}
	if x == 0 { // never: keeps the loop from being optimised away
		work = 0
	}
	return float64(work) / float64(elapsed)
}
