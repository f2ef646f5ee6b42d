//go:build !linux

package sample

import (
	"fmt"
	"os"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"tandem/runner/cgroup"
)

// OpenCores opens gopsutil's times of the cores.
func OpenCores() (Cores, error) { return openGopsCores() }

// newSource is gopsutil: only Linux has control groups and its /proc.
func newSource(_ *cgroup.Group, cores int) (source, error) { return newGops(cores) }

// A flusher does nothing: only Linux's control groups need one.
type flusher struct{}

func newFlusher() *flusher { return nil }

func (n *flusher) wake()  {}
func (n *flusher) close() {}

// A timer calls a function at intervals, until it is closed.
type timer struct {
	ticker *time.Ticker
	closed chan struct{}
}

func newTimer() (*timer, error) {
	return &timer{time.NewTicker(time.Hour), make(chan struct{})}, nil
}

// every sets the interval, 0: none.
func (t *timer) every(interval time.Duration) {
	if t.ticker.Stop(); interval > 0 {
		t.ticker.Reset(interval)
	}
}

// run calls f at each interval, until the timer is closed.
func (t *timer) run(f func()) {
	for {
		select {
		case <-t.ticker.C:
			f()
		case <-t.closed:
			return
		}
	}
}

func (t *timer) close() { close(t.closed) }

// RunnerCPU is the CPU time that this process has used, all of its threads
// together.
func RunnerCPU() (time.Duration, error) {
	self, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return 0, fmt.Errorf("read the runner's own process: %w", err)
	}
	t, err := self.Times()
	if err != nil {
		return 0, fmt.Errorf("read the runner's CPU times: %w", err)
	}
	return seconds(t.User + t.System), nil
}
