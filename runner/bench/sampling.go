package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
	"github.com/shirou/gopsutil/v3/process"

	"tandem/runner/cgroup"
	"tandem/runner/sample"
)

// sampling is the CPU of this process while all that it does is sample: timer,
// wake-ups and all.
var sampling = benchmark{
	name: "sampling", rounds: 6,
	doc: "CPU that the sampler uses, beside plain gopsutil",
	setUp: func(ctx context.Context, b *bench) error {
		for _, c := range []struct {
			processes, threads int
			hertz              int
			atMost             float64 // % of a core
		}{
			{10, 1, 10, 0.5},
			{1, 100, 100, 2.5},
		} {
			name := fmt.Sprintf("%d processes at %d Hz", c.processes, c.hertz)
			if c.threads > 1 {
				name = fmt.Sprintf("%d threads at %d Hz", c.threads, c.hertz)
			}
			interval := time.Second / time.Duration(c.hertz)
			group, err := cgroup.New("bench-" + strconv.Itoa(c.hertz))
			if err != nil {
				fmt.Fprintf(b.out, "  no control group: %v\n", err)
				group = nil
			} else {
				b.close(func() error { return errors.Join(group.Kill(), group.Remove()) })
			}
			t, err := b.startTree(group, c.processes, c.threads)
			if err != nil {
				return err
			}
			tandem := func(name string, group *cgroup.Group) error {
				w, err := sample.New(interval, group)
				if err != nil {
					return err
				}
				b.close(w.Close)
				allocations := name + ", allocations a sample"
				b.group([]row{{name: name, unit: "%"}, {name: allocations}}, func(context.Context) ([]float64, error) {
					w.Started(t.pid)
					w.Working()
					share, allocs := spent(interval)
					w.Finished()
					w.Result(sample.Total{}, 0)
					return []float64{share, allocs}, nil
				})
				b.budget(budget{who: name, atMost: c.atMost})
				b.budget(budget{who: allocations, atMost: 0.5}) // the Go runtime has some of its own, now and then
				return nil
			}
			if group != nil {
				if err := tandem(name, group); err != nil {
					return err
				}
			}
			if err := tandem(name+", no control group", nil); err != nil {
				return err
			}
			b.group([]row{{name: name + ", gopsutil", unit: "%"}, {name: name + ", gopsutil, allocations a sample"}},
				func(context.Context) ([]float64, error) {
					stop := t.plain(interval)
					share, allocs := spent(interval)
					return []float64{share, allocs}, stop()
				})
		}
		return nil
	},
}

// spent is what this process uses while the caller has a sampler run, for ten
// samples at least: % of a core, and allocations a sample.
func spent(interval time.Duration) (share, allocs float64) {
	window := max(10*interval, time.Second/2)
	time.Sleep(3 * interval) // it has seen the tree by then
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin, _ := sample.RunnerCPU() // sample.New has read it before
	time.Sleep(window)
	end, _ := sample.RunnerCPU()
	runtime.ReadMemStats(&after)
	samples := float64(window / interval)
	return 100 * (end - begin).Seconds() / window.Seconds(), float64(after.Mallocs-before.Mallocs) / samples
}

// A waiting is a process tree that does nothing.
type waiting struct {
	pid  int
	pids []int32
}

// startTree starts processes, the first with some threads, that end with b.
func (b *bench) startTree(group *cgroup.Group, processes, threads int) (*waiting, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, treeVerb, strconv.Itoa(processes), strconv.Itoa(threads))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	b.close(func() error { return errors.Join(in.Close(), cmd.Wait()) })
	if group != nil {
		if err := group.Add(cmd.Process.Pid); err != nil {
			return nil, err
		}
	}
	if _, err := in.Write([]byte("begin\n")); err != nil {
		return nil, err
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		return nil, fmt.Errorf("start a tree to sample: %w", err)
	}
	t := &waiting{pid: cmd.Process.Pid, pids: []int32{int32(cmd.Process.Pid)}}
	all, err := process.Processes()
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if parent, err := p.Ppid(); err == nil && int(parent) == t.pid {
			t.pids = append(t.pids, p.Pid)
		}
	}
	if len(t.pids) != processes {
		return nil, fmt.Errorf("start a tree to sample: it has %d processes, not %d", len(t.pids), processes)
	}
	return t, nil
}

// plain samples with gopsutil what the sampler samples: the cores, and of each
// process its memory, its threads and their CPU time. It is told the processes,
// which the sampler must find.
func (t *waiting) plain(interval time.Duration) (stop func() error) {
	done, failed := make(chan struct{}), make(chan error, 1)
	sampler := func() error {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return nil
			case <-ticker.C:
			}
			if _, err := cpu.Times(true); err != nil {
				return err
			}
			for _, pid := range t.pids {
				p := process.Process{Pid: pid}
				if _, err := p.MemoryInfo(); err != nil {
					return err
				}
				if _, err := p.Threads(); err != nil {
					return err
				}
			}
		}
	}
	go func() { failed <- sampler() }()
	return func() error {
		close(done)
		return <-failed
	}
}
