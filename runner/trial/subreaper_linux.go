package trial

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"syscall"
	"time"

	"tandem/runner/procfile"

	"golang.org/x/sys/unix"
)

// A subreaper is this process and what descends from it.
//
// The process is a "subreaper": whatever a trial's process leaves behind when
// it ends, by fork, daemon or setsid, becomes a child of this process. So a
// trial has ended when this process has no children that it did not have
// before; nothing else needs to be searched.
type subreaper struct {
	// The kernel's list of the main thread's children. Adopted ones are there,
	// since the kernel gives orphans to the first living thread, and the Go
	// runtime never ends the main thread. -1: this kernel has no such list.
	list   int
	before []byte // that list when the trial began
	was    []int  // the same where there is no list
	now    []byte // scratch
}

func newSubreaper() (*subreaper, error) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return nil, fmt.Errorf("become the parent of orphans: %w", err)
	}
	self := strconv.Itoa(os.Getpid())
	list, err := unix.Open("/proc/self/task/"+self+"/children", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		list = -1
	}
	return &subreaper{list: list, now: make([]byte, 4096)}, nil
}

func (f *subreaper) close() { closeFDs(&f.list) }

// remember notes the children that are not the coming trial's.
func (f *subreaper) remember() {
	if f.list < 0 {
		f.was = childrenOf(os.Getpid())
		return
	}
	f.before = append(f.before[:0], f.read()...)
}

// survivors lists the children that came since remember, zombies included.
func (f *subreaper) survivors(int) []int {
	was, now := f.was, []int(nil)
	if f.list < 0 {
		now = childrenOf(os.Getpid())
	} else {
		text := f.read()
		if bytes.Equal(text, f.before) {
			return nil
		}
		was, now = pids(f.before), pids(text)
	}
	return slices.DeleteFunc(now, func(pid int) bool { return slices.Contains(was, pid) })
}

// adopted lists the orphans of the child's that live.
func (f *subreaper) adopted(child int) []int {
	return slices.DeleteFunc(f.survivors(child), func(pid int) bool { return pid == child })
}

// read returns the list as it is now; valid until the next call.
func (f *subreaper) read() []byte {
	n := 0
	for {
		if n == len(f.now) {
			f.now = append(f.now, make([]byte, len(f.now))...)
		}
		got, err := retry(func() (int, error) { return syscall.Pread(f.list, f.now[n:], int64(n)) })
		if err != nil || got <= 0 {
			return f.now[:n]
		}
		n += got
	}
}

func pids(text []byte) []int {
	var out []int
	for _, word := range bytes.Fields(text) {
		if pid, err := strconv.Atoi(string(word)); err == nil {
			out = append(out, pid)
		}
	}
	return out
}

// kill kills processes, everything below them and everything in the group.
func (s *Supervisor) kill(roots []int) {
	own := syscall.Getpgrp()
	for _, pid := range roots {
		killGroup(pid, own)
	}
	for _, pid := range descendants(roots) {
		killGroup(pid, own)
	}
	if s.group != nil {
		_ = s.group.Kill() // the caller looks whether anything is left
	}
}

// killGroup kills a process and, unless it is in the spared process group, its
// own: the kernel does that at one stroke, so that a process that forks and
// ends, again and again, cannot get away. Gone is fine, all callers look again.
func killGroup(pid, spared int) {
	if group, err := syscall.Getpgid(pid); err == nil && group > 1 && group != spared {
		_ = syscall.Kill(-group, syscall.SIGKILL)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
}

// descendants lists processes and all below them.
func descendants(roots []int) []int {
	below := map[int][]int{}
	eachProcess(func(pid int) {
		if parent := parentOf(pid); parent > 0 {
			below[parent] = append(below[parent], pid)
		}
	})
	all := slices.Clone(roots)
	for i := 0; i < len(all); i++ {
		all = append(all, below[all[i]]...)
	}
	return all
}

func childrenOf(parent int) []int {
	var out []int
	eachProcess(func(pid int) {
		if parentOf(pid) == parent {
			out = append(out, pid)
		}
	})
	return out
}

// eachProcess calls f for every process that /proc shows.
func eachProcess(f func(pid int)) {
	dir, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // what could be read is what there is
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			f(pid)
		}
	}
}

// parentOf is the parent's process id, or 0 where the process is gone.
func parentOf(pid int) int {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return 0
	}
	// pid (name) state ppid: the name may hold blanks and parentheses.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 2 {
		return 0
	}
	parent, _ := strconv.Atoi(string(fields[1]))
	return parent
}

// stopped finds a process that a signal has stopped, 0: none is. One that is
// traced stops all the time.
func stopped(pids []int) int {
	var buf [512]byte
	for _, pid := range pids {
		// A thread's own, for that of a process adds all its threads up.
		self := strconv.Itoa(pid)
		fd, err := unix.Open("/proc/"+self+"/task/"+self+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		n, _ := unix.Read(fd, buf[:])
		_ = unix.Close(fd)
		if i := bytes.LastIndexByte(buf[:max(n, 0)], ')'); i >= 0 && i+2 < n && buf[i+2] == 'T' {
			return pid
		}
	}
	return 0
}

// used is the processor time that processes have used so far.
func used(pids []int) (sum time.Duration) {
	for _, pid := range pids {
		t, _ := procfile.Time(pid) // none of who is gone
		sum += t
	}
	return sum
}

// isDead says whether a child of this process is dead and not yet waited for.
func isDead(pid int) bool {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo != 0
}

// uptime is a clock that goes on while the machine sleeps.
func uptime() time.Duration {
	var ts unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts) // there since Linux 2.6.39
	return time.Duration(ts.Nano())
}

// awaitDeath returns when a child of this process is dead, or at the limit.
func awaitDeath(pid int, limit time.Time) {
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	for {
		left := time.Until(limit)
		if left <= 0 {
			return
		}
		fds := [...]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(fds[:], int(left/time.Millisecond)+1); n > 0 || err != nil && err != unix.EINTR {
			return
		}
	}
}

// attributes adds what only Linux can do: the child dies with the thread that
// started it, and shows its death on a descriptor.
func (s *Supervisor) attributes(sys *syscall.SysProcAttr, pidfd *int) {
	sys.Pdeathsig = syscall.SIGKILL
	sys.PidFD = pidfd
}

// pipe makes a pipe that no child inherits by accident.
func pipe() ([2]int, error) {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return [2]int{-1, -1}, err
	}
	return p, nil
}
