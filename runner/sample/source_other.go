//go:build !linux

package sample

import "tandem/runner/cgroup"

// OpenCores opens gopsutil's times of the cores.
func OpenCores() (Cores, error) { return openGopsCores() }

// newSource is gopsutil: only Linux has control groups and its /proc.
func newSource(_ *cgroup.Group, cores int) (source, error) { return newGops(cores) }
