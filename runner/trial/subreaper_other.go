//go:build !linux

package trial

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A subreaper is what descends from this process. Only Linux gives orphans to the
// runner; elsewhere a trial is its child's process group.
type subreaper struct{}

func newSubreaper() (*subreaper, error) { return &subreaper{}, nil }
func (*subreaper) close()               {}
func (*subreaper) remember()            {}

// survivors can list none, but ends what stayed in the child's process group.
func (*subreaper) survivors(leader int) []int {
	_ = syscall.Kill(-leader, syscall.SIGKILL) // gone is fine
	return nil
}

// adopted are none here.
func (*subreaper) adopted(int) []int { return nil }

// kill kills processes; end has killed the group.
func (s *Supervisor) kill(roots []int) {
	for _, pid := range roots {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// stopped is not known here.
func stopped([]int) int { return 0 }

// used is asked of nobody here.
func used([]int) time.Duration { return 0 }

// isDead is not asked here: nothing is read of the dead.
func isDead(int) bool { return false }

var born = time.Now()

// uptime is a clock.
func uptime() time.Duration { return time.Since(born) }

// awaitDeath waits a moment; the caller looks again.
func awaitDeath(int, time.Time) { time.Sleep(time.Millisecond) }

func (s *Supervisor) attributes(*syscall.SysProcAttr, *int) {}

// pipe makes a pipe that no child inherits by accident.
func pipe() ([2]int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return [2]int{-1, -1}, err
	}
	syscall.CloseOnExec(p[0])
	syscall.CloseOnExec(p[1])
	return p, nil
}
