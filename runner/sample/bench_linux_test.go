package sample

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The budgets are printed beside what was measured: "share" is what sampling
// takes of one core at the rate that the name says.
//
//	go test -run '^$' -bench . ./runner/sample/

// BenchmarkSample is the price of one sample with each way to watch.
func BenchmarkSample(b *testing.B) {
	g := newGroup(b)
	for _, c := range []struct {
		what           string
		hertz, percent float64
	}{
		{"tree 9", 10, 0.5}, // and the leader
		{"threads 100", 100, 2.5},
	} {
		run := func(name string, open func() (*Watcher, error)) {
			b.Run(fmt.Sprintf("%s/%s", c.what, name), func(b *testing.B) {
				w, err := open()
				require.NoError(b, err)
				defer w.Close()
				ch := watched(b, w, c.what)
				ch.hear()
				w.mu.Lock()
				defer w.mu.Unlock()
				w.readPoint()
				begin, err := RunnerCPU()
				require.NoError(b, err)
				b.ReportAllocs()
				b.ResetTimer()
				for range b.N {
					w.last.at -= time.Duration(float64(time.Second) / c.hertz) // as if it were time
					w.sample()
				}
				b.StopTimer()
				end, err := RunnerCPU()
				require.NoError(b, err)
				b.ReportMetric(float64(end-begin)/float64(b.N)/1e9*c.hertz*100, "%share")
				b.ReportMetric(c.percent, "%budget")
			})
		}
		if g != nil {
			run("group", func() (*Watcher, error) { return New(time.Hour, g) })
		}
		run("parents", func() (*Watcher, error) { return New(time.Hour, nil) })
		run("gopsutil", func() (*Watcher, error) { return newPortable(time.Hour) })
	}
}

// BenchmarkSampler is the whole sampler at its rate: timer, wake-up and all, in
// CPU of this process over two seconds.
func BenchmarkSampler(b *testing.B) {
	g := newGroup(b)
	for _, c := range []struct {
		what     string
		interval time.Duration
		percent  float64
	}{
		{"tree 9", 100 * time.Millisecond, 0.5},
		{"busy 9", 100 * time.Millisecond, 0.5},
		{"threads 100", 10 * time.Millisecond, 2.5},
	} {
		run := func(name string, open func() (*Watcher, error)) {
			b.Run(fmt.Sprintf("%s/%s", c.what, name), func(b *testing.B) {
				w, err := open()
				require.NoError(b, err)
				defer w.Close()
				ch := watched(b, w, c.what)
				ch.hear()
				for range b.N {
					begin, err := RunnerCPU()
					require.NoError(b, err)
					time.Sleep(2 * time.Second)
					end, err := RunnerCPU()
					require.NoError(b, err)
					b.ReportMetric(float64(end-begin)/2e9*100, "%share")
					b.ReportMetric(c.percent, "%budget")
				}
			})
		}
		if g != nil {
			run("group", func() (*Watcher, error) { return New(c.interval, g) })
		} else {
			b.Run(c.what+"/group", func(b *testing.B) { cannot(b, "no control group can be made here") })
		}
		run("parents", func() (*Watcher, error) { return New(c.interval, nil) })
		run("gopsutil", func() (*Watcher, error) { return newPortable(c.interval) })
	}
}

// BenchmarkTrial is what watching adds to a trial, however short it is.
func BenchmarkTrial(b *testing.B) {
	g := newGroup(b)
	w, err := New(10*time.Millisecond, g)
	require.NoError(b, err)
	defer w.Close()
	c := startChild(b, "alone 1")
	if g != nil {
		require.NoError(b, g.Add(c.cmd.Process.Pid))
	}
	c.hear()
	steps := []struct {
		name string
		do   func()
	}{
		{"started", func() { w.Started(c.cmd.Process.Pid) }},
		{"working", w.Working},
		{"finished", w.Finished},
		{"result", func() { w.Result(Total{}, 0) }},
	}
	spent := make([]time.Duration, len(steps))
	for b.Loop() {
		for i, s := range steps {
			begin := time.Now()
			s.do()
			spent[i] += time.Since(begin)
		}
	}
	for i, s := range steps {
		b.ReportMetric(float64(spent[i].Microseconds())/float64(b.N), "us-"+s.name)
	}
}

// ways are what the truth is told by.
func ways(b *testing.B, interval time.Duration, test func(b *testing.B, w *Watcher)) {
	b.Run("group", func(b *testing.B) {
		g := newGroup(b)
		if g == nil {
			cannot(b, "no control group can be made here")
		}
		w, err := New(interval, g)
		require.NoError(b, err)
		defer w.Close()
		test(b, w)
	})
	b.Run("parents", func(b *testing.B) {
		w, err := New(interval, nil)
		require.NoError(b, err)
		defer w.Close()
		test(b, w)
	})
}

// BenchmarkTruthPinned: a child that spins on one core for a second. Its core
// must read 98 to 102 % of what the child itself says it got, the others under
// 2 %.
func BenchmarkTruthPinned(b *testing.B) {
	ways(b, 10*time.Millisecond, func(b *testing.B, w *Watcher) {
		for range b.N {
			c := startChild(b, "pinned 1000")
			if w.group != nil {
				require.NoError(b, w.group.Add(c.cmd.Process.Pid))
			}
			w.Started(c.cmd.Process.Pid)
			core := c.hear()[0]
			w.Working()
			begin := time.Now()
			c.say("go")
			burnt := c.hear()[0]
			wall := time.Since(begin)
			w.Finished()
			c.say("end")
			u := w.Result(c.wait(), wall)
			others := 0.0
			for i := range u.Samples.Own {
				if int64(i) != core {
					others = max(others, mean(u.Samples.AtNS, u.Samples.Own[i]))
				}
			}
			own := mean(u.Samples.AtNS, u.Samples.Own[core])
			got := float64(burnt) / float64(wall)
			b.ReportMetric(100*own/got, "%own(98..102)")
			b.ReportMetric(100*got, "%got")
			b.ReportMetric(100*others, "%others(<2)")
			b.ReportMetric(100*u.Foreign, "%foreign")
			b.ReportMetric(100*float64(u.User+u.Sys)/float64(burnt), "%cpu")
		}
	})
}

// mean is a share's mean over time.
func mean(at []int64, share []float64) (m float64) {
	for i := 1; i < len(at); i++ {
		m += share[i] * float64(at[i]-at[i-1])
	}
	return m / float64(at[len(at)-1])
}

// BenchmarkTruthPool: four workers and an orphan burn 250 ms each. Within 3 %.
func BenchmarkTruthPool(b *testing.B) {
	g := newGroup(b)
	if g == nil {
		cannot(b, "no control group can be made here")
	}
	w, err := New(10*time.Millisecond, g)
	require.NoError(b, err)
	defer w.Close()
	for range b.N {
		c := watched(b, w, "pool 250")
		burnt := sum(c.hear())
		w.Finished()
		u := w.Result(c.wait(), 0)
		b.ReportMetric(100*float64(u.User+u.Sys)/float64(burnt), "%cpu(97..103)")
		require.NoError(b, g.Kill())
	}
}

// BenchmarkTruthMemory: four workers hold 100 MiB each. Within 10 % of what
// they and their parent have.
func BenchmarkTruthMemory(b *testing.B) {
	ways(b, 10*time.Millisecond, func(b *testing.B, w *Watcher) {
		for range b.N {
			c := watched(b, w, "memory 100")
			held := sum(c.hear())
			w.Finished()
			u := w.Result(c.wait(), 0)
			b.ReportMetric(100*float64(u.PeakRSS)/float64(held), "%rss(90..110)")
			b.ReportMetric(float64(u.PeakRSS>>20), "MiB")
		}
	})
}

// BenchmarkTruthShort: a child that spins for 5 ms of wall time and spins on
// after it has said so, which leaves the kernel's accounts behind. What is read
// is shown with and without bringing them up to date: the middle and how far
// it scatters. The way from the child's word to the reading is in it too.
func BenchmarkTruthShort(b *testing.B) {
	g := newGroup(b)
	if g == nil {
		cannot(b, "no control group can be made here")
	}
	for _, flushed := range []bool{true, false} {
		b.Run(fmt.Sprintf("flushed=%v", flushed), func(b *testing.B) {
			w, err := New(10*time.Millisecond, g)
			require.NoError(b, err)
			defer w.Close()
			if !flushed {
				w.flush.close()
			}
			const trials = 60
			for range b.N {
				var shares []float64
				for range trials {
					c := startChild(b, "spin 5")
					require.NoError(b, g.Add(c.cmd.Process.Pid))
					w.Started(c.cmd.Process.Pid)
					c.hear()
					w.Working()
					c.say("go")
					wall := c.hear()[0]
					w.Finished()
					require.NoError(b, c.cmd.Process.Kill())
					u := w.Result(c.wait(), 0)
					shares = append(shares, 100*float64(u.User+u.Sys)/float64(wall))
				}
				slices.Sort(shares)
				b.ReportMetric(shares[trials/10], "%cpu-p10")
				b.ReportMetric(shares[trials/2], "%cpu-p50")
				b.ReportMetric(shares[trials*9/10], "%cpu-p90")
			}
		})
	}
}
