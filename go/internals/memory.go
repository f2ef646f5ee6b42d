package internals

import (
	"runtime"
)

// Memory is what each of very many parked workers takes: its stack, and
// all in all.
func Memory(parked int) Facts {
	var before, with runtime.MemStats
	// Twice, so that what an earlier fact left is gone, pools too.
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	release := make(chan struct{})
	all := started(parked, func() { <-release })
	runtime.ReadMemStats(&with)
	threads := ThreadCount()
	close(release)
	all.Wait()

	stacks := float64(with.StackInuse) - float64(before.StackInuse)
	heap := float64(with.HeapAlloc) - float64(before.HeapAlloc)
	facts := Facts{
		"parked_workers":          float64(parked),
		"stack_bytes_per_worker":  stacks / float64(parked),
		"memory_bytes_per_worker": (stacks + heap) / float64(parked),
	}
	if threads > 0 {
		facts["threads_while_parked"] = float64(threads)
	}
	return facts
}
