package command

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adopt makes this process the parent of whatever the program leaves behind.
func adopt() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) } // there since Linux 3.4

// orphans waits a moment for what the program left behind, and counts what does
// not end.
func orphans(wait time.Duration) int {
	for until := time.Now().Add(wait); ; time.Sleep(time.Millisecond) {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case err == syscall.ECHILD:
			return 0
		case err == nil && pid == 0 && time.Now().After(until):
			return max(1, children())
		}
	}
}

// children counts those of this process, 0 where the kernel does not tell.
func children() (n int) {
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, t := range tasks {
		list, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%s/children", t.Name()))
		n += len(strings.Fields(string(list)))
	}
	return n
}

// peak is the most memory that one process had, in bytes.
func peak(ru *syscall.Rusage) int64 { return ru.Maxrss << 10 }

// born is the most memory that a process can have by the kernel's account, in
// bytes, for no other reason than that this one has started it. The account is
// exact to some pages of each core.
func born() int64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	kib, _ := strconv.ParseInt(fields[0], 10, 64)
	return (kib + 512) << 10
}

// size is the memory of this process, in bytes, and its threads.
func size() (rss, threads int64) {
	statm, _ := os.ReadFile("/proc/self/statm")
	if fields := strings.Fields(string(statm)); len(fields) > 1 {
		pages, _ := strconv.ParseInt(fields[1], 10, 64)
		rss = pages * int64(os.Getpagesize())
	}
	tasks, _ := os.ReadDir("/proc/self/task")
	return rss, int64(len(tasks))
}
