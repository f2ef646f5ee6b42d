package sample

import (
	"encoding/binary"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// maxFlushed bounds the threads that a flusher keeps. On a larger machine a few
// milliseconds of one thread are a small share of what a trial uses.
const maxFlushed = 64

// A flusher makes the kernel bring every core's accounts up to date. The kernel
// counts a thread's time when it stops running and at scheduler ticks, so a
// thread that runs on is up to 4 ms behind, which is much for a trial of 10.
// But it also counts when a thread becomes ready on the same core: so one
// thread waits on each core, costs nothing, and is woken before a reading.
type flusher struct {
	events []int // eventfds, one for each core
}

// settle is how long the wake-ups are given to reach the other cores.
const settle = 20 * time.Microsecond

func newFlusher() *flusher {
	n := &flusher{}
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil || allowed.Count() > maxFlushed {
		return n
	}
	for core, left := 0, allowed.Count(); left > 0; core++ {
		if !allowed.IsSet(core) {
			continue
		}
		left--
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
		if err != nil {
			break // fewer cores are flushed
		}
		n.events = append(n.events, fd)
		go wait(fd, core)
	}
	return n
}

// wait stays on a core until the event says quit. It keeps its thread to
// itself and does not unlock it, so the pinned thread ends with the goroutine.
func wait(event, core int) {
	runtime.LockOSThread()
	defer unix.Close(event)
	var one unix.CPUSet
	one.Set(core)
	_ = unix.SchedSetaffinity(0, &one) // not there any more: it waits elsewhere
	var buf [8]byte
	for {
		_, err := unix.Read(event, buf[:])
		if err == unix.EINTR {
			continue
		}
		if err != nil || binary.NativeEndian.Uint64(buf[:]) >= quit {
			return
		}
	}
}

// quit is more wake-ups than can pile up.
const quit = 1 << 32

// wake spins for a moment: a sleep would take longer than what is waited for.
func (n *flusher) wake() {
	n.send(1)
	for begin := time.Now(); len(n.events) > 0 && time.Since(begin) < settle; {
	}
}

// close ends the threads, which close the events. The flusher then does nothing.
func (n *flusher) close() {
	n.send(quit)
	n.events = nil
}

func (n *flusher) send(v uint64) {
	var buf [8]byte
	binary.NativeEndian.PutUint64(buf[:], v)
	for _, fd := range n.events {
		_, _ = unix.Write(fd, buf[:]) // cannot block: the counter is far from full
	}
}
