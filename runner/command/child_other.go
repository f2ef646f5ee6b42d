//go:build !linux

package command

import (
	"syscall"
	"time"
)

func adopt() {}

// orphans cannot be told here: -1.
func orphans(time.Duration) int { return -1 }

// peak is the most memory that one process had, in bytes.
func peak(ru *syscall.Rusage) int64 { return ru.Maxrss }

// born is 0: a process is not born with the memory of another.
func born() int64 { return 0 }

// size is not told here; the child is small.
func size() (rss, threads int64) { return 0, 0 }
