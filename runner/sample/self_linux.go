package sample

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// RunnerCPU is the CPU time that this process has used, all of its threads
// together.
func RunnerCPU() (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &ts); err != nil {
		return 0, fmt.Errorf("read the runner's CPU clock: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}
