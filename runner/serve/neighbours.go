package serve

import (
	"cmp"
	"os"
	"slices"
	"time"

	"github.com/shirou/gopsutil/v3/process"
)

// neighbours are the other programs on the machine. Who they are is looked up
// between trials, and only when one was disturbed.
type neighbours struct {
	at    time.Time
	used  map[int32]float64 // seconds of CPU, by process
	names []string          // as of then
}

const mostNames = 2

// look returns the names of those who used the most CPU up to now, or up to the
// last look where that is less than least ago: looking is not free.
func (n *neighbours) look(least time.Duration) []string {
	if time.Since(n.at) < least {
		return n.names
	}
	all, err := process.Processes()
	if err != nil {
		return nil // nobody can be named
	}
	type share struct {
		p    *process.Process
		used float64
	}
	var shares []share
	now := map[int32]float64{}
	for _, p := range all {
		t, err := p.Times()
		if err != nil || p.Pid == int32(os.Getpid()) {
			continue
		}
		now[p.Pid] = t.User + t.System
		if used := now[p.Pid] - n.used[p.Pid]; n.used != nil && used > 0.01 {
			shares = append(shares, share{p, used})
		}
	}
	slices.SortFunc(shares, func(a, b share) int { return -cmp.Compare(a.used, b.used) })
	n.names = nil
	for _, s := range shares {
		if name, err := s.p.Name(); err == nil && len(n.names) < mostNames && !slices.Contains(n.names, name) {
			n.names = append(n.names, name)
		}
	}
	n.at, n.used = time.Now(), now
	return n.names
}
