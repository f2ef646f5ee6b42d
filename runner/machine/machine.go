// Package machine says what a run runs on.
//
// Its one decision: it states facts alone. What they mean for a figure is
// judged where the figure is made.
package machine

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/host"
	"github.com/shirou/gopsutil/v3/mem"

	"tandem/runner/cgroup"
	"tandem/runner/model"
	"tandem/runner/quiet"
)

// Describe asks the system; group is the run's control group, nil where none
// could be made.
func Describe(ctx context.Context, group *cgroup.Group) (model.Machine, error) {
	m := model.Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU()} // by affinity and cpuset
	if m.Quota = cgroup.OwnQuota().Cores(); m.Quota > 0 {
		m.Cores = min(m.Cores, int(math.Ceil(m.Quota)))
	}
	info, err := host.InfoWithContext(ctx)
	if err != nil {
		return m, fmt.Errorf("asking what machine this is: %w", err)
	}
	m.Kernel = info.KernelVersion
	if info.VirtualizationRole == "guest" {
		m.Virtual = info.VirtualizationSystem
	}
	if cpus, err := cpu.InfoWithContext(ctx); err == nil && len(cpus) > 0 {
		m.CPU = cpus[0].ModelName
	}
	if memory, err := mem.VirtualMemoryWithContext(ctx); err == nil {
		m.MemoryB = memory.Total
	}
	m.Cgroup = "none"
	if group != nil {
		m.Cgroup = fmt.Sprintf("v%d", group.Version())
	}
	m.Capacity = quiet.Capacity(100 * time.Millisecond)
	return m, nil
}
