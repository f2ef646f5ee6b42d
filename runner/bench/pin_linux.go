package main

import (
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"
)

// pin ties this thread to the last core that it may use.
func pin() (core int, err error) {
	runtime.LockOSThread()
	var allowed, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		return 0, fmt.Errorf("list the cores: %w", err)
	}
	for i := range len(allowed) * 64 {
		if allowed.IsSet(i) {
			core = i
		}
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return 0, fmt.Errorf("stay on core %d: %w", core, err)
	}
	return core, nil
}
