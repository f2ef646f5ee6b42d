package sample

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tandem/runner/cgroup"
	"tandem/runner/procfile"
)

// The threads of a process are in its directory too, /proc/<pid>/task, but each
// entry that is looked at there has to be taken apart when its thread ends, and
// who waits for the process has to wait for that: on a busy machine a whole time
// slice. So threads are found by their ids, like processes, and looked at in
// /proc itself.

// maxThreads bounds how many threads' own times are followed, each with two
// open descriptors. Above it the split by core covers the first ones only.
const maxThreads = 2048

// newSource is the kernel's own files, read through descriptors that stay open.
// Some kernels are built without the threads' times in nanoseconds.
func newSource(group *cgroup.Group, cores int) (source, error) {
	if _, err := os.Stat("/proc/self/schedstat"); err != nil && (group == nil || group.Version() != 1) {
		return newGops(cores)
	}
	return newProcfs(group, cores)
}

// procfs reads a tree from /proc, and from a control group where there is one.
type procfs struct {
	group    *cgroup.Group // nil: descendants are found by their parents
	perCore  bool          // the group knows its usage on each core
	ns       []uint64
	ownCores []time.Duration // without perCore: the sum of what threads used

	root   int    // descriptor of /proc
	newest int    // descriptor of /proc/loadavg, whose last word is the newest process id; -1: none
	born   [3]int // the newest: at the look before the last, at the last, now
	links  tree
	leader int
	pids   []int // of the tree
	listed []int // processes and threads of the machine, or of a process
	procs  map[int]*proc
	buf    []byte
	path   []byte
	page   int64
	killed killed

	oomKills uint64 // on the machine when this source was opened or last told of one
}

// killed is a process of the tree that a signal has ended.
type killed struct {
	pid int // 0: none
	by  syscall.Signal
}

// proc is a process of the tree and the descriptors that stay open for it.
type proc struct {
	pid        int
	used       time.Duration // when it was last looked at
	rss        int64         // then; 0: it was dead
	tasks      int           // threads then
	attributed time.Duration // of used, to cores
	statm      int
	pidfd      int // -1: none; tells how it ended
	task       int // its directory of threads
	threads    []thread
	missing    int  // readings that not all threads were known at
	dead       bool // and looked at
	own        bool // its memory is not its parent's any more
}

// thread is a thread whose time is followed.
type thread struct {
	tid   int
	sched int // descriptor of schedstat
	stat  int // descriptor of stat
	used  time.Duration
}

func newProcfs(group *cgroup.Group, cores int) (*procfs, error) {
	root, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /proc: %w", err)
	}
	newest, err := unix.Open("/proc/loadavg", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		newest = -1
	}
	return &procfs{
		group:    group,
		perCore:  group != nil && group.Version() == 1,
		ns:       make([]uint64, 0, 2*cores),
		ownCores: make([]time.Duration, cores),
		root:     root,
		newest:   newest,
		procs:    make(map[int]*proc),
		buf:      make([]byte, 32<<10),
		page:     int64(os.Getpagesize()),
		oomKills: oomKills(),
	}, nil
}

func (p *procfs) close() {
	p.follow(0)
	procfile.Close(p.root)
	procfile.Close(p.newest)
}

func (p *procfs) follow(leader int) {
	for _, pr := range p.procs {
		p.drop(pr)
	}
	p.leader = leader
	p.killed = killed{}
	p.born = [3]int{leader, leader, leader} // its descendants are idsAfter
	p.open(leader)
	p.links.reset(leader)
	clear(p.ownCores)
}

func (p *procfs) tree() (size treeSize) {
	p.update()
	copy(p.born[:], p.born[1:])
	for pid, pr := range p.procs {
		// Who has used no time has changed nothing, and is not dead.
		used, ok := procfile.Time(pid)
		if !ok || used != pr.used {
			pr.used = used
			if !p.measure(pr) {
				p.drop(pr)
				continue
			}
		}
		size.used += used
		if pr.rss == 0 {
			continue
		}
		size.rss += pr.rss
		size.threads += pr.tasks
		size.processes++
	}
	return size
}

// measure reads what a process has. It is false where the process is gone.
func (p *procfs) measure(pr *proc) bool {
	n, err := procfile.Read(pr.statm, p.buf)
	pages, _ := parseField(p.buf[:max(0, n)], 2) // none of a process that is gone
	// The kernel makes the links of a process's directory of threads from their
	// number: to read it there is much cheaper than in stat or status.
	links, _ := procfile.Links(pr.task)
	pr.rss, pr.tasks = int64(pages)*p.page, max(1, links-2)
	if pages == 0 { // nor has a zombie any memory
		p.autopsy(pr)
	}
	return err == nil
}

// listAfter is how many readings may miss a thread before all are listed: that
// one is missing may be because it was born between two looks.
const listAfter = 2

// few ids are cheaper to look at one by one than all processes to list.
const few = 512

// update finds who is new. Ids are given in rising order, and are known a moment
// before there is a process to look at: so what was born since the look before
// the last is looked at. Who is gone is seen where it is read.
func (p *procfs) update() {
	newest, err := p.lastBorn()
	if err == nil && newest == p.born[0] {
		return
	}
	p.born[2] = newest
	all := !p.idsAfter(p.born[0])
	if all && p.group == nil {
		p.listed = appendNumbers(p.listed, "/proc")
		p.links.forget(p.listed)
	}
	for again := true; again; again = p.openNew() { // for the threads of who is new
		p.pids = p.pids[:0]
		if !p.perCore {
			p.pids = p.links.update(p.pids, p.listed, p.leader, p.look)
		}
		if p.group != nil {
			p.pids, _ = p.group.AppendProcs(p.pids[:0])
		}
	}
	for _, pr := range p.procs {
		if all {
			pr.missing = listAfter
		}
	}
}

// openNew takes new processes into the tree.
func (p *procfs) openNew() (any bool) {
	for _, pid := range p.pids {
		if p.procs[pid] == nil {
			any = p.open(pid) || any
		}
	}
	return any
}

// idsAfter lists the ids that were given after one. It is false where they are
// many, or have begun anew meanwhile.
func (p *procfs) idsAfter(than int) bool {
	p.listed = p.listed[:0]
	newest := p.born[2]
	for id := than + 1; id <= newest && newest-than <= few; id++ {
		p.listed = append(p.listed, id)
	}
	return 0 <= newest-than && newest-than <= few
}

// autopsy looks what a process died of, before its parent waits for it. The
// leader's own end is not the tree's business.
func (p *procfs) autopsy(pr *proc) {
	if pr.dead || pr.pid == p.leader {
		return
	}
	pr.dead = true
	s, err := p.stat(pr.pid)
	ws, known := syscall.WaitStatus(s.status), err == nil
	if !known {
		ws, known = exitStatus(pr.pidfd)
	}
	if !known && oomKills() > p.oomKills {
		p.oomKills = oomKills()
		ws, known = syscall.WaitStatus(syscall.SIGKILL), true
	}
	if known && ws.Signaled() && ws.Signal() != syscall.SIGTERM && p.killed.pid == 0 {
		p.killed = killed{pr.pid, ws.Signal()}
	}
}

// exitStatus is what a process ended with that has been waited for already.
// Linux tells since 6.15.
func exitStatus(pidfd int) (syscall.WaitStatus, bool) {
	const getInfo, infoExit = 0xc040ff0b, 1 << 3 // PIDFD_GET_INFO with a struct of 64 bytes, PIDFD_INFO_EXIT
	info := struct {
		mask, group uint64
		ids         [11]uint32
		status      int32
	}{mask: infoExit}
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(pidfd), getInfo, uintptr(unsafe.Pointer(&info)))
	return syscall.WaitStatus(info.status), errno == 0 && info.mask&infoExit != 0
}

// oomKills is how many processes the kernel has killed for want of memory.
func oomKills() uint64 {
	text, err := os.ReadFile("/proc/vmstat")
	if err != nil {
		return 0
	}
	n, _, _ := parseLine(text, "oom_kill ")
	return n
}

func (p *procfs) members(to []int) []int {
	for pid := range p.procs {
		to = append(to, pid)
	}
	return to
}

func (p *procfs) fallen() (int, syscall.Signal) { return p.killed.pid, p.killed.by }

// pss adds up what the kernel calls the proportional set: a page that n
// processes have counts 1/n for each.
func (p *procfs) pss() (sum int64, ok bool) {
	for _, pr := range p.procs {
		if pr.own = pr.own || !p.borrows(pr); !pr.own {
			continue
		}
		n, err := p.readRollup(pr)
		switch {
		case err == nil:
			kib, _, err := parseLine(p.buf[:n], "Pss:")
			if err != nil {
				return 0, false
			}
			sum += int64(kib) << 10
		case !pr.dead && err != unix.ESRCH:
			return 0, false // an older kernel, or a process that may not be looked at
		}
	}
	return sum, true
}

// borrows says whether a process has the memory of another, as between vfork
// and exec, when all of it would count twice.
func (p *procfs) borrows(pr *proc) bool {
	const vm = 1 // KCMP_VM
	for _, o := range p.procs {
		if o == pr || !o.own && o.pid > pr.pid {
			continue
		}
		if r, _, e := unix.RawSyscall6(unix.SYS_KCMP, uintptr(pr.pid), uintptr(o.pid), vm, 0, 0, 0); e == 0 && r == 0 {
			return true
		}
	}
	return false
}

// readRollup opens the file each time: an open one stays with the memory of the
// program that the process was, which a child shares with its parent for a
// moment. To read it walks page tables, and may take milliseconds.
func (p *procfs) readRollup(pr *proc) (int, error) {
	fd, err := procfile.Open(p.root, p.file(pr.pid, "/smaps_rollup"))
	if err != nil {
		return 0, err
	}
	defer procfile.Close(fd)
	return unix.Pread(fd, p.buf, 0)
}

// lastBorn is the id of the process or thread that was made last.
func (p *procfs) lastBorn() (int, error) {
	n, err := procfile.Read(p.newest, p.buf)
	if err != nil {
		return 0, err
	}
	id, err := parseField(p.buf[:n], 5)
	return int(id), err
}

// look reads who the parent of a process is. Threads have ids as well: those of
// the tree are noted, and are no relatives.
func (p *procfs) look(id int) (node, bool) {
	s, err := p.stat(id)
	if err != nil || !s.thread {
		return node{id, s.parent, s.group, s.session}, err == nil
	}
	n, err := p.readFile(p.file(id, "/status"))
	if err != nil {
		return node{}, false
	}
	tgid, _, _ := parseLine(p.buf[:n], "Tgid:")
	pr := p.procs[int(tgid)]
	p.addThread(pr, id)
	return node{pid: id}, pr != nil || int(tgid) <= p.born[0] // else its process is new as well
}

// addThread follows a thread of a process from now on.
func (p *procfs) addThread(pr *proc, tid int) {
	if pr == nil || len(pr.threads) >= maxThreads || slices.ContainsFunc(pr.threads, func(t thread) bool { return t.tid == tid }) {
		return
	}
	stat, err := procfile.Open(p.root, p.file(tid, "/stat"))
	sched, gone := procfile.Open(p.root, p.file(tid, "/schedstat"))
	t := thread{tid: tid, sched: sched, stat: stat}
	if err != nil || gone != nil {
		t.close()
		return
	}
	pr.threads = append(pr.threads, t)
}

func (p *procfs) stat(pid int) (stat, error) {
	n, err := p.readFile(p.file(pid, "/stat"))
	if err != nil {
		return stat{}, err
	}
	return parseStat(p.buf[:n])
}

// file is the path of a process's file, or of a thread's, as a C string.
func (p *procfs) file(id int, name string) *byte {
	p.path = append(append(strconv.AppendInt(p.path[:0], int64(id), 10), name...), 0)
	return &p.path[0]
}

func (p *procfs) readFile(name *byte) (int, error) {
	fd, err := procfile.Open(p.root, name)
	if err != nil {
		return 0, err
	}
	defer procfile.Close(fd)
	return procfile.Read(fd, p.buf)
}

func (p *procfs) open(pid int) bool {
	statm, err := procfile.Open(p.root, p.file(pid, "/statm"))
	if err != nil {
		return false
	}
	task, err := procfile.Open(p.root, p.file(pid, "/task"))
	if err != nil {
		procfile.Close(statm)
		return false
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		pidfd = -1
	}
	pr := &proc{pid: pid, used: -1, statm: statm, pidfd: pidfd, task: task}
	p.procs[pid] = pr
	if !p.perCore {
		p.addThread(pr, pid)
	}
	return true
}

func (p *procfs) drop(pr *proc) {
	delete(p.procs, pr.pid)
	for _, fd := range [...]int{pr.statm, pr.task, pr.pidfd} {
		procfile.Close(fd)
	}
	for _, t := range pr.threads {
		t.close()
	}
}

func (t *thread) close() {
	procfile.Close(t.sched)
	procfile.Close(t.stat)
}

func (p *procfs) own(own, _ []time.Duration) {
	if p.perCore {
		p.ns, _ = p.group.PerCPU(p.ns[:0])
		for i := range own {
			if i < len(p.ns) {
				own[i] = time.Duration(p.ns[i])
			}
		}
		return
	}
	followed := 0
	for _, pr := range p.procs {
		if followed < maxThreads && pr.attributed != pr.used {
			p.attribute(pr)
			pr.attributed = pr.used
		}
		followed += len(pr.threads)
	}
	copy(own, p.ownCores)
}

// attribute gives what each thread of a process has used since the last
// reading to the core that it ran on last.
func (p *procfs) attribute(pr *proc) {
	if pr.missing >= listAfter {
		p.listed = appendNumbers(p.listed[:0], fmt.Sprintf("/proc/%d/task", pr.pid))
		for _, tid := range p.listed {
			p.addThread(pr, tid)
		}
	}
	alive := pr.threads[:0]
	for _, t := range pr.threads {
		used, core, ok := p.threadTime(&t)
		if !ok {
			t.close()
			continue
		}
		if used > t.used && core < len(p.ownCores) {
			p.ownCores[core] += used - t.used
		}
		t.used = max(t.used, used)
		alive = append(alive, t)
	}
	pr.threads = alive
	if pr.missing++; len(alive) >= min(pr.tasks, maxThreads) {
		pr.missing = 0
	}
}

// threadTime reads what a thread has used. Its core is read only when that has
// changed, because stat costs several times what schedstat does.
func (p *procfs) threadTime(t *thread) (used time.Duration, core int, ok bool) {
	n, err := procfile.Read(t.sched, p.buf)
	if err != nil {
		return 0, 0, false
	}
	ns, err := parseField(p.buf[:n], 1)
	if used = time.Duration(ns); err != nil || used == t.used {
		return used, 0, err == nil
	}
	if n, err = procfile.Read(t.stat, p.buf); err != nil {
		return 0, 0, false
	}
	s, err := parseStat(p.buf[:n])
	return used, s.core, err == nil
}

func (p *procfs) accounts() accounts {
	a := accounts{own: make(map[int]time.Duration, len(p.procs))}
	// What may still be running comes first: it uses more while others are read.
	if used, ok := procfile.Time(p.leader); ok {
		a.own[p.leader] = used
	}
	for range 2 { // those that were known, then those that are new
		for pid := range p.procs {
			if _, seen := a.own[pid]; !seen {
				if used, ok := procfile.Time(pid); ok {
					a.own[pid] = used
				}
			}
		}
		p.update()
	}
	for pid := range a.own {
		s, err := p.stat(pid)
		if err != nil {
			a.uncertain = true // it is gone, and with it what it had waited for
			continue
		}
		a.user += s.user
		a.sys += s.sys
		if s.reapedFaults > 0 {
			a.reaped += s.reaped
			a.reapers++
		}
	}
	a.uncertain = a.uncertain || len(a.own) == 0
	return a
}

func (p *procfs) switches() (voluntary, involuntary int64) {
	if !p.idsAfter(p.leader - 1) {
		for _, pr := range p.procs {
			p.listed = appendNumbers(p.listed, fmt.Sprintf("/proc/%d/task", pr.pid))
		}
	}
	for _, id := range p.listed {
		n, err := p.readFile(p.file(id, "/status")) // of this thread alone
		if err != nil {
			continue
		}
		if tgid, _, _ := parseLine(p.buf[:n], "Tgid:"); p.procs[int(tgid)] == nil {
			continue
		}
		v, _, _ := parseLine(p.buf[:n], "voluntary_ctxt_switches:")
		i, _, _ := parseLine(p.buf[:n], "nonvoluntary_ctxt_switches:")
		voluntary += int64(v)
		involuntary += int64(i)
	}
	return voluntary, involuntary
}

func (p *procfs) ended(pid int) (time.Duration, bool) { return procfile.Time(pid) }

func (p *procfs) highWater() (int64, bool) {
	n, err := p.readFile(p.file(p.leader, "/status"))
	if err != nil {
		return 0, false
	}
	kib, found, err := parseLine(p.buf[:n], "VmHWM:")
	return int64(kib) << 10, found && err == nil
}

func (p *procfs) runner() time.Duration {
	used, _ := RunnerCPU() // none where it cannot be read
	return used
}

// step is about what the two ends of the protocol take of a Python child.
func (p *procfs) step() time.Duration { return 100 * time.Microsecond }

func (p *procfs) methods(m map[string]string) (own string) {
	found := "its control group"
	if p.group == nil {
		found = "parent, group and session ids"
	}
	m["cpu"] = "process clocks, ns, when the work ends"
	m["rss"] = "/proc/<pid>/smaps_rollup (pss) and statm (rss), sampled; processes by " + found
	m["threads"] = "links of /proc/<pid>/task, sampled; processes by " + found
	m["ctx"] = "wait4 of the whole tree less /proc/<tid>/status when the work began"
	if p.perCore {
		return "cgroup v1 cpuacct, ns, updated each scheduler tick"
	}
	return "schedstat of each thread, ns, given to the core it ran on last"
}

// appendNumbers appends the entries of a folder whose names are numbers.
func appendNumbers(dst []int, dir string) []int {
	f, err := os.Open(dir)
	if err != nil {
		return dst
	}
	defer f.Close()
	names, _ := f.Readdirnames(-1) // what could be read is what there is
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			dst = append(dst, n)
		}
	}
	return dst
}
