// Package sample watches a process tree and the cores while a trial runs.
//
// Its one decision: what the kernel counts in nanoseconds is read where it
// exists, gopsutil is read elsewhere, and every number carries the name of the
// method it came from. CPU time and context switches are differences between
// two readings, never sums over samples, so a trial of a few milliseconds is
// measured as well as a long one; only peaks and the cores over time depend on
// the sampling interval.
package sample

import (
	"time"

	"tandem/runner/model"
)

// Usage is what a process tree used between Working and Finished.
type Usage struct {
	User, Sys              time.Duration // CPU of the whole tree
	PeakRSS                int64         // bytes, of the whole tree at one moment
	PeakThreads            int           // of the whole tree at one moment
	Voluntary, Involuntary int64         // context switches; from Working to the end of the tree
	Foreign                float64       // cores that neither the tree nor the runner used
	ForeignStep            float64       // cores; a smaller Foreign cannot be told from none in so short a time
	Steal                  float64       // cores taken by the hypervisor
	Runner                 float64       // cores that the runner used
	Methods                map[string]string
	Samples                model.Samples
}

// Total is what the kernel accounted to the whole tree, from spawn until its
// last process had been waited for.
type Total struct {
	User, Sys              time.Duration
	Voluntary, Involuntary int64 // context switches
}

// Cores reads how long each core of the machine has been busy since some
// moment in the past: only differences mean something.
type Cores interface {
	// Len is the number of cores, and stays the same.
	Len() int
	// Read sets busy, of length Len, without the time that a hypervisor took.
	Read(busy []time.Duration) error
	// Steal is the time that a hypervisor took from all cores together.
	Steal() (time.Duration, error)
	// Step is the smallest difference that Read can show.
	Step() time.Duration
	// Method names the source and its step.
	Method() string
	Close() error
}

// A source reads one process tree. Reads do not allocate while no process or
// thread comes or goes, and do not fail: a process that is gone has nothing.
type source interface {
	// follow starts over with the tree of a new leader.
	follow(leader int)
	// tree is the memory and size of the tree now. Processes that are new to
	// the tree are looked for only when relist is set.
	tree(relist bool) treeSize
	// baseline is what the tree's processes have used up to now.
	baseline() baseline
	// own sets the CPU time that the tree has used on each core since some
	// moment in the past; busy is what Cores read at the same moment.
	own(own, busy []time.Duration)
	// highWater is the leader's own peak memory in bytes, where it is kept.
	highWater() (int64, bool)
	// runner is the CPU time of this process.
	runner() time.Duration
	// methods adds where "rss", "threads", "ctx" and own come from.
	methods(m map[string]string) (own string)
	close()
}

// treeSize is a process tree at one moment.
type treeSize struct {
	rss       int64 // bytes
	threads   int
	processes int
}

// baseline is what a tree had used before the work began.
type baseline struct {
	cpu                    time.Duration // exact, where the kernel tells
	user, sys              time.Duration // in ticks
	voluntary, involuntary int64
}
