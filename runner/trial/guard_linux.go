package trial

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// sweepLimit bounds how long the guard tries.
const sweepLimit = 10 * time.Second

// sweep kills every process of a run whose runner is dead and removes its
// control group. It spares the process group that the runner was in, where the
// user's own programs are.
func sweep(marker, group string, spared int) error {
	limit := time.Now().Add(sweepLimit)
	// A process that forks and ends while the list is read can hide its child
	// from one look, not from a second.
	for clean := 0; clean < 2; {
		if left := sweepOnce(marker, group, spared); left == 0 {
			clean++
			continue
		}
		clean = 0
		if time.Now().After(limit) {
			return fmt.Errorf("processes of run %s survive their killing", marker)
		}
		time.Sleep(time.Millisecond) // dying takes them a moment
	}
	if group == "" {
		return nil
	}
	for {
		err := os.Remove(group)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("remove the control group of run %s: %w", marker, err)
		}
		time.Sleep(time.Millisecond) // its last process is still on its way out
	}
}

// sweepOnce kills what it finds and says how many that were. A zombie has no
// environment and is in no group: it is not found.
func sweepOnce(marker, group string, spared int) (found int) {
	self := os.Getpid()
	kill := func(pid int) {
		if pid > 1 && pid != self {
			found++
			killGroup(pid, spared)
		}
	}
	if group != "" {
		list, _ := os.ReadFile(filepath.Join(group, "cgroup.procs")) // none: it is gone
		for _, pid := range pids(list) {
			kill(pid)
		}
	}
	entry := []byte(markerName + "=" + marker)
	eachProcess(func(pid int) {
		env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
		if err != nil {
			return
		}
		for v := range bytes.SplitSeq(env, []byte{0}) {
			if bytes.Equal(v, entry) {
				kill(pid)
				return
			}
		}
	})
	return found
}
