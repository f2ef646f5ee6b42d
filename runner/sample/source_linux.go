package sample

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tandem/runner/cgroup"
)

// maxThreads bounds how many threads' own times are followed, each with two
// open descriptors. Above it the split by core covers the first ones only.
const maxThreads = 2048

// newSource is the kernel's own files, read through descriptors that stay open.
func newSource(group *cgroup.Group, cores int) (source, error) {
	return newProcfs(group, cores)
}

// procfs reads a tree from /proc, and from a control group where there is one.
type procfs struct {
	group    *cgroup.Group // nil: descendants are found by their parents
	perCore  bool          // the group knows its usage on each core
	ns       []uint64
	ownCores []time.Duration // without perCore: the sum of what threads used

	root   int // descriptor of /proc, to list it
	newest int // descriptor of /proc/loadavg, whose last word is the newest process id; -1: none
	born   uint64
	links  tree
	leader int
	pids   []int // that make up the tree
	listed []int // all of the machine, or all threads of a process
	procs  map[int]*proc
	idle   []*proc // to use again, so that short-lived workers cost little
	round  uint64
	buf    []byte
	page   int64
	exact  bool // schedstat exists
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
	pid     int
	statm   int
	pidfd   int // -1: none; tells how it ended
	task    int // its directory of threads
	threads []thread
	counted int // threads when they were last listed
	round   uint64
	dead    bool // and looked at
}

// thread is a thread whose time is followed.
type thread struct {
	tid       int
	sched     int // descriptor of schedstat, or -1
	stat      int // descriptor of stat
	used      time.Duration
	lastRound uint64
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
	_, err = os.Stat("/proc/self/schedstat")
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
		exact:    err == nil,
		oomKills: oomKills(),
	}, nil
}

func (p *procfs) close() {
	p.follow(0)
	_ = unix.Close(p.root)
	_ = unix.Close(p.newest)
}

func (p *procfs) follow(leader int) {
	for _, pr := range p.procs {
		p.drop(pr)
	}
	p.leader = leader
	p.killed = killed{}
	p.born = 0
	p.links.reset(leader)
	clear(p.ownCores)
}

func (p *procfs) tree() (size treeSize) {
	p.update()
	for _, pr := range p.procs {
		n, err := pread(pr.statm, p.buf)
		if err != nil { // it is gone
			p.autopsy(pr)
			continue
		}
		pages, err := parseStatm(p.buf[:n])
		if err != nil || pages == 0 { // a zombie has no memory
			p.autopsy(pr)
			continue
		}
		size.rss += pages * p.page
		size.threads += pr.countThreads()
		size.processes++
	}
	return size
}

// countThreads uses that the kernel makes the link count of a process's task
// directory from its number of threads: much cheaper than its stat or status.
func (pr *proc) countThreads() int {
	var st unix.Stat_t
	if err := unix.Fstat(pr.task, &st); err != nil || st.Nlink < 3 {
		return 1
	}
	return int(st.Nlink) - 2
}

// update brings the list of processes up to date.
func (p *procfs) update() {
	p.round++
	p.pids = p.pids[:0]
	if p.group != nil {
		p.pids, _ = p.group.AppendProcs(p.pids)
	} else {
		born, err := p.lastBorn()
		if err == nil && born == p.born {
			return // nobody is new; who is gone is seen where it is read
		}
		p.born = born
		p.listed = appendNumbers(p.listed[:0], p.root, p.buf)
		p.pids = p.links.update(p.pids, p.listed, p.leader, p.look)
	}
	for _, pid := range p.pids {
		pr := p.procs[pid]
		if pr == nil {
			if pr = p.open(pid); pr == nil {
				continue
			}
			p.procs[pid] = pr
		}
		pr.round = p.round
	}
	if len(p.procs) == len(p.pids) {
		return
	}
	for _, pr := range p.procs {
		if pr.round != p.round {
			p.autopsy(pr) // a group does not list its dead
			p.drop(pr)
		}
	}
}

// autopsy looks what a process died of, before its parent waits for it. The
// leader's own end is not the tree's business.
func (p *procfs) autopsy(pr *proc) {
	if pr.dead || pr.pid == p.leader {
		return
	}
	pr.dead = true
	s, err := p.stat("/proc/" + strconv.Itoa(pr.pid) + "/stat")
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
		n, err := pr.readRollup(p.buf)
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

// rollupFile is a C string, so that opening it allocates nothing.
var rollupFile = []byte("../smaps_rollup\x00")

// readRollup opens the file each time: an open one stays with the memory of the
// program that the process was, which a child shares with its parent for a
// moment.
func (pr *proc) readRollup(buf []byte) (int, error) {
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(pr.task), uintptr(unsafe.Pointer(&rollupFile[0])),
		unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	defer unix.Close(int(fd))
	return pread(int(fd), buf)
}

// lastBorn is the id of the process or thread that was made last.
func (p *procfs) lastBorn() (uint64, error) {
	n, err := pread(p.newest, p.buf)
	if err != nil {
		return 0, err
	}
	text := bytes.TrimRight(p.buf[:n], "\n")
	pid, ok := number(text[bytes.LastIndexByte(text, ' ')+1:])
	if !ok {
		return 0, fmt.Errorf("parse /proc/loadavg %q: want a process id at its end", clip(text))
	}
	return pid, nil
}

// look reads who the parent of a process is.
func (p *procfs) look(pid int) (node, bool) {
	s, err := p.stat("/proc/" + strconv.Itoa(pid) + "/stat")
	return node{pid, s.parent, s.group, s.session}, err == nil
}

func (p *procfs) stat(path string) (stat, error) {
	n, err := p.readFile(path)
	if err != nil {
		return stat{}, err
	}
	return parseStat(p.buf[:n])
}

func (p *procfs) readFile(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	return pread(fd, p.buf)
}

func (p *procfs) open(pid int) *proc {
	dir := "/proc/" + strconv.Itoa(pid)
	statm, err := unix.Open(dir+"/statm", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	task, err := unix.Open(dir+"/task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		_ = unix.Close(statm)
		return nil
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		pidfd = -1
	}
	pr := &proc{}
	if n := len(p.idle); n > 0 {
		pr, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	*pr = proc{pid: pid, statm: statm, pidfd: pidfd, task: task, threads: pr.threads[:0]}
	return pr
}

func (p *procfs) drop(pr *proc) {
	delete(p.procs, pr.pid)
	_ = unix.Close(pr.statm)
	_ = unix.Close(pr.task)
	if pr.pidfd >= 0 {
		_ = unix.Close(pr.pidfd)
	}
	for i := range pr.threads {
		pr.threads[i].close()
	}
	pr.threads = pr.threads[:0]
	p.idle = append(p.idle, pr)
}

func (t *thread) close() {
	if t.sched >= 0 {
		_ = unix.Close(t.sched)
	}
	_ = unix.Close(t.stat)
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
		if followed < maxThreads {
			p.attribute(pr)
		}
		followed += len(pr.threads)
	}
	copy(own, p.ownCores)
}

// attribute gives what each thread of a process has used since the last
// reading to the core that it ran on last.
func (p *procfs) attribute(pr *proc) {
	if pr.countThreads() != pr.counted {
		p.list(pr)
	}
	for i := 0; i < len(pr.threads); i++ {
		t := &pr.threads[i]
		used, core, ok := p.threadTime(t)
		if !ok { // one thread went and another came: the count did not show it
			p.list(pr)
			break
		}
		if used > t.used && core < len(p.ownCores) {
			p.ownCores[core] += used - t.used
		}
		t.used = max(t.used, used)
	}
}

// threadTime reads what a thread has used. Its core is read only when that has
// changed, because stat costs several times what schedstat does.
func (p *procfs) threadTime(t *thread) (used time.Duration, core int, ok bool) {
	if t.sched >= 0 {
		n, err := pread(t.sched, p.buf)
		if err != nil {
			return 0, 0, false
		}
		used, err = parseSchedstat(p.buf[:n])
		if err != nil || used == t.used {
			return t.used, 0, err == nil
		}
	}
	n, err := pread(t.stat, p.buf)
	if err != nil {
		return 0, 0, false
	}
	s, err := parseStat(p.buf[:n])
	if t.sched < 0 {
		used = s.user + s.sys
	}
	return used, s.core, err == nil
}

// list brings the threads of a process up to date. What a new thread has used
// already is counted with its next reading.
func (p *procfs) list(pr *proc) {
	p.round++
	pr.counted = pr.countThreads()
	p.listed = appendNumbers(p.listed[:0], pr.task, p.buf)
	for _, tid := range p.listed {
		i := 0
		for i < len(pr.threads) && pr.threads[i].tid != tid {
			i++
		}
		if i == len(pr.threads) {
			if i >= maxThreads {
				break
			}
			t, ok := openThread(pr.pid, tid, p.exact)
			if !ok {
				continue
			}
			pr.threads = append(pr.threads, t)
		}
		pr.threads[i].lastRound = p.round
	}
	alive := pr.threads[:0]
	for _, t := range pr.threads {
		if t.lastRound == p.round {
			alive = append(alive, t)
		} else {
			t.close()
		}
	}
	pr.threads = alive
}

// task is the directory of a thread.
func task(pid, tid int) string {
	return "/proc/" + strconv.Itoa(pid) + "/task/" + strconv.Itoa(tid)
}

func openThread(pid, tid int, exact bool) (t thread, ok bool) {
	dir := task(pid, tid)
	t = thread{tid: tid, sched: -1}
	var err error
	if t.stat, err = unix.Open(dir+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return t, false
	}
	if exact {
		if t.sched, err = unix.Open(dir+"/schedstat", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			_ = unix.Close(t.stat)
			return t, false
		}
	}
	return t, true
}

func (p *procfs) accounts() accounts {
	a := accounts{own: make(map[int]time.Duration, len(p.procs))}
	// What may still be running comes first: it uses more while others are read.
	if used, ok := processTime(p.leader); ok {
		a.own[p.leader] = used
	}
	for range 2 { // those that were known, then those that are new
		for pid := range p.procs {
			if _, seen := a.own[pid]; !seen {
				if used, ok := processTime(pid); ok {
					a.own[pid] = used
				}
			}
		}
		p.update()
	}
	for pid := range a.own {
		s, err := p.stat("/proc/" + strconv.Itoa(pid) + "/stat")
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
	for _, pr := range p.procs {
		// The status of a process has its first thread's switches only.
		p.listed = appendNumbers(p.listed[:0], pr.task, p.buf)
		for _, tid := range p.listed {
			n, err := p.readFile(task(pr.pid, tid) + "/status")
			if err != nil {
				continue
			}
			v, _, _ := parseLine(p.buf[:n], "voluntary_ctxt_switches:")
			i, _, _ := parseLine(p.buf[:n], "nonvoluntary_ctxt_switches:")
			voluntary += int64(v)
			involuntary += int64(i)
		}
	}
	return voluntary, involuntary
}

func (p *procfs) ended(pid int) (time.Duration, bool) { return processTime(pid) }

// processTime is the CPU clock of a process: all of its threads, those that
// are gone included, in nanoseconds. A clock's number holds the process id. A
// zombie's still tells; one that has been waited for has none.
func processTime(pid int) (time.Duration, bool) {
	const scheduled = 2 // CPUCLOCK_SCHED, of all threads
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &ts); err != nil {
		return 0, false
	}
	return time.Duration(ts.Nano()), true
}

func (p *procfs) highWater() (int64, bool) {
	n, err := p.readFile("/proc/" + strconv.Itoa(p.leader) + "/status")
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
	m["ctx"] = "wait4 of the whole tree less /proc/<pid>/task/*/status when the work began"
	switch {
	case p.perCore:
		return "cgroup v1 cpuacct, ns, updated each scheduler tick"
	case p.exact:
		return "schedstat of each thread, ns, given to the core it ran on last"
	default:
		return "stat of each thread, ticks of 10 ms, given to the core it ran on last"
	}
}

// appendNumbers appends the entries of an open directory whose names are
// numbers.
func appendNumbers(dst []int, dir int, buf []byte) []int {
	if _, err := unix.Seek(dir, 0, unix.SEEK_SET); err != nil {
		return dst
	}
	for {
		n, err := unix.Getdents(dir, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return dst
		}
		dst = parseDirents(dst, buf[:n])
	}
}

// parseDirents reads what getdents64 returns: inode and offset of 8 bytes
// each, the record's length of 2, a type of 1, and the name with a zero.
func parseDirents(dst []int, text []byte) []int {
	const nameAt = 19
	for len(text) > nameAt {
		length := int(binary.NativeEndian.Uint16(text[16:]))
		if length <= nameAt || length > len(text) {
			return dst
		}
		pid, digits := 0, 0
		for _, c := range text[nameAt:length] {
			if c == 0 {
				break
			}
			if c < '0' || c > '9' || digits > 9 {
				digits = 0
				break
			}
			pid, digits = pid*10+int(c-'0'), digits+1
		}
		if digits > 0 {
			dst = append(dst, pid)
		}
		text = text[length:]
	}
	return dst
}
