package sample

import (
	"fmt"
	"sync"
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
	nudge    *nudger
	now      func() time.Duration

	mu      sync.Mutex // guards all below, between the trial and the sampler
	phase   phase
	stop    chan struct{} // closed to end the sampler of this trial
	stopped chan struct{}

	begin, end reading
	base       baseline
	peak       treeSize // each field on its own
	hwm        int64    // of the leader when the work had finished; 0: unknown
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

// newPortable is New on gopsutil alone.
func newPortable(interval time.Duration) (*Watcher, error) {
	cores, err := openGopsCores()
	if err != nil {
		return nil, fmt.Errorf("watch the cores: %w", err)
	}
	src, err := newGops(cores.Len())
	if err != nil {
		return nil, fmt.Errorf("watch processes: %w", err)
	}
	return newWatcher(interval, nil, cores, src)
}

func newWatcher(interval time.Duration, group *cgroup.Group, cores Cores, src source) (*Watcher, error) {
	if interval <= 0 {
		src.close()
		_ = cores.Close()
		return nil, fmt.Errorf("sampling interval %v: want more than none", interval)
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
	}
	if group != nil {
		w.nudge = newNudger()
	}
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
	w.halt()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nudge.close()
	w.source.close()
	return w.cores.Close()
}

// Started begins a trial: the leader exists and waits.
func (w *Watcher) Started(pid int) {
	w.halt()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.source.follow(pid)
	w.begin, w.end, w.base = reading{}, reading{}, baseline{}
	w.peak, w.hwm = treeSize{}, 0
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
	w.source.tree(true) // finds the processes, so that their usage can be read
	w.base = w.source.baseline()
	w.observe()
	w.begin = w.read()
	w.series.add(&w.last)
	w.stop, w.stopped = make(chan struct{}), make(chan struct{})
	go w.sample(w.stop, w.stopped)
}

// Finished marks the end of what is measured. The tree may still be alive.
func (w *Watcher) Finished() {
	// Whatever runs on goes on counting, so the exact readings come first.
	w.nudge.wake()
	end := w.read()
	w.mu.Lock()
	if w.phase == working {
		w.finish(end)
	}
	w.mu.Unlock()
	w.halt()
}

// finish takes the last reading.
func (w *Watcher) finish(end reading) {
	w.phase, w.end = finished, end
	w.observe()
	w.series.end(&w.last)
	w.hwm, _ = w.source.highWater()
}

// sample observes until told to stop.
func (w *Watcher) sample(stop <-chan struct{}, stopped chan<- struct{}) {
	defer close(stopped)
	ticker := time.NewTicker(w.interval)
	defer ticker.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ticker.C:
			w.mu.Lock()
			if w.phase == working {
				w.glance()
			}
			w.mu.Unlock()
		}
	}
}

// halt ends the sampler, if there is one, and waits for it.
func (w *Watcher) halt() {
	w.mu.Lock()
	stop, stopped := w.stop, w.stopped
	w.stop = nil
	w.mu.Unlock()
	if stop != nil {
		close(stop)
		<-stopped
	}
}

// glance is one sample. Peaks need every one. The rest, which costs more, is
// due only where it can become a point of the series.
func (w *Watcher) glance() {
	if w.now()-w.last.at < w.series.least {
		w.series.raise(w.size(false))
		return
	}
	w.observe()
	w.series.add(&w.last)
}

// observe reads the tree and the cores into w.last.
func (w *Watcher) observe() {
	size := w.size(true)
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
func (w *Watcher) size(relist bool) treeSize {
	size := w.source.tree(relist)
	w.peak.rss = max(w.peak.rss, size.rss)
	w.peak.threads = max(w.peak.threads, size.threads)
	w.peak.processes = max(w.peak.processes, size.processes)
	return size
}

// read takes the readings that only the two ends need.
func (w *Watcher) read() (r reading) {
	if w.group != nil {
		var err error
		r.cpu, r.user, r.sys, err = w.group.CPU()
		r.group = err == nil
	}
	r.steal, _ = w.cores.Steal() // none where it is not known
	return r
}

// Result is what the tree used, given what was accounted to it in all and how
// long the work took by the child's clock (0: unknown). Call it when the whole
// tree is gone. Where the work did not finish, it ends now.
func (w *Watcher) Result(total Total, wall time.Duration) Usage {
	w.halt()
	w.mu.Lock()
	defer w.mu.Unlock()
	u := Usage{Methods: make(map[string]string)}
	ownMethod := w.source.methods(u.Methods)
	coresMethod := "own: " + ownMethod + "; other: " + w.cores.Method() + fmt.Sprintf(", intervals of %v or more", w.series.step)
	u.Methods["cores"] = coresMethod
	if w.phase == working {
		w.finish(w.read())
		w.hwm = 0 // whoever has its process id now
	}
	if w.phase != finished {
		w.phase = idle
		u.Methods["cpu"] = "none: the work never began"
		u.Samples = model.Samples{Method: coresMethod}
		return u
	}
	w.phase = idle

	u.User, u.Sys, u.Methods["cpu"] = w.cpu(total)
	u.Voluntary = max(0, total.Voluntary-w.base.voluntary)
	u.Involuntary = max(0, total.Involuntary-w.base.involuntary)
	u.PeakRSS, u.PeakThreads = w.peak.rss, w.peak.threads
	if w.peak.processes <= 1 && w.hwm > 0 {
		u.PeakRSS = w.hwm
		u.Methods["rss"] = "VmHWM of the only process, exact, since it began"
	}

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
func (w *Watcher) cpu(total Total) (user, sys time.Duration, method string) {
	all := total.User + total.Sys
	if w.begin.group && w.end.group {
		used := w.end.cpu - w.begin.cpu
		user, sys := split(used, w.end.user-w.begin.user, w.end.sys-w.begin.sys, total)
		if w.group.Version() == 1 {
			return user, sys, "cgroup v1 cpuacct, ns; user and system in proportion to scheduler ticks"
		}
		return user, sys, "cgroup v2 cpu.stat, us; user and system in proportion to scheduler ticks"
	}
	used := max(0, all-w.base.cpu)
	user, sys = split(used, total.User-w.base.user, total.Sys-w.base.sys, total)
	return user, sys, "wait4 of the whole tree, its exit included, less what it had used when the work began"
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
