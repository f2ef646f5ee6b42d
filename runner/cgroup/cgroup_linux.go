package cgroup

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tandem/runner/procfile"
)

// killPatience bounds how long Kill and Remove wait for the kernel to finish
// what they asked for. A killed process dies within microseconds unless it is
// stuck in a driver.
const killPatience = time.Second

// A Group is a control group for the processes of one run. Its methods may be
// called from several goroutines at once, except Remove, which must be the last.
type Group struct {
	path    string
	version int

	dir              int    // the group's directory
	usage, user, sys int    // v1: cpuacct.*; v2: usage is cpu.stat
	percpu           *Meter // v1 only

	mu  sync.Mutex // guards buf, which readings share so that none allocates
	buf [4096]byte
}

// New makes a group called tandem-<pid>-<name> inside the runner's own group,
// after removing the groups that dead runs left there. The error says for each
// version of control groups why none can be made. A process makes only one
// group of a name at a time.
func New(name string) (*Group, error) {
	dir, err := groupName(os.Getpid(), name)
	if err != nil {
		return nil, err
	}
	parents, err := ownGroups("/proc/self/mountinfo", "/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("find the runner's own control group: %w", err)
	}
	var failures []error
	for _, p := range parents {
		g, err := newIn(p, dir)
		if err == nil {
			return g, nil
		}
		failures = append(failures, err)
	}
	if len(failures) == 0 {
		return nil, errors.New("make a control group: neither cpuacct (v1) nor cgroup2 is mounted; " +
			"in a container, mount /sys/fs/cgroup")
	}
	return nil, fmt.Errorf("make a control group: %w; run as root, or under "+
		"`systemd-run --user --scope -p Delegate=yes`", errors.Join(failures...))
}

// A parent is a group that the runner is in.
type parent struct {
	version int
	path    string
}

// ownGroups finds the runner's own groups, the more precise kind first.
func ownGroups(mountinfo, cgroup string) ([]parent, error) {
	mounts, err := os.ReadFile(mountinfo)
	if err != nil {
		return nil, err
	}
	groups, err := os.ReadFile(cgroup)
	if err != nil {
		return nil, err
	}
	var parents []parent
	if p, ok := locate(string(mounts), string(groups), "cpuacct"); ok {
		parents = append(parents, parent{1, p})
	}
	if p, ok := locate(string(mounts), string(groups), ""); ok {
		parents = append(parents, parent{2, p})
	}
	return parents, nil
}

// locate joins where the hierarchy of a version 1 controller, or of version 2
// where none is named, is mounted with where in it we are. A
// container may see only a part of the hierarchy: then the mount's root is a
// prefix of our path.
func locate(mounts, groups, controller string) (string, bool) {
	own, ok := "", false
	for line := range strings.Lines(groups) { // 4:cpu,cpuacct:/path
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		if controller == "" && f[0] == "0" && f[1] == "" || controller != "" && hasWord(f[1], controller) {
			own, ok = f[2], true
			break
		}
	}
	if !ok {
		return "", false
	}
	for line := range strings.Lines(mounts) { // 36 35 98:0 /root /mount rw - cgroup cgroup rw,cpuacct
		left, right, found := strings.Cut(line, " - ")
		l, r := strings.Fields(left), strings.Fields(right)
		if !found || len(l) < 5 || len(r) < 3 {
			continue
		}
		if controller == "" && r[0] != "cgroup2" || controller != "" && (r[0] != "cgroup" || !hasWord(r[2], controller)) {
			continue
		}
		root, mount := unescape(l[3]), unescape(l[4])
		rel, err := filepath.Rel(root, own)
		if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
			continue // mounted elsewhere in the hierarchy than where we are
		}
		return filepath.Join(mount, rel), true
	}
	return "", false
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// unescape undoes the octal escapes of mountinfo, for paths with blanks.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

func newIn(p parent, name string) (g *Group, err error) {
	removeStale(p)
	path := filepath.Join(p.path, name)
	if err := os.Mkdir(path, 0o755); err != nil {
		return nil, fmt.Errorf("v%d: %w", p.version, err)
	}
	g, err = open(path, p.version)
	if err != nil {
		_ = os.Remove(path)
		return nil, fmt.Errorf("v%d: %w", p.version, err)
	}
	// Making a directory is allowed where adding a process to it is not: v2
	// also wants rights on the group that the process comes from. Only a real
	// process shows it, and moving the runner itself would be a side effect.
	if p.version == 2 {
		if err := unix.Faccessat(unix.AT_FDCWD, filepath.Join(p.path, "cgroup.procs"), unix.W_OK, unix.AT_EACCESS); err != nil {
			_ = g.Remove()
			return nil, fmt.Errorf("v2: %s is not delegated to this user: %w", p.path, err)
		}
	}
	return g, nil
}

func open(path string, version int) (g *Group, err error) {
	g = &Group{path: path, version: version, dir: -1, usage: -1, user: -1, sys: -1}
	if g.dir, err = unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	files := map[string]*int{"cpu.stat": &g.usage}
	if version == 1 {
		files = map[string]*int{
			"cpuacct.usage": &g.usage, "cpuacct.usage_user": &g.user,
			"cpuacct.usage_sys": &g.sys,
		}
		if g.percpu, err = openMeter(path); err != nil {
			g.close()
			return nil, err
		}
	}
	for name, fd := range files {
		if *fd, err = unix.Openat(g.dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
			g.close()
			return nil, fmt.Errorf("open %s/%s: %w", path, name, err)
		}
	}
	return g, nil
}

func (g *Group) close() {
	if g.percpu != nil {
		_ = g.percpu.Close()
	}
	for _, fd := range []*int{&g.dir, &g.usage, &g.user, &g.sys} {
		if *fd >= 0 {
			_ = unix.Close(*fd) // opened to read: nothing to lose
			*fd = -1
		}
	}
}

// Path is the group's directory.
func (g *Group) Path() string { return g.path }

// Version is 1 (cpuacct, nanoseconds per core) or 2 (microseconds).
func (g *Group) Version() int { return g.version }

// Start calls start, which starts a process with the attributes that it is
// given, in such a way that the process is in the group from its birth: added
// later, what it had forked by then would not be.
func (g *Group) Start(attr *syscall.SysProcAttr, start func() error) (err error) {
	if g.version == 2 {
		attr.CgroupFD, attr.UseCgroupFD = g.dir, true // clone3 does it
		return start()
	}
	// A process is born where the thread is that starts it, and version 1 puts
	// single threads into groups.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := g.write("tasks", "0"); err != nil {
		return fmt.Errorf("enter %s: %w", g.path, err)
	}
	defer func() {
		if leave := g.write("../tasks", strconv.Itoa(unix.Gettid())); leave != nil {
			err = errors.Join(err, fmt.Errorf("leave %s: %w", g.path, leave))
		}
	}()
	return start()
}

// Add moves a process into the group. What it forks later is in the group too,
// what it forked before is not.
func (g *Group) Add(pid int) error {
	if pid <= 0 { // 0 would move the runner itself
		return fmt.Errorf("add process %d to %s: no such process", pid, g.path)
	}
	if err := g.write("cgroup.procs", strconv.Itoa(pid)); err != nil {
		return fmt.Errorf("add process %d to %s: %w", pid, g.path, err)
	}
	return nil
}

func (g *Group) write(file, text string) error {
	fd, err := unix.Openat(g.dir, file, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte(text))
	return errors.Join(err, unix.Close(fd))
}

// procsFile is a C string.
var procsFile = []byte("cgroup.procs\x00")

// AppendProcs appends the processes in the group to dst. A zombie is not in it
// any more; a process that this runner's PID namespace cannot see reads as 0.
func (g *Group) AppendProcs(dst []int) ([]int, error) {
	// A list is made once per open file: one that stays open would go stale.
	fd, err := procfile.Open(g.dir, &procsFile[0])
	if err != nil {
		return dst, fmt.Errorf("list %s: %w", g.path, err)
	}
	defer procfile.Close(fd)
	g.mu.Lock()
	defer g.mu.Unlock()
	pid, inside := 0, false
	for {
		n, err := procfile.Next(fd, g.buf[:])
		if err != nil {
			return dst, fmt.Errorf("list %s: %w", g.path, err)
		}
		if n == 0 {
			break
		}
		for _, c := range g.buf[:n] {
			switch {
			case '0' <= c && c <= '9':
				pid, inside = pid*10+int(c-'0'), true
			case inside:
				dst, pid, inside = append(dst, pid), 0, false
			}
		}
	}
	if inside {
		dst = append(dst, pid)
	}
	return dst, nil
}

// Kill ends every process in the group and returns when none is left. It may
// be called again.
func (g *Group) Kill() error {
	if g.version == 2 {
		// One write kills all, even what forks meanwhile. Kernels before 5.14
		// have no such file; the loop below does it there.
		if err := g.write("cgroup.kill", "1"); err != nil && !errors.Is(err, unix.ENOENT) {
			return fmt.Errorf("kill %s: %w", g.path, err)
		}
	}
	var pids []int
	for deadline, pause := time.Now().Add(killPatience), 50*time.Microsecond; ; pause = min(2*pause, 5*time.Millisecond) {
		var err error
		pids, err = g.AppendProcs(pids[:0])
		if err != nil {
			return err
		}
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			if pid == 0 || pid == os.Getpid() {
				return fmt.Errorf("kill %s: it holds process %d, which is not a child of this run", g.path, pid)
			}
			if err := unix.Kill(pid, unix.SIGKILL); err != nil && err != unix.ESRCH {
				return fmt.Errorf("kill process %d of %s: %w", pid, g.path, err)
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("kill %s: processes %d are still there after %v", g.path, pids, killPatience)
		}
		time.Sleep(pause)
	}
}

// CPU is what all processes of the group have used since it was made, those
// that are gone included. The total is exact to the last context switch or
// scheduler tick of a running thread: a few milliseconds at most, nothing for
// threads that wait. Version 1 counts it in nanoseconds, version 2 in
// microseconds. The split into user and system time comes from ticks.
func (g *Group) CPU() (total, user, sys time.Duration, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.version == 2 {
		n, err := procfile.Read(g.usage, g.buf[:])
		if err != nil {
			return 0, 0, 0, fmt.Errorf("read %s/cpu.stat: %w", g.path, err)
		}
		return parseCPUStat(g.buf[:n])
	}
	var ns [3]time.Duration
	for i, fd := range [...]int{g.usage, g.user, g.sys} {
		n, err := procfile.Read(fd, g.buf[:])
		if err != nil {
			return 0, 0, 0, fmt.Errorf("read cpuacct usage of %s: %w", g.path, err)
		}
		v, _, err := parseUint(g.buf[:n])
		if err != nil {
			return 0, 0, 0, fmt.Errorf("read cpuacct usage of %s: %w", g.path, err)
		}
		ns[i] = time.Duration(v)
	}
	return ns[0], ns[1], ns[2], nil
}

// PerCPU appends to dst the nanoseconds that the group has used on each core,
// by core number. Only version 1 has it; others return ErrUnsupported.
func (g *Group) PerCPU(dst []uint64) ([]uint64, error) {
	if g.version != 1 {
		return dst, ErrUnsupported
	}
	return g.percpu.PerCPU(dst)
}

// Remove deletes the group, which must be empty: call Kill first.
func (g *Group) Remove() error {
	g.close()
	return remove(g.path)
}

// remove deletes an empty group. The kernel may call it busy for a moment
// after its last process has died.
func remove(path string) error {
	for deadline := time.Now().Add(killPatience); ; time.Sleep(time.Millisecond) {
		err := unix.Rmdir(path)
		if err == nil || err == unix.ENOENT {
			return nil
		}
		if err != unix.EBUSY && err != unix.EINTR || time.Now().After(deadline) {
			return fmt.Errorf("remove control group %s: %w", path, err)
		}
	}
}

// removeStale clears the groups of runs whose runner is dead, with what they
// left running. Nobody asked for it, so what cannot be removed is left alone.
func removeStale(p parent) {
	entries, err := os.ReadDir(p.path)
	if err != nil {
		return
	}
	for _, e := range entries {
		pid, ok := ownerOf(e.Name())
		if !ok || !e.IsDir() || unix.Kill(pid, 0) != unix.ESRCH {
			continue
		}
		g, err := open(filepath.Join(p.path, e.Name()), p.version)
		if err != nil {
			continue
		}
		// Another PID namespace may share this hierarchy; the processes of its
		// runs read as 0 here and are none of our business.
		pids, err := g.AppendProcs(nil)
		foreign := err != nil
		for _, pid := range pids {
			foreign = foreign || pid == 0
		}
		if foreign || len(pids) > 0 && g.Kill() != nil {
			g.close()
			continue
		}
		_ = g.Remove()
	}
}

// parseCPUStat reads version 2's cpu.stat: lines of a name and microseconds.
func parseCPUStat(text []byte) (total, user, sys time.Duration, err error) {
	seen := 0
	for rest := text; len(rest) > 0; {
		var line []byte
		line, rest, _ = bytes.Cut(rest, newline)
		var into *time.Duration
		switch {
		case bytes.HasPrefix(line, usageUsec):
			into, line = &total, line[len(usageUsec):]
		case bytes.HasPrefix(line, userUsec):
			into, line = &user, line[len(userUsec):]
		case bytes.HasPrefix(line, systemUsec):
			into, line = &sys, line[len(systemUsec):]
		default:
			continue
		}
		v, _, err := parseUint(line)
		if err != nil {
			return 0, 0, 0, fmt.Errorf("parse cpu.stat: %w", err)
		}
		*into = time.Duration(v) * time.Microsecond
		seen++
	}
	if seen != 3 {
		return 0, 0, 0, fmt.Errorf("parse cpu.stat %q: want usage_usec, user_usec and system_usec", text)
	}
	return total, user, sys, nil
}

var (
	newline    = []byte("\n")
	usageUsec  = []byte("usage_usec ")
	userUsec   = []byte("user_usec ")
	systemUsec = []byte("system_usec ")
)

// parseUint reads the decimal number that text begins with, and says how long
// it is. Only a blank, a line end or nothing may follow it.
func parseUint(text []byte) (v uint64, n int, err error) {
	for n < len(text) && '0' <= text[n] && text[n] <= '9' {
		d := uint64(text[n] - '0')
		if v > (1<<64-1-d)/10 {
			return 0, 0, fmt.Errorf("parse %q: number too large", text)
		}
		v = v*10 + d
		n++
	}
	if n == 0 || n < len(text) && text[n] != ' ' && text[n] != '\n' {
		return 0, 0, fmt.Errorf("parse %q: want a number", text)
	}
	return v, n, nil
}
