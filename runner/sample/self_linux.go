package sample

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"tandem/runner/procfile"
)

// RunnerCPU is the CPU time that this process has used, all of its threads
// together.
func RunnerCPU() (time.Duration, error) {
	used, err := procfile.Clock(unix.CLOCK_PROCESS_CPUTIME_ID)
	if err != nil {
		return 0, fmt.Errorf("read the runner's CPU clock: %w", err)
	}
	return used, nil
}
