package trial

import (
	"fmt"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A child is the process of a trial and the runner's ends of its pipes. A
// closed end is -1.
type child struct {
	pid   int
	pidfd int // readable once it is dead; -1 where there is no such thing
	in    int // its standard input
	lines int // what it writes to TANDEM_FD
	log   int // its standard output and error

	ended  bool // waited for, and everything it left behind too
	waited bool // waited for
	status syscall.WaitStatus
	usage  Usage     // of all that was waited for
	ending func(int) // called with a process that is dead and will be waited for
}

// start creates the process.
func (c *child) start(s *Supervisor, spec *Spec, obs Observer) (err error) {
	*c = child{pidfd: -1, in: -1, lines: -1, log: -1, ending: obs.Ended}
	request, protocol, log := [2]int{-1, -1}, [2]int{-1, -1}, [2]int{-1, -1}
	defer func() {
		closeFDs(&request[0], &protocol[1], &log[1])
		if err != nil {
			closeFDs(&request[1], &protocol[0], &log[0])
		}
	}()
	for _, p := range []*[2]int{&request, &protocol, &log} {
		if *p, err = pipe(); err != nil {
			return fmt.Errorf("make a pipe: %w", err)
		}
	}
	// Reads follow poll and so never block; a write could, where the child
	// does not read.
	if _, err := unix.FcntlInt(uintptr(request[1]), unix.F_SETFL, unix.O_NONBLOCK); err != nil {
		return err
	}
	attr := syscall.ProcAttr{
		Dir:   spec.Dir,
		Env:   s.environ(spec.Env),
		Files: []uintptr{uintptr(request[0]), uintptr(log[1]), uintptr(log[1]), uintptr(protocol[1])},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	}
	s.attributes(attr.Sys, &c.pidfd)
	fork := func() error {
		c.pid, err = syscall.ForkExec(spec.Argv[0], spec.Argv, &attr)
		return err
	}
	if s.group == nil {
		err = fork()
	} else {
		err = s.group.Start(attr.Sys, fork)
	}
	if err != nil {
		if c.pid > 0 { // it is there, and the runner is where it should not be
			_ = syscall.Kill(c.pid, syscall.SIGKILL)
			_, _ = retry(func() (int, error) { return syscall.Wait4(c.pid, nil, 0, nil) })
		}
		return err
	}
	c.in, c.lines, c.log = request[1], protocol[0], log[0]
	return nil
}

func (c *child) close() { closeFDs(&c.pidfd, &c.in, &c.lines, &c.log) }

// readable says whether a read of fd returns at once.
func (c *child) readable(fd int) bool {
	if fd < 0 {
		return false
	}
	fds := [...]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := retry(func() (int, error) { return unix.Poll(fds[:], 0) })
	return err == nil && n > 0
}

// dead waits for the child if it is dead.
func (c *child) dead() bool {
	if !c.waited {
		c.waited = c.wait(c.pid, &c.status)
	}
	return c.waited
}

// wait collects a child of this process if it is dead, and adds what it used.
func (c *child) wait(pid int, status *syscall.WaitStatus) bool {
	if isDead(pid) {
		c.ending(pid)
	}
	u := &c.usage
	var ru syscall.Rusage
	got, err := retry(func() (int, error) { return syscall.Wait4(pid, status, syscall.WNOHANG, &ru) })
	if err != nil || got != pid {
		return err == unix.ECHILD // somebody else has waited for it: it is gone
	}
	u.User += time.Duration(ru.Utime.Nano())
	u.Sys += time.Duration(ru.Stime.Nano())
	u.Voluntary += int64(ru.Nvcsw)
	u.Involuntary += int64(ru.Nivcsw)
	return true
}

// end kills whatever is left of the trial and waits for it. On the usual path,
// where the child has ended and left nothing, it is three system calls.
func (s *Supervisor) end(c *child) error {
	if c.ended {
		return nil
	}
	limit := time.Now().Add(patience)
	for {
		alive := s.living(c)
		if len(alive) == 0 {
			c.ended = true
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("processes %v are still there %v after they were killed", alive, patience)
		}
		if !c.waited {
			_ = syscall.Kill(-c.pid, syscall.SIGKILL) // its group; gone is fine
		}
		s.kill(alive)
		for _, pid := range alive {
			awaitDeath(pid, limit)
		}
	}
}

// living waits for what is dead of the trial and lists the children of this
// process, by birth or by adoption, that are not.
func (s *Supervisor) living(c *child) []int {
	for {
		if !c.dead() {
			return append(s.subreaper.survivors(c.pid), c.pid)
		}
		// The children of one that just died have come to this process after
		// the list was made. Only an empty list says that nothing is left.
		found := s.subreaper.survivors(c.pid)
		alive := slices.DeleteFunc(found, func(pid int) bool { return c.wait(pid, nil) })
		if len(found) == 0 || len(alive) > 0 {
			return alive
		}
	}
}
