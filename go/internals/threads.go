package internals

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
)

// ThreadCount is how many threads of the operating system this process
// has; 0 where the system does not say.
func ThreadCount() int {
	threads, _ := os.ReadDir("/proc/self/task")
	return len(threads)
}

// perWorker is how many threads came with each worker.
func perWorker(name string, before, with, workers int) Facts {
	if before == 0 || with == 0 {
		return nil
	}
	return Facts{name: float64(with-before) / float64(workers)}
}

// Cores is how many cores there are, and on how many of them workers
// run unless they are told otherwise.
func Cores() Facts {
	now := runtime.GOMAXPROCS(0)
	runtime.SetDefaultGOMAXPROCS() // whatever the environment says
	byDefault := runtime.GOMAXPROCS(now)
	return Facts{
		"usable_cores":       float64(runtime.NumCPU()),
		"default_gomaxprocs": float64(byDefault),
	}
}

// Waiting is how many threads a worker takes while it waits for another
// one: here, to receive from a channel.
func Waiting(workers int) Facts {
	before := ThreadCount()
	release := make(chan struct{})
	all := started(workers, func() { <-release })
	with := ThreadCount()
	close(release)
	all.Wait()
	return perWorker("threads_per_parked_worker",
		before, with, workers)
}

// Blocked is how many it takes while it waits in the operating system:
// here, to read from a pipe of which the runtime does not know.
func Blocked(workers int) Facts {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		return nil
	}
	before := ThreadCount()
	all := started(workers, func() {
		syscall.Read(pipe[0], make([]byte, 1))
	})
	with := ThreadCount()
	syscall.Close(pipe[1]) // all of them read the end of the file
	all.Wait()
	syscall.Close(pipe[0])
	return perWorker("threads_per_blocked_worker",
		before, with, workers)
}

// Preemption is whether a worker that never waits, and calls nothing,
// is interrupted for another one, where there is but one core.
func Preemption() Facts {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var othersRan atomic.Bool
	noticed := make(chan bool, 1)
	go func() {
		// Bounded, for where nobody interrupts it, at many times
		// the 10 ms after which somebody would.
		for range 1 << 28 {
			if othersRan.Load() {
				noticed <- true
				return
			}
		}
		noticed <- false
	}()
	runtime.Gosched() // gives the spinner the core
	othersRan.Store(true)
	return Facts{"preempted": truth(<-noticed)}
}

// started starts so many workers and returns when each is about to
// wait.
func started(workers int, wait func()) *sync.WaitGroup {
	var all, ready sync.WaitGroup
	ready.Add(workers)
	for range workers {
		all.Go(func() {
			ready.Done()
			wait()
		})
	}
	ready.Wait()
	return &all
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
