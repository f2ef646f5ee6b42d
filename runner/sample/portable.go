package sample

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/process"
)

// gopsCores is Cores on gopsutil.
type gopsCores struct{ cores int }

func openGopsCores() (Cores, error) {
	times, err := cpu.Times(true)
	if err != nil {
		return nil, fmt.Errorf("read the times of the cores: %w", err)
	}
	return gopsCores{len(times)}, nil
}

func (c gopsCores) Len() int { return c.cores }

func (c gopsCores) Read(busy []time.Duration) error {
	times, err := cpu.Times(true)
	if err != nil {
		return fmt.Errorf("read the times of the cores: %w", err)
	}
	for i := range min(len(busy), len(times)) {
		t := times[i]
		busy[i] = seconds(t.User + t.System + t.Nice + t.Irq + t.Softirq)
	}
	return nil
}

func (c gopsCores) Steal() (time.Duration, error) {
	times, err := cpu.Times(true)
	if err != nil {
		return 0, fmt.Errorf("read the times of the cores: %w", err)
	}
	sum := 0.0
	for _, t := range times {
		sum += t.Steal
	}
	return seconds(sum), nil
}

// Step is what most systems count these times in.
func (c gopsCores) Step() time.Duration { return 10 * time.Millisecond }
func (c gopsCores) Method() string      { return "gopsutil cpu.Times, steps of about 10 ms" }
func (c gopsCores) Close() error        { return nil }

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// gops is a source on gopsutil, for systems without Linux's /proc. It lists
// all processes for each reading and allocates while it does.
type gops struct {
	links  tree
	leader int
	self   *process.Process
	procs  map[int]*member
	pids   []int // that make up the tree
	gone   time.Duration
	went   int             // processes that are gone
	last   time.Duration   // the tree's CPU time at the last call of own
	seen   []time.Duration // busy at the last call of own
	cores  []time.Duration
}

type member struct {
	*process.Process
	used time.Duration
}

func newGops(cores int) (source, error) {
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("read the runner's own process: %w", err)
	}
	return &gops{
		self:  self,
		procs: make(map[int]*member),
		seen:  make([]time.Duration, cores),
		cores: make([]time.Duration, cores),
	}, nil
}

func (g *gops) follow(leader int) {
	g.leader = leader
	g.links.reset(leader)
	clear(g.procs)
	clear(g.seen)
	clear(g.cores)
	g.gone, g.went, g.last = 0, 0, 0
}

func (g *gops) tree() (size treeSize) {
	g.update()
	for _, p := range g.procs {
		memory, err := p.MemoryInfo()
		if err != nil || memory.RSS == 0 {
			continue
		}
		threads, err := p.NumThreads()
		if err != nil {
			continue
		}
		size.rss += int64(memory.RSS)
		size.threads += int(threads)
		size.processes++
	}
	return size
}

func (g *gops) update() {
	all, err := process.Pids()
	if err != nil {
		return
	}
	listed := make([]int, len(all))
	for i, pid := range all {
		listed[i] = int(pid)
	}
	g.links.forget(listed)
	g.pids = g.links.update(g.pids[:0], listed, g.leader, func(pid int) (node, bool) {
		p, err := process.NewProcess(int32(pid))
		if err != nil {
			return node{}, false
		}
		parent, err := p.Ppid()
		return node{pid: pid, parent: int(parent)}, err == nil
	})
	alive := make(map[int]bool, len(g.pids))
	for _, pid := range g.pids {
		alive[pid] = true
		if g.procs[pid] != nil {
			continue
		}
		if p, err := process.NewProcess(int32(pid)); err == nil {
			g.procs[pid] = &member{Process: p}
		}
	}
	for pid, p := range g.procs {
		if !alive[pid] {
			g.gone += p.used
			g.went++
			delete(g.procs, pid)
		}
	}
}

// own spreads what the tree has used over the cores, in the proportion in
// which they were busy: gopsutil does not know who was on which.
func (g *gops) own(own, busy []time.Duration) {
	used := g.gone
	for _, p := range g.procs {
		if t, err := p.Times(); err == nil {
			p.used = seconds(t.User + t.System)
		}
		used += p.used
	}
	sum := time.Duration(0)
	for i := range busy {
		sum += busy[i] - g.seen[i]
	}
	for i := range busy {
		if sum > 0 && used > g.last {
			g.cores[i] += time.Duration(float64(used-g.last) * float64(busy[i]-g.seen[i]) / float64(sum))
		}
	}
	if sum > 0 {
		g.last = max(g.last, used)
	}
	copy(g.seen, busy)
	copy(own, g.cores)
}

func (g *gops) accounts() accounts {
	g.update()
	a := accounts{own: make(map[int]time.Duration, len(g.procs)), reapers: g.went, uncertain: true}
	for pid, p := range g.procs {
		if t, err := p.Times(); err == nil {
			a.own[pid] = seconds(t.User + t.System)
			a.user += seconds(t.User)
			a.sys += seconds(t.System)
		}
	}
	return a
}

func (g *gops) switches() (voluntary, involuntary int64) {
	for _, p := range g.procs {
		if n, err := p.NumCtxSwitches(); err == nil {
			voluntary += n.Voluntary
			involuntary += n.Involuntary
		}
	}
	return voluntary, involuntary
}

func (g *gops) pss() (int64, bool)              { return 0, false }
func (g *gops) ended(int) (time.Duration, bool) { return 0, false }
func (g *gops) members(to []int) []int          { return to }

func (g *gops) fallen() (pid int, _ syscall.Signal) { return 0, 0 }
func (g *gops) step() time.Duration                 { return 10 * time.Millisecond }

func (g *gops) highWater() (int64, bool) {
	p := g.procs[g.leader]
	if p == nil {
		return 0, false
	}
	memory, err := p.MemoryInfo()
	if err != nil {
		return 0, false
	}
	return int64(memory.HWM), memory.HWM > 0
}

func (g *gops) runner() time.Duration {
	t, err := g.self.Times()
	if err != nil {
		return 0
	}
	return seconds(t.User + t.System)
}

func (g *gops) methods(m map[string]string) (own string) {
	m["cpu"] = "gopsutil Times, steps of about 10 ms"
	m["rss"] = "sum of gopsutil MemoryInfo, sampled; processes by parent ids"
	m["threads"] = "gopsutil NumThreads, sampled; processes by parent ids"
	m["ctx"] = "wait4 of the whole tree less gopsutil NumCtxSwitches when the work began"
	return "gopsutil Times of the tree, steps of about 10 ms, spread over the busy cores"
}

func (g *gops) close() {}
