package filestore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// A Limit is a memory control group that this process is in.
type Limit struct {
	group, home string // home is where this process came from
	files       groupFiles
}

// groupFiles are the names of a version of control groups.
type groupFiles struct{ limit, peak, hits string }

var (
	version1 = groupFiles{"memory.limit_in_bytes",
		"memory.max_usage_in_bytes", "memory.failcnt"}
	version2 = groupFiles{"memory.max", "memory.peak", "memory.events"}
)

// Cap puts this process into a memory control group (version 1 or 2)
// that may use so many bytes, with what the kernel keeps of its files.
// The error says why no group can be made.
func Cap(bytes int64) (*Limit, error) {
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
		files := version1
		mounts := []string{"/sys/fs/cgroup/memory"}
		if f[0] == "0" {
			files = version2
			mounts = []string{"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}
		}
		for _, mount := range mounts {
			for _, at := range places(mount, f[2], files) {
				limit, err := capIn(at, files, bytes)
				if err == nil {
					return limit, nil
				}
				failures = append(failures, err)
			}
		}
	}
	hint := errors.New("it takes a memory control group that this user may divide")
	return nil, fmt.Errorf("capping memory: %w", errors.Join(append(failures, hint)...))
}

// A place is where a group may be made, and where a process goes back to.
type place struct{ parent, home string }

// places are those for this process: in its own group, or, in version 2,
// beside it, for there a group that has processes gives no controllers
// to groups in it. A container may show just our part of the tree at the
// mount.
func places(mount, own string, files groupFiles) []place {
	home := filepath.Join(mount, own)
	all := []place{{home, home}}
	if files == version2 && home != mount {
		all = append(all, place{filepath.Dir(home), home})
	}
	return append(all, place{mount, mount})
}

// What a group's name begins with; the process id follows.
const prefix = "tandem-cap-"

func capIn(at place, files groupFiles, bytes int64) (*Limit, error) {
	if files == version2 {
		given, err := os.ReadFile(filepath.Join(at.parent, "cgroup.subtree_control"))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(strings.Fields(string(given)), "memory") {
			return nil, fmt.Errorf("%s gives no memory controller to groups in it", at.parent)
		}
	}
	// A process that needs too much is killed, and cannot remove its group.
	old, _ := filepath.Glob(filepath.Join(at.parent, prefix+"*"))
	for _, group := range old {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(group), prefix))
		if err == nil && syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = syscall.Rmdir(group) // the next one tries again
		}
	}
	l := &Limit{filepath.Join(at.parent, prefix+strconv.Itoa(os.Getpid())), at.home, files}
	if err := os.Mkdir(l.group, 0o755); err != nil {
		return nil, err
	}
	err := write(l.group, files.limit, bytes)
	if err == nil {
		err = write(l.group, "cgroup.procs", int64(os.Getpid()))
	}
	if err != nil {
		return nil, errors.Join(err, syscall.Rmdir(l.group))
	}
	return l, nil
}

func write(group, file string, number int64) error {
	text := strconv.FormatInt(number, 10)
	return os.WriteFile(filepath.Join(group, file), []byte(text), 0o644)
}

// Used says how many bytes the group had at most, and how often it was
// at its limit and had to give something back.
func (l *Limit) Used() (peak, hits int64, err error) {
	text, err := os.ReadFile(filepath.Join(l.group, l.files.peak))
	if err != nil {
		return 0, 0, err
	}
	peak, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, 0, err
	}
	text, err = os.ReadFile(filepath.Join(l.group, l.files.hits))
	if err != nil {
		return 0, 0, err
	}
	number := strings.TrimSpace(string(text))
	if l.files == version2 { // lines of a name and a number
		_, number, _ = strings.Cut("\n"+number, "\nmax ")
		number, _, _ = strings.Cut(number, "\n")
	}
	hits, err = strconv.ParseInt(number, 10, 64)
	return peak, hits, err
}

// Leave moves the process back and removes the group.
func (l *Limit) Leave() error {
	if err := write(l.home, "cgroup.procs", int64(os.Getpid())); err != nil {
		return fmt.Errorf("leaving the capped group: %w", err)
	}
	var err error
	for range 1000 { // it may be busy for a moment
		if err = syscall.Rmdir(l.group); err != syscall.EBUSY {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("removing %s: %w", l.group, err)
	}
	return nil
}
