// Package cgroup puts the processes of one run into a control group of their
// own, so that the kernel accounts for every descendant, daemons and orphans
// included, and so that all of them can be killed at once.
//
// Its one decision: a group is made only inside the runner's own group and
// with the rights the runner already has. It changes no controller and no
// limit, and where no group can be made, New says why and what would help, and
// the rest of the runner works without.
//
// The version 1 cpuacct controller is preferred where it is writable, because
// it alone counts nanoseconds per core. Version 2 counts microseconds for the
// whole group.
package cgroup

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrUnsupported is what readings return that this kernel or this version of
// control groups does not have.
var ErrUnsupported = errors.New("not supported by this kind of control group")

// prefix starts the name of every group that this package makes. The runner's
// process id follows, so that a later run can tell which groups are stale.
const prefix = "tandem-"

// groupName is the directory of a group: tandem-<pid>-<name>.
func groupName(pid int, name string) (string, error) {
	if name == "" || strings.ContainsAny(name, "/\x00\n") {
		return "", fmt.Errorf("name of a control group %q: want a non-empty name without slashes", name)
	}
	return prefix + strconv.Itoa(pid) + "-" + name, nil
}

// ownerOf is the process id in a group's name, where it is one of ours.
func ownerOf(name string) (pid int, ok bool) {
	rest, ok := strings.CutPrefix(name, prefix)
	if !ok {
		return 0, false
	}
	digits, _, ok := strings.Cut(rest, "-")
	if !ok {
		return 0, false
	}
	pid, err := strconv.Atoi(digits)
	return pid, err == nil && pid > 0
}
