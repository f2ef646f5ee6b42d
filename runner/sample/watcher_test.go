//go:build linux

package sample

import (
	"math"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tandem/runner/model"
)

// The child says how much it used; what it uses after Finished must not count.
func TestCPUOfAShortWork(t *testing.T) {
	watchers(t, 10*time.Millisecond, func(t *testing.T, w *Watcher) {
		// The group's account goes on from one trial to the next.
		first := watched(t, w, "burn 40")
		first.hear()
		w.Finished()
		w.Result(first.wait(), 0)

		c := watched(t, w, "burn 40")
		burnt := time.Duration(c.hear()[0])
		w.Finished()
		c.say("end")
		total := c.wait()
		u := w.Result(total, burnt)
		used := u.User + u.Sys
		if _, portable := w.source.(*gops); portable { // all up to its end, in ticks
			require.GreaterOrEqual(t, used, burnt-burnt/20)
			require.LessOrEqual(t, used, total.User+total.Sys)
		} else {
			require.InEpsilon(t, burnt, used, 0.2) // it burns on for some ms
		}
		require.Positive(t, u.User)
		require.Positive(t, u.PeakRSS)
		require.Positive(t, u.PeakThreads)
		require.NotEmpty(t, u.Methods["rss"])
		for _, key := range []string{"cpu", "rss", "threads", "ctx", "cores"} {
			require.NotEmpty(t, u.Methods[key], key)
		}
		wellFormed(t, u.Samples)
	})
}

// Each child says itself, at its own clock calls, what it and its processes
// used; some of them before they were waited for, some after, one as an orphan.
func TestCPUAgreesWithTheChild(t *testing.T) {
	for _, what := range []string{"crew 60", "on-core 60", "reaped 60", "workers 60", "early 60", "pool 60"} {
		t.Run(what, func(t *testing.T) {
			watchers(t, 10*time.Millisecond, func(t *testing.T, w *Watcher) {
				if _, portable := w.source.(*gops); portable {
					t.Skip("counts in steps of 10 ms")
				}
				c := watched(t, w, what)
				burnt := sum(c.hear())
				w.Finished()
				c.say("end")
				u := w.Result(c.wait(), 0)
				require.InEpsilon(t, burnt, u.User+u.Sys, 0.03, u.Methods["cpu"])
			})
		})
	}
}

// A group that has seen less than was waited for is not believed.
func TestCPUOfAChildThatLeavesItsGroup(t *testing.T) {
	g := newGroup(t)
	if g == nil {
		t.Skip("no control group can be made here")
	}
	w, err := New(10*time.Millisecond, g)
	require.NoError(t, err)
	defer w.Close()
	c := watched(t, w, "strays "+g.Path())
	burnt := sum(c.hear())
	w.Finished()
	c.say("end")
	u := w.Result(c.wait(), 0)
	require.InEpsilon(t, burnt, u.User+u.Sys, 0.05, u.Methods["cpu"])
	require.Contains(t, u.Methods["cpu"], "clocks")
}

// Cores are told where there is enough to tell, and never more than there are.
func TestParallelism(t *testing.T) {
	for _, row := range []struct {
		used, step, wall time.Duration
		want             float64
	}{
		{used: 100, step: 1, wall: 50, want: 2},
		{used: 103, step: 1, wall: 50, want: 2},              // within what the clocks differ
		{used: 120, step: 1, wall: 50, want: math.NaN()},     // cannot be
		{used: 15, step: 1, wall: 15, want: math.NaN()},      // what surrounds it is too much
		{used: 15, step: 1, wall: 0, want: math.NaN()},       // no work
		{used: 15, step: 0, wall: 1 << 40, want: math.NaN()}, // never began
	} {
		u := Usage{User: row.used, Step: row.step}
		got := u.Parallelism(row.wall, 2)
		if math.IsNaN(row.want) {
			require.True(t, math.IsNaN(got), "%+v: %v", row, got)
		} else {
			require.InDelta(t, row.want, got, 1e-9, "%+v", row)
		}
	}
}

// wellFormed checks what every reader of samples relies on.
func wellFormed(t *testing.T, s model.Samples) {
	t.Helper()
	n := len(s.AtNS)
	require.GreaterOrEqual(t, n, 2)
	require.Zero(t, s.AtNS[0])
	require.Len(t, s.RSS, n)
	require.Len(t, s.Threads, n)
	require.NotEmpty(t, s.Own)
	require.Len(t, s.Other, len(s.Own))
	for c := range s.Own {
		require.Len(t, s.Own[c], n)
		require.Len(t, s.Other[c], n)
		for i := range n {
			require.GreaterOrEqual(t, s.Own[c][i], 0.0)
			require.GreaterOrEqual(t, s.Other[c][i], 0.0)
			require.LessOrEqual(t, s.Own[c][i]+s.Other[c][i], 1.0+1e-9)
		}
	}
	for i := 1; i < n; i++ {
		require.Greater(t, s.AtNS[i], s.AtNS[i-1])
	}
}

func sum(ns []int64) (all time.Duration) {
	for _, v := range ns {
		all += time.Duration(v)
	}
	return all
}

// What a pool holds together counts together, and what its processes share
// counts once.
func TestMemoryOfAPool(t *testing.T) {
	watchers(t, 10*time.Millisecond, func(t *testing.T, w *Watcher) {
		c := watched(t, w, "memory 20")
		held := int64(sum(c.hear()))
		w.Finished()
		u := w.Result(c.wait(), 0)
		if _, portable := w.source.(*gops); !portable {
			require.Greater(t, u.PeakPSS, int64(4*20<<20))
			require.Less(t, u.PeakPSS, held, "the program's own pages are shared")
		}
		require.Greater(t, u.PeakRSS, int64(4*20<<20))
		require.InEpsilon(t, held, u.PeakRSS, 0.1, "as they said")
		require.Contains(t, u.Methods["rss"], "sampled")
	})
}

// Four processes map the same 100 MiB.
func TestMemoryThatIsShared(t *testing.T) {
	w, err := New(10*time.Millisecond, nil)
	require.NoError(t, err)
	defer w.Close()
	c := watched(t, w, "share 100")
	c.hear()
	w.Finished()
	u := w.Result(c.wait(), 0)
	require.Greater(t, u.PeakRSS, int64(4*100<<20))
	require.Greater(t, u.PeakPSS, int64(100<<20))
	require.Less(t, u.PeakPSS, int64(2*100<<20))
}

// Workers that are gone before a sampler could see them have no memory that is
// known, and that is said.
func TestMemoryOfWorkersThatCameAndWent(t *testing.T) {
	w, err := New(time.Hour, nil)
	require.NoError(t, err)
	defer w.Close()
	c := watched(t, w, "reaped 0")
	c.hear()
	w.mu.Lock()
	w.memory.seen = 0 // as on a machine where even less was seen
	w.mu.Unlock()
	w.Finished()
	u := w.Result(c.wait(), 0)
	require.Zero(t, u.PeakRSS)
	require.Zero(t, u.PeakPSS)
	require.Contains(t, u.Methods["rss"], "none: processes came and went too fast")
}

// A worker that is killed is noticed while its parent has not yet waited for
// it; one that is asked to end is not.
func TestFallen(t *testing.T) {
	for what, want := range map[string]syscall.Signal{"loses KILL": syscall.SIGKILL, "loses SEGV": syscall.SIGSEGV, "loses TERM": 0, "loses KILL reaped": syscall.SIGKILL} {
		t.Run(what, func(t *testing.T) {
			watchers(t, time.Hour, func(t *testing.T, w *Watcher) {
				if _, portable := w.source.(*gops); portable {
					t.Skip("does not look at the dead")
				}
				if strings.HasSuffix(what, "reaped") && !kernelTells(t) {
					t.Skip("this kernel forgets those that were waited for")
				}
				c := watched(t, w, what)
				worker := c.hear()[0]
				w.mu.Lock()
				w.sample() // sees it live
				w.mu.Unlock()
				c.say("kill it")
				c.hear()
				w.mu.Lock()
				w.sample()
				w.mu.Unlock()
				pid, by := w.Fallen()
				require.Equal(t, want, by)
				if by != 0 {
					require.Equal(t, int(worker), pid)
				}
				w.Finished()
				pid, _ = w.Fallen()
				require.Zero(t, pid, "the work is over")
				w.Result(c.wait(), 0)
			})
		})
	}
}

// kernelTells says whether the kernel keeps how a process ended.
func kernelTells(t *testing.T) bool {
	cmd := exec.Command("sleep", "1000")
	require.NoError(t, cmd.Start())
	fd, err := unix.PidfdOpen(cmd.Process.Pid, 0)
	if err != nil {
		fd = -1
	}
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	_, tells := exitStatus(fd)
	_ = unix.Close(fd)
	return tells
}

// One process alone has its exact peak, without any sample in between.
func TestMemoryOfOneProcessIsExact(t *testing.T) {
	watchers(t, time.Hour, func(t *testing.T, w *Watcher) {
		c := watched(t, w, "alone 30")
		held := c.hear()[0]
		w.Finished()
		u := w.Result(c.wait(), 0)
		require.Greater(t, held, int64(30<<20))
		require.InEpsilon(t, held, u.PeakRSS, 0.1)
		if _, portable := w.source.(*gops); !portable { // it has no peak here
			require.Contains(t, u.Methods["rss"], "exact")
		}
	})
}

func TestThreadsOfATree(t *testing.T) {
	watchers(t, time.Hour, func(t *testing.T, w *Watcher) {
		c := watched(t, w, "threads 40")
		c.hear()
		w.Finished()
		u := w.Result(c.wait(), 0)
		require.Greater(t, u.PeakThreads, 40)
		require.Less(t, u.PeakThreads, 60)
	})
}

func TestSwitchesBeforeTheWorkDoNotCount(t *testing.T) {
	watchers(t, time.Hour, func(t *testing.T, w *Watcher) {
		c := watched(t, w, "burn 1")
		c.hear()
		w.Finished()
		total := c.wait()
		require.Positive(t, w.voluntary)
		u := w.Result(total, 0)
		require.Equal(t, max(0, total.Voluntary-w.voluntary), u.Voluntary)
		require.Equal(t, max(0, total.Involuntary-w.involunt), u.Involuntary)
	})
}

// A trial may fail at any point, and the next must not notice.
func TestTrialsThatFail(t *testing.T) {
	watchers(t, time.Millisecond, func(t *testing.T, w *Watcher) {
		require.Zero(t, w.Result(Total{}, 0).PeakRSS, "nothing was started")

		c := startChild(t, "crash")
		w.Started(c.cmd.Process.Pid)
		u := w.Result(c.wait(), 0)
		require.Contains(t, u.Methods["cpu"], "never began")
		require.Empty(t, u.Samples.AtNS)

		c = watched(t, w, "crash")
		total := c.wait()
		u = w.Result(total, 0)
		require.LessOrEqual(t, u.User+u.Sys, total.User+total.Sys)
		wellFormed(t, u.Samples)

		c = startChild(t, "crash")
		w.Started(c.cmd.Process.Pid)
		w.Finished()
		w.Working()
		w.Started(1 << 30) // nobody
		w.Working()
		w.Finished()
		w.Finished()
		u = w.Result(c.wait(), 0)
		require.Zero(t, u.PeakRSS)
	})
}

func TestIntervalMustBePositive(t *testing.T) {
	_, err := New(0, nil)
	require.ErrorContains(t, err, "sampling interval 0s")
}

// Steady state: no process comes or goes.
func TestSamplesDoNotAllocate(t *testing.T) {
	check := func(t *testing.T, w *Watcher, what string) {
		c := watched(t, w, what)
		c.hear()
		w.mu.Lock()
		defer w.mu.Unlock()
		w.readPoint()
		require.Zero(t, testing.AllocsPerRun(50, func() {
			w.sample() // a small one
			w.last.at = -time.Hour
			w.sample() // and a whole one
		}))
	}
	for _, what := range []string{"threads 20", "tree 3"} {
		t.Run(what, func(t *testing.T) {
			t.Run("parents", func(t *testing.T) {
				w, err := New(time.Hour, nil)
				require.NoError(t, err)
				defer w.Close()
				check(t, w, what)
			})
			t.Run("group", func(t *testing.T) {
				g := newGroup(t)
				if g == nil {
					t.Skip("no control group can be made here")
				}
				w, err := New(time.Hour, g)
				require.NoError(t, err)
				defer w.Close()
				check(t, w, what)
			})
		})
	}
}
