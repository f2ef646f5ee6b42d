package filestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Cap puts this process into a memory control group (version 1 or 2)
// that may use so many bytes, with what the kernel keeps of its files.
// The function that it returns moves the process back and removes the
// group. The error says why no group can be made.
func Cap(bytes int64) (func() error, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, fmt.Errorf("capping memory: %w", err)
	}
	var failures []error
	for _, line := range strings.Fields(string(text)) {
		// 4:memory:/path is version 1, 0::/path is version 2.
		f := strings.SplitN(line, ":", 3)
		if len(f) != 3 || f[1] != "memory" && f[0] != "0" {
			continue
		}
		parents, limit := []string{"/sys/fs/cgroup/memory"}, "memory.limit_in_bytes"
		if f[0] == "0" {
			parents, limit = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}, "memory.max"
		}
		for _, mount := range parents {
			// In a container the mount may show just our part of the tree.
			for _, own := range []string{f[2], "/"} {
				undo, err := capIn(filepath.Join(mount, own), limit, bytes)
				if err == nil {
					return undo, nil
				}
				failures = append(failures, err)
			}
		}
	}
	return nil, fmt.Errorf("capping memory: %w", errors.Join(append(failures,
		errors.New("it takes a memory control group that this user may divide"))...))
}

// What a group's name begins with; the process id follows.
const prefix = "tandem-cap-"

func capIn(parent, limit string, bytes int64) (func() error, error) {
	// A process that needs too much is killed, and cannot remove its group.
	old, _ := filepath.Glob(filepath.Join(parent, prefix+"*"))
	for _, group := range old {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(group), prefix))
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = syscall.Rmdir(group) // the next one tries again
		}
	}
	group := filepath.Join(parent, prefix+strconv.Itoa(os.Getpid()))
	if err := os.Mkdir(group, 0o755); err != nil {
		return nil, err
	}
	self := []byte(strconv.Itoa(os.Getpid()))
	err := os.WriteFile(filepath.Join(group, limit), []byte(strconv.FormatInt(bytes, 10)), 0)
	if err == nil {
		err = os.WriteFile(filepath.Join(group, "cgroup.procs"), self, 0)
	}
	if err != nil {
		return nil, errors.Join(err, syscall.Rmdir(group))
	}
	return func() error {
		if err := os.WriteFile(filepath.Join(parent, "cgroup.procs"), self, 0); err != nil {
			return fmt.Errorf("leaving the capped group: %w", err)
		}
		for range 1000 { // it may be busy for a moment
			if err = syscall.Rmdir(group); err != syscall.EBUSY {
				break
			}
		}
		if err != nil {
			return fmt.Errorf("removing %s: %w", group, err)
		}
		return nil
	}, nil
}
