// Package sample watches a process tree and the cores while a trial runs.
//
// Its one decision: what the kernel counts in nanoseconds is read where it
// exists, gopsutil is read elsewhere, and every number carries the name of the
// method it came from. CPU time and context switches are differences between
// two readings, never sums over samples, so a trial of a few milliseconds is
// measured as well as a long one; only peaks and the cores over time depend on
// the sampling interval. What a source is too coarse for is said to be not
// measured: a guess would be read as a figure.
package sample

import (
	"math"
	"syscall"
	"time"

	"tandem/runner/model"
)

// Usage is what a process tree used between Working and Finished.
type Usage struct {
	User, Sys              time.Duration // CPU of the whole tree
	Step                   time.Duration // of User and Sys; what surrounds the work can be as much
	PeakRSS                int64         // bytes, resident sets of the whole tree at one moment; 0: not measured
	PeakPSS                int64         // bytes, the same with shared pages counted once; 0: not measured
	PeakThreads            int           // of the whole tree at one moment
	Voluntary, Involuntary int64         // context switches; from Working to the end of the tree
	Foreign                float64       // cores that neither the tree nor the runner used
	ForeignStep            float64       // cores; a smaller Foreign cannot be told from none in so short a time
	Steal                  float64       // cores taken by the hypervisor
	Runner                 float64       // cores that the runner used
	Methods                map[string]string
	Samples                model.Samples
}

// tick is the step of the times in Linux's /proc/stat and /proc/<pid>/stat.
// USER_HZ is part of its interface and 100 on every architecture that Go runs
// on.
const tick = 10 * time.Millisecond

// Parallelism is the cores that the work kept busy, given how long it took by
// the child's clock. It is NaN where that was too short for the source, or
// where the readings cannot be: more than all cores can do.
func (u *Usage) Parallelism(wall time.Duration, cores int) float64 {
	const steps, slack = 20, 1.05
	used := float64(u.User+u.Sys) / float64(wall)
	if wall < steps*u.Step || wall <= 0 || u.Step <= 0 || used > slack*float64(cores) {
		return math.NaN()
	}
	return min(used, float64(cores))
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
	// tree is the memory and size of the tree now.
	tree() treeSize
	// pss is the tree's memory with shared pages counted once, false where
	// there is no source for it. It costs far more than tree.
	pss() (bytes int64, ok bool)
	// accounts are what the tree's processes have used up to now, the dead
	// that nobody has waited for yet included.
	accounts() accounts
	// ended is the CPU that one process has used, which is dead and has not
	// been waited for yet. It is false where that is not kept.
	ended(pid int) (time.Duration, bool)
	// switches are the context switches of the tree's processes up to now.
	switches() (voluntary, involuntary int64)
	// fallen is a process of the tree that a signal has ended, 0: none was.
	fallen() (pid int, by syscall.Signal)
	// members appends the tree's processes, as they were last seen.
	members(to []int) []int
	// own sets the CPU time that the tree has used on each core since some
	// moment in the past; busy is what Cores read at the same moment.
	own(own, busy []time.Duration)
	// highWater is the leader's own peak memory in bytes, where it is kept.
	highWater() (int64, bool)
	// runner is the CPU time of this process.
	runner() time.Duration
	// methods adds where "cpu", "rss", "threads", "ctx" and own come from.
	methods(m map[string]string) (own string)
	// step is that of accounts, and what a child uses around its work.
	step() time.Duration
	close()
}

// treeSize is a process tree at one moment.
type treeSize struct {
	rss       int64 // bytes
	threads   int
	processes int
	used      time.Duration // CPU of those; while it stays, so does all else
}

// accounts are what the processes of a tree have used at one moment.
type accounts struct {
	own       map[int]time.Duration // by process, without its children
	user, sys time.Duration         // of all, in ticks
	// What the processes have waited for: the kernel shows it in ticks only,
	// but whether there is any to the last process.
	reaped    time.Duration
	reapers   int  // processes that have waited for any
	uncertain bool // nobody knows whether there is any
}

func (a *accounts) sum() (all time.Duration) {
	for _, used := range a.own {
		all += used
	}
	return all
}
