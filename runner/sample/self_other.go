//go:build !linux

package sample

import (
	"fmt"
	"os"
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

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
