package cgroup

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"tandem/runner/procfile"
)

// A Meter reads how many nanoseconds a version 1 group has used on each core.
type Meter struct {
	fd   int
	path string

	mu  sync.Mutex  // guards buf, which keeps readings from allocating
	buf [32768]byte // up to 20 bytes a core
}

// Machine is the Meter of the group that holds every process of the machine.
// It needs no rights. There is none where only version 2 is mounted, or in a
// container, which sees a part of the machine as if it were all.
func Machine() (*Meter, error) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, fmt.Errorf("find the machine's control group: %w", err)
	}
	root, ok := locate(string(mounts), "1:cpuacct:/\n", "cpuacct")
	if !ok {
		return nil, fmt.Errorf("find the machine's control group: cpuacct (v1) is not mounted: %w", ErrUnsupported)
	}
	// The kernel puts this file into the real root alone.
	if err := unix.Access(filepath.Join(root, "release_agent"), unix.F_OK); err != nil {
		return nil, fmt.Errorf("find the machine's control group: %s is not the root: %w", root, ErrUnsupported)
	}
	return openMeter(root)
}

func openMeter(dir string) (*Meter, error) {
	path := filepath.Join(dir, "cpuacct.usage_percpu")
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return &Meter{fd: fd, path: path}, nil
}

// PerCPU appends to dst the nanoseconds used on each core, by core number.
func (m *Meter) PerCPU(dst []uint64) ([]uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n, err := procfile.Read(m.fd, m.buf[:])
	if err != nil {
		return dst, fmt.Errorf("read %s: %w", m.path, err)
	}
	dst, err = parsePerCPU(dst, m.buf[:n])
	if err != nil {
		return dst, fmt.Errorf("read %s: %w", m.path, err)
	}
	return dst, nil
}

// Close frees the descriptor.
func (m *Meter) Close() error { return unix.Close(m.fd) }

// parsePerCPU reads numbers parted by blanks and appends them to dst.
func parsePerCPU(dst []uint64, text []byte) ([]uint64, error) {
	rest := bytes.TrimSpace(text)
	if len(rest) == 0 {
		return dst, fmt.Errorf("parse %q: want one number a core", text)
	}
	for len(rest) > 0 {
		v, n, err := parseUint(rest)
		if err != nil {
			return dst, err
		}
		dst = append(dst, v)
		rest = bytes.TrimLeft(rest[n:], " ")
	}
	return dst, nil
}
