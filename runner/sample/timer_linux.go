package sample

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tandem/runner/procfile"
)

// A timer calls a function at intervals, until it is closed. It is the kernel's
// and not Go's: for each of its own, the runtime of an idle program wakes up
// several threads, some of them a few times, and that would be most of what a
// sampler costs.
type timer struct {
	file *os.File
	raw  syscall.RawConn
}

func newTimer() (*timer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a timer: %w", err)
	}
	t := &timer{file: os.NewFile(uintptr(fd), "timer")}
	t.raw, err = t.file.SyscallConn()
	return t, err
}

// every sets the interval, 0: none.
func (t *timer) every(interval time.Duration) {
	ts := unix.NsecToTimespec(int64(interval))
	_ = t.raw.Control(func(fd uintptr) {
		_ = unix.TimerfdSettime(int(fd), 0, &unix.ItimerSpec{Interval: ts, Value: ts}, nil) // what is set is valid
	})
}

// run calls f at each interval, until the timer is closed.
func (t *timer) run(f func()) {
	var count [8]byte // how many
	expired := func(fd uintptr) bool {
		_, err := procfile.Next(int(fd), count[:])
		return err != unix.EAGAIN
	}
	for t.raw.Read(expired) == nil {
		f()
	}
}

func (t *timer) close() { _ = t.file.Close() }
