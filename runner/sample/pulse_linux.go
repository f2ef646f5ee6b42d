package sample

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tandem/runner/procfile"
)

// A pulse beats until it is closed. It is the kernel's timer and not Go's: for
// each of its own, the runtime of an idle program wakes up several threads, some
// of them a few times, and most of what a sampler costs would be that.
type pulse struct {
	file *os.File
	raw  syscall.RawConn
}

func newPulse() (*pulse, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a timer: %w", err)
	}
	p := &pulse{file: os.NewFile(uintptr(fd), "timer")}
	p.raw, err = p.file.SyscallConn()
	return p, err
}

// every sets the interval, 0: none.
func (p *pulse) every(interval time.Duration) {
	ts := unix.NsecToTimespec(int64(interval))
	_ = p.raw.Control(func(fd uintptr) {
		_ = unix.TimerfdSettime(int(fd), 0, &unix.ItimerSpec{Interval: ts, Value: ts}, nil) // what is set is valid
	})
}

// beats calls f at each beat, until the pulse is closed.
func (p *pulse) beats(f func()) {
	var count [8]byte // how many
	beat := func(fd uintptr) bool {
		_, err := procfile.Next(int(fd), count[:])
		return err != unix.EAGAIN
	}
	for p.raw.Read(beat) == nil {
		f()
	}
}

func (p *pulse) close() { _ = p.file.Close() }
