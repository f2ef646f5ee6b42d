package sample

import (
	"fmt"
	"sync"
	"syscall"
	"time"

	"tandem/runner/cgroup"
	"tandem/runner/model"
)

// A Watcher watches one trial after another. It is told where a trial stands
// by Started, Working and Finished, in this order, and asked with Result when
// the trial is over. A trial that fails may skip Working or Finished.
type Watcher struct {
	interval time.Duration
	group    *cgroup.Group // nil: none
	cores    Cores
	source   source
	flush    *flusher
	now      func() time.Duration
	timer    *timer        // of the sampler
	stopped  chan struct{} // closed by the sampler

	mu    sync.Mutex // guards all below, between the trial and the sampler
	phase phase
	fired int // samples of this trial

	begin, end reading
	group0     time.Duration // what the group had used when the leader was started
	after      time.Duration // what processes used between the end of the work and their own
	voluntary  int64         // context switches before the work
	involunt   int64
	peak       treeSize // each field on its own
	memory     memory
	hwm        int64 // of the leader when the work had finished; 0: unknown
	series     series
	last       point // to read into
}

type phase int

const (
	idle phase = iota
	started
	working
	finished
)

// reading is what is read only when the work begins and when it ends.
type reading struct {
	at             time.Duration
	cpu, user, sys time.Duration // of the group since it was made
	group          bool          // the three above are known
	steal          time.Duration
	accounts       accounts
}

// New opens what a run's trials are watched with. The tree is sampled each
// interval; the group, which may be nil, holds the processes of one trial at a
// time.
func New(interval time.Duration, group *cgroup.Group) (*Watcher, error) {
	cores, err := OpenCores()
	if err != nil {
		return nil, fmt.Errorf("watch the cores: %w", err)
	}
	src, err := newSource(group, cores.Len())
	if err != nil {
		_ = cores.Close() // the first error says what is wrong
		return nil, fmt.Errorf("watch processes: %w", err)
	}
	return newWatcher(interval, group, cores, src)
}

func newWatcher(interval time.Duration, group *cgroup.Group, cores Cores, src source) (_ *Watcher, err error) {
	defer func() {
		if err != nil {
			src.close()
			_ = cores.Close() // the first error says what is wrong
		}
	}()
	if interval <= 0 {
		return nil, fmt.Errorf("sampling interval %v: want more than none", interval)
	}
	ticks, err := newTimer()
	if err != nil {
		return nil, err
	}
	start := time.Now()
	w := &Watcher{
		interval: interval,
		group:    group,
		cores:    cores,
		source:   src,
		now:      func() time.Duration { return time.Since(start) },
		series:   newSeries(cores.Len(), stepOf(cores)),
		last:     newPoint(cores.Len()),
		timer:    ticks,
		stopped:  make(chan struct{}),
		flush:    newFlusher(),
	}
	go func() {
		defer close(w.stopped)
		w.timer.run(w.fire)
	}()
	return w, nil
}

// stepOf is the shortest interval that the cores' times can fill: the kernel
// brings nanoseconds up to date about each 4 ms, and a share made of fewer than
// ten ticks would look finer than it is.
func stepOf(cores Cores) time.Duration {
	if cores.Step() < time.Millisecond {
		return 50 * time.Millisecond
	}
	return 10 * cores.Step()
}

// schedulerTick is the usual longest time between two updates of what a running
// thread has used (HZ=250).
const schedulerTick = 4 * time.Millisecond

// Close frees what New opened. The group stays.
func (w *Watcher) Close() error {
	w.timer.close()
	<-w.stopped
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush.close()
	w.source.close()
	return w.cores.Close()
}

// Started begins a trial: the leader exists and waits.
func (w *Watcher) Started(pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.source.follow(pid)
	w.begin, w.end, w.after = reading{}, reading{}, 0
	w.peak, w.memory, w.hwm = treeSize{}, memory{}, 0
	if w.group != nil {
		w.group0, _, _, _ = w.group.CPU()
	}
	w.series.reset()
	w.phase = started
}

// Working marks the beginning of what is measured. The tree should be waiting.
func (w *Watcher) Working() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase != started {
		return
	}
	w.phase = working
	w.readPoint()
	w.voluntary, w.involunt = w.source.switches()
	w.begin = w.read()
	w.series.add(&w.last)
	w.fired = 0
	w.timer.every(min(w.interval, hasty))
}

// Finished marks the end of what is measured. The tree may still be alive.
func (w *Watcher) Finished() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase == working {
		// Whatever runs on goes on counting, so the exact readings come first.
		w.flush.wake()
		w.finish()
		w.hwm, _ = w.source.highWater()
	}
}

// finish takes the last reading.
func (w *Watcher) finish() {
	w.phase, w.end = finished, w.read()
	w.readPoint()
	w.memory.end(w.last.rss, w.source)
	w.series.end(&w.last)
}

// Ended says that a process of the tree is dead and will be waited for now.
func (w *Watcher) Ended(pid int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase != finished {
		return
	}
	// What was born since has nothing to do with the work either.
	if used, ok := w.source.ended(pid); ok {
		w.after += max(0, used-w.end.accounts.own[pid])
	}
}

// Fallen is a process of the tree, but its leader, that a signal has ended
// while the work goes on, 0: none was. Pools end their workers with SIGTERM.
func (w *Watcher) Fallen() (pid int, by syscall.Signal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase != working {
		return 0, 0
	}
	return w.source.fallen()
}

// Members appends the tree's processes, as they were last seen, to a list.
func (w *Watcher) Members(to []int) []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.source.members(to)
}

// fire is a sample where there is something to see.
func (w *Watcher) fire() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase != working {
		w.timer.every(0)
		return
	}
	w.sample()
	if w.fired++; w.fired == hastily {
		w.timer.every(w.interval)
	}
}

// The first samples of a trial come at this pace: in a short one processes come
// and go fast.
const (
	hasty   = 4 * time.Millisecond
	hastily = 15
)

// sample is one sample. Peaks need every one. The rest, which costs more, is
// due only where it can become a point of the series.
func (w *Watcher) sample() {
	if w.now()-w.last.at < w.series.least {
		w.series.raise(w.size())
		return
	}
	w.readPoint()
	w.series.add(&w.last)
}

// readPoint reads the tree and the cores into w.last.
func (w *Watcher) readPoint() {
	size := w.size()
	p := &w.last
	p.at = w.now()
	// A reading that fails leaves the values of the last one: the difference
	// is then none, and what was busy shows in the next interval.
	_ = w.cores.Read(p.busy)
	w.source.own(p.own, p.busy)
	p.runner = w.source.runner()
	p.rss, p.threads = size.rss, size.threads
}

// size reads the size of the tree and raises the peaks.
func (w *Watcher) size() treeSize {
	size := w.source.tree()
	w.peak.rss = max(w.peak.rss, size.rss)
	w.peak.threads = max(w.peak.threads, size.threads)
	w.peak.processes = max(w.peak.processes, size.processes)
	if w.phase == working {
		w.memory.watch(size, w.source, w.now)
	}
	return size
}

// read takes the readings that only the two ends need.
func (w *Watcher) read() (r reading) {
	if w.group != nil {
		var err error
		r.cpu, r.user, r.sys, err = w.group.CPU()
		r.group = err == nil
	}
	r.accounts = w.source.accounts()
	r.steal, _ = w.cores.Steal() // none where it is not known
	return r
}

// Result is what the tree used, given what was accounted to it in all and how
// long the work took by the child's clock (0: unknown). Call it when the whole
// tree is gone. Where the work did not finish, it ends now.
func (w *Watcher) Result(total Total, wall time.Duration) Usage {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := Usage{Methods: make(map[string]string), Step: w.source.step()}
	ownMethod := w.source.methods(u.Methods)
	coresMethod := "own: " + ownMethod + "; other: " + w.cores.Method() + fmt.Sprintf(", intervals of %v or more", w.series.step)
	u.Methods["cores"] = coresMethod
	if w.phase == working {
		w.finish() // without the leader: whoever has its process id now
	}
	if w.phase != finished {
		w.phase = idle
		u.Methods["cpu"] = "none: the work never began"
		u.Samples = model.Samples{Method: coresMethod}
		return u
	}
	w.phase = idle

	u.User, u.Sys = w.cpu(total, u.Methods)
	u.Voluntary = max(0, total.Voluntary-w.voluntary)
	u.Involuntary = max(0, total.Involuntary-w.involunt)
	u.PeakThreads = w.peak.threads
	u.PeakRSS, u.PeakPSS = w.peaks(u.Methods)

	if window, own, busy, runner := w.series.sums(); window > 0 {
		elapsed := window.Seconds()
		own = max(own, u.User+u.Sys) // a thread that came and went between two samples
		u.Foreign = max(0, (busy-own-runner).Seconds()/elapsed)
		u.Runner = runner.Seconds() / elapsed
		u.Steal = max(0, (w.end.steal-w.begin.steal).Seconds()/elapsed)
		// The kernel brings a running core's time up to date with each tick.
		step := max(w.cores.Step(), schedulerTick)
		u.ForeignStep = step.Seconds() * float64(w.cores.Len()) / elapsed
	}
	u.Samples = w.series.samples(wall)
	u.Samples.Method = coresMethod
	return u
}

// cpu is the user and system time of the tree during the work.
func (w *Watcher) cpu(total Total, methods map[string]string) (user, sys time.Duration) {
	grouped := w.begin.group && w.end.group
	strayed := grouped && w.strayed(total)
	if grouped && !strayed {
		used := w.end.cpu - w.begin.cpu
		methods["cpu"] = "cgroup v2 cpu.stat, us; user and system in proportion to scheduler ticks"
		if w.group.Version() == 1 {
			methods["cpu"] = "cgroup v1 cpuacct, ns; user and system in proportion to scheduler ticks"
		}
		return split(used, w.end.user-w.begin.user, w.end.sys-w.begin.sys, total)
	}
	begin, end := &w.begin.accounts, &w.end.accounts
	used := end.sum() - begin.sum()
	unsure := end.uncertain || strayed // whose children they are
	if end.reapers > 0 || unsure {
		// What had been waited for by the end of the work is known when all is
		// over: the whole tree's account, less what came after the work.
		least := used + end.reaped - begin.reaped
		used = total.User + total.Sys - begin.sum() - begin.reaped - w.after
		if !unsure { // then ticks bound it
			used = min(used, least+time.Duration(end.reapers)*2*tick)
		}
		used = max(used, least)
		methods["cpu"] += ", and wait4 for the processes that were gone by then"
	}
	methods["cpu"] += "; user and system in proportion to ticks"
	return split(max(0, used), end.user-begin.user, end.sys-begin.sys, total)
}

// strayed says that processes of the tree were outside the group: then the
// group has used less, since the leader was started, than was waited for.
func (w *Watcher) strayed(total Total) bool {
	all, _, _, err := w.group.CPU()
	waited := total.User + total.Sys
	return err != nil || waited-waited/20-2*tick > all-w.group0
}

// peaks are the most memory that the tree had at one moment.
func (w *Watcher) peaks(methods map[string]string) (rss, pss int64) {
	accounts := &w.end.accounts
	alone := w.peak.processes <= 1 && accounts.reapers == 0 && len(accounts.own) == 1
	switch {
	case alone && w.hwm > 0:
		methods["rss"] = "VmHWM of the only process, exact, since it began"
		if w.memory.pss > 0 {
			methods["rss"] += "; pss: that less the part that it shared when it had finished"
			pss = w.hwm - max(0, w.memory.rss-w.memory.pss)
		}
		return w.hwm, pss
	case (w.memory.seen < enough || w.memory.peak > 0 && w.memory.readings < 2) && accounts.reapers > w.begin.accounts.reapers:
		methods["rss"] = "none: processes came and went too fast to be seen"
		return 0, 0
	case w.memory.samples < enough && len(accounts.own) == 0:
		methods["rss"] = "none: the child was gone too fast to be seen"
		return 0, 0
	}
	return w.peak.rss, w.memory.peak
}

// split parts an exact sum in proportion to two inexact differences. Where the
// work was too short for them to show anything, the whole trial's proportion
// serves.
func split(used, user, sys time.Duration, total Total) (time.Duration, time.Duration) {
	user, sys = max(0, user), max(0, sys)
	if user+sys == 0 {
		user, sys = total.User, total.Sys
	}
	if user+sys == 0 {
		return used, 0
	}
	u := time.Duration(float64(used) * (float64(user) / float64(user+sys)))
	return u, used - u
}
