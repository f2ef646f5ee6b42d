package trial

import "golang.org/x/sys/unix"

// A deathSignal does for a process group, or for any process, what
// PR_SET_PDEATHSIG does for one child: the kernel kills it when this process
// ends, however that comes, and whoever is killed with it.
//
// It is a pipe with both ends here. Each sends SIGKILL in SIGIO's place when
// the other is closed, so it does not matter which one the kernel closes first.
type deathSignal [2]int

func newDeathSignal() (d deathSignal, err error) {
	d, err = pipe()
	for _, fd := range d {
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETSIG, int(unix.SIGKILL))
		}
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_ASYNC)
		}
	}
	if err != nil {
		closeFDs(&d[0], &d[1])
	}
	return d, err
}

// target sets whom it kills: a process, a process group where it is negative, 0
// nobody. Gone is fine: the kernel mixes up no two processes that have the same
// number one after the other.
func (d deathSignal) target(who int) {
	for _, fd := range d {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETOWN, who)
	}
}

// close kills nobody.
func (d *deathSignal) close() {
	d.target(0)
	closeFDs(&d[0], &d[1])
}

// deathSignals are one for the child's process group, and one for each group that
// its processes have made of their own: a daemon, or what a shell starts.
type deathSignals struct {
	child deathSignal
	more  map[int]deathSignal // by target
}

// mostDeathSignals bounds the descriptors.
const mostDeathSignals = 64

// newDeathSignals reach nobody where the system has none: the guards are there.
func newDeathSignals() *deathSignals {
	d, _ := newDeathSignal()
	return &deathSignals{d, map[int]deathSignal{}}
}

func (d *deathSignals) close() { d.child.close() }

// begin targets a new child's group.
func (d *deathSignals) begin(child int) { d.child.target(-child) }

// follow targets those of the child's processes that have left its group.
func (d *deathSignals) follow(child int, members []int) {
	for _, pid := range members {
		group, err := unix.Getpgid(pid)
		if err != nil || group == child || len(d.more) >= mostDeathSignals {
			continue
		}
		who := -group
		if group <= 1 || group == unix.Getpgrp() { // which holds the runner too
			who = pid
		}
		if _, known := d.more[who]; known {
			continue
		}
		one, err := newDeathSignal()
		if err != nil {
			return
		}
		one.target(who)
		d.more[who] = one
	}
}

// end lets go of all.
func (d *deathSignals) end() {
	d.child.target(0)
	for who, one := range d.more {
		one.close()
		delete(d.more, who)
	}
}
