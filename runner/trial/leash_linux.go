package trial

import "golang.org/x/sys/unix"

// A leash ties processes to this one: the kernel kills them when it ends,
// however that comes, and whoever is killed with it.
//
// It is a pipe with both ends here. Each sends SIGKILL in SIGIO's place when
// the other is closed, so it does not matter which one the kernel closes first.
type leash [2]int

func newLeash() (l leash, err error) {
	l, err = pipe()
	for _, fd := range l {
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETSIG, int(unix.SIGKILL))
		}
		if err == nil {
			_, err = unix.FcntlInt(uintptr(fd), unix.F_SETFL, unix.O_ASYNC)
		}
	}
	if err != nil {
		closeFDs(&l[0], &l[1])
	}
	return l, err
}

// tie takes a process, or all of a process group where it is negative, in place
// of who was tied; 0 is nobody. Gone is fine: the kernel mixes up no two
// processes that have the same number one after the other.
func (l leash) tie(to int) {
	for _, fd := range l {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETOWN, to)
	}
}

// close lets go of who is tied.
func (l *leash) close() {
	l.tie(0)
	closeFDs(&l[0], &l[1])
}

// leashes are one for the child's process group, and one for each group that
// its processes have made of their own: a daemon, or what a shell starts.
type leashes struct {
	child leash
	more  map[int]leash // by group, negative, or process
}

// mostLeashes bounds the descriptors.
const mostLeashes = 64

// newLeashes ties nobody where the system cannot: the guards are there.
func newLeashes() *leashes {
	l, _ := newLeash()
	return &leashes{l, map[int]leash{}}
}

func (l *leashes) close() { l.child.close() }

// begin ties a new child's group.
func (l *leashes) begin(child int) { l.child.tie(-child) }

// follow ties those of the child's processes that have left its group.
func (l *leashes) follow(child int, members []int) {
	for _, pid := range members {
		group, err := unix.Getpgid(pid)
		if err != nil || group == child || len(l.more) >= mostLeashes {
			continue
		}
		to := -group
		if group <= 1 || group == unix.Getpgrp() { // which holds the runner too
			to = pid
		}
		if _, tied := l.more[to]; tied {
			continue
		}
		one, err := newLeash()
		if err != nil {
			return
		}
		one.tie(to)
		l.more[to] = one
	}
}

// end lets go of all.
func (l *leashes) end() {
	l.child.tie(0)
	for to, one := range l.more {
		one.close()
		delete(l.more, to)
	}
}
