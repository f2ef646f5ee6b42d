package cgroup

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// each runs a test on a group of every version that this machine allows.
func each(t *testing.T, test func(t *testing.T, g *Group)) {
	parents, err := ownGroups("/proc/self/mountinfo", "/proc/self/cgroup")
	require.NoError(t, err)
	ran := false
	for _, p := range parents {
		t.Run(map[int]string{1: "v1", 2: "v2"}[p.version], func(t *testing.T) {
			dir, err := groupName(os.Getpid(), "test")
			require.NoError(t, err)
			g, err := newIn(p, dir)
			if err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() {
				require.NoError(t, g.Kill())
				require.NoError(t, g.Remove())
				require.NoDirExists(t, g.Path())
			})
			ran = true
			test(t, g)
		})
	}
	if !ran {
		t.Skip("no control group can be made here")
	}
}

// shell starts a script that waits for a line, puts it into the group, lets it
// go, and returns when it has printed a line.
func shell(t *testing.T, g *Group, script string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sh", "-c", "read go; "+script)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	require.NoError(t, g.Add(cmd.Process.Pid))
	_, err = in.Write([]byte("go\n"))
	require.NoError(t, err)
	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return cmd
}

func TestKillReachesOrphansAndSessions(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		leader := shell(t, g, "setsid sh -c 'sleep 1000 & sleep 1000' >&2 & (sleep 1000 & sleep 1000 &); echo up; read forever")
		require.Eventually(t, func() bool {
			pids, err := g.AppendProcs(nil)
			require.NoError(t, err)
			return len(pids) == 6
		}, 10*time.Second, time.Millisecond)
		pids, err := g.AppendProcs(nil)
		require.NoError(t, err)
		require.Contains(t, pids, leader.Process.Pid)

		require.NoError(t, g.Kill())
		left, err := g.AppendProcs(nil)
		require.NoError(t, err)
		require.Empty(t, left)
		require.Error(t, leader.Wait())
		require.NoError(t, g.Kill(), "a second time")
	})
}

// A kept-open list of version 1 goes stale; ours must not.
func TestProcsIsFresh(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		for range 3 {
			cmd := shell(t, g, "echo up; read forever")
			pids, err := g.AppendProcs(nil)
			require.NoError(t, err)
			require.Equal(t, []int{cmd.Process.Pid}, pids)
			require.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait()
			pids, err = g.AppendProcs(nil)
			require.NoError(t, err)
			require.Empty(t, pids)
		}
	})
}

func TestCPUAgreesWithWait(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		// A child that is reaped by its parent, and one by nobody we know.
		cmd := shell(t, g, "echo up; sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done")
		before, _, _, err := g.CPU()
		require.NoError(t, err)
		require.Error(t, unixWait(cmd)) // its standard output is closed
		after, user, sys, err := g.CPU()
		require.NoError(t, err)
		require.Greater(t, after, before)
		accounted := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		// What it used before it was added is missing in the group.
		require.InEpsilon(t, accounted, after, 0.05)
		require.InEpsilon(t, accounted, user+sys, 0.5, "some ticks of %v", accounted)
	})
}

func unixWait(cmd *exec.Cmd) error {
	if err := cmd.Wait(); err != nil {
		return err
	}
	return os.ErrClosed
}

func TestPerCPUSumsToTotal(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		cmd := shell(t, g, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo up; read forever")
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		total, _, _, err := g.CPU()
		require.NoError(t, err)
		cores, err := g.PerCPU([]uint64{7})
		if g.Version() == 2 {
			require.ErrorIs(t, err, ErrUnsupported)
			return
		}
		require.NoError(t, err)
		require.Equal(t, uint64(7), cores[0], "what was there stays")
		sum := uint64(0)
		for _, ns := range cores[1:] {
			sum += ns
		}
		require.Equal(t, uint64(total), sum)
	})
}

func TestReadingsDoNotAllocate(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		shell(t, g, "echo up; read forever")
		pids, cores := make([]int, 0, 8), make([]uint64, 0, 1024)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			_, _, _, err1 := g.CPU()
			_, err2 := g.PerCPU(cores)
			_, err3 := g.AppendProcs(pids)
			if err1 != nil || err2 != nil && err2 != ErrUnsupported || err3 != nil {
				panic("reading failed")
			}
		}))
	})
}

func TestMachineCountsEveryGroup(t *testing.T) {
	machine, err := Machine()
	if err != nil {
		t.Skip(err)
	}
	defer machine.Close()
	each(t, func(t *testing.T, g *Group) {
		before, err := machine.PerCPU(nil)
		require.NoError(t, err)
		cmd := shell(t, g, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo up; read forever")
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		own, _, _, err := g.CPU()
		require.NoError(t, err)
		after, err := machine.PerCPU(make([]uint64, 0, len(before)))
		require.NoError(t, err)
		require.Len(t, after, len(before))
		sum := uint64(0)
		for i := range after {
			require.GreaterOrEqual(t, after[i], before[i])
			sum += after[i] - before[i]
		}
		require.GreaterOrEqual(t, sum, uint64(own))
	})
}

func TestStartInsideTheGroup(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		cmd := exec.Command("sh", "-c", "sleep 1000 & echo; wait") // forks at once
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		cmd.SysProcAttr = &unix.SysProcAttr{}
		require.NoError(t, g.Start(cmd.SysProcAttr, cmd.Start))
		t.Cleanup(func() { _ = cmd.Wait() })
		_, err = bufio.NewReader(out).ReadString('\n')
		require.NoError(t, err)
		pids, err := g.AppendProcs(nil)
		require.NoError(t, err)
		require.Len(t, pids, 2)
		require.Contains(t, pids, cmd.Process.Pid)
		require.NoError(t, g.Kill(), "it would refuse where this process were in it")
	})
}

func TestStaleGroupsAreRemoved(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		p := parent{g.Version(), g.Path()} // where no other runner looks for what is stale
		name, err := groupName(os.Getpid(), "test")
		require.NoError(t, err)
		own, err := newIn(p, name)
		require.NoError(t, err)
		defer func() { require.NoError(t, own.Remove()) }()
		dead := exec.Command("true")
		require.NoError(t, dead.Run())
		name, err = groupName(dead.Process.Pid, "test")
		require.NoError(t, err)
		stale, err := newIn(p, name)
		require.NoError(t, err)
		straggler := shell(t, stale, "echo up; read forever")
		stale.close()
		bystander := filepath.Join(p.path, "tandem-bystander")
		require.NoError(t, os.Mkdir(bystander, 0o755))
		defer os.Remove(bystander)

		removeStale(p)
		require.NoDirExists(t, stale.Path())
		require.Error(t, straggler.Wait(), "what the dead run left is killed")
		require.DirExists(t, own.Path(), "this run's group stays")
		require.DirExists(t, bystander, "a group of another kind stays")
	})
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := New("a/b")
	require.ErrorContains(t, err, `"a/b"`)
	_, err = newIn(parent{1, "/proc/no-such"}, "tandem-1-x")
	require.ErrorContains(t, err, "v1: mkdir /proc/no-such/tandem-1-x")
	// A directory that is no control group.
	_, err = newIn(parent{2, t.TempDir()}, "tandem-1-x")
	require.ErrorContains(t, err, "no such file")
}

func TestAddRefusesItself(t *testing.T) {
	each(t, func(t *testing.T, g *Group) {
		require.ErrorContains(t, g.Add(0), "no such process")
		require.ErrorIs(t, g.Add(1<<22+1), unix.ESRCH)
	})
}

func TestLocate(t *testing.T) {
	const hybrid = "22 1 0:20 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n" +
		"23 1 0:21 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
		"24 1 0:22 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
	for _, c := range []struct {
		name, mounts, groups string
		controller           string
		want                 string
	}{
		{"both, root", hybrid, "4:cpu,cpuacct:/\n0::/\n", "cpuacct", "/sys/fs/cgroup/cpu,cpuacct"},
		{"both, inside", hybrid, "4:cpu,cpuacct:/a/b:c\n0::/d\n", "cpuacct", "/sys/fs/cgroup/cpu,cpuacct/a/b:c"},
		{"both, v2", hybrid, "4:cpu,cpuacct:/a\n0::/d\n", "", "/sys/fs/cgroup/unified/d"},
		{"cpuset alone is not cpuacct", hybrid, "5:cpuset:/a\n", "cpuacct", ""},
		{"a container's mount begins at its own group",
			"9 1 0:3 /docker/1 /sys/fs/cgroup rw master:1 - cgroup2 cgroup rw\n", "0::/docker/1/x\n", "", "/sys/fs/cgroup/x"},
		{"a mount of another part", "9 1 0:3 /other /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/docker/1\n", "", ""},
		{"outside of the namespace", "9 1 0:3 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n", "0::/../x\n", "", "/sys/fs/cgroup/x"},
		{"a blank in the path", `9 1 0:3 / /mnt/a\040b rw - cgroup2 cgroup rw` + "\n", "0::/\n", "", "/mnt/a b"},
		{"nothing mounted", "", "0::/\n", "", ""},
		{"torn lines", "9 1\n - \n", "0:\n0::/\n", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := locate(c.mounts, c.groups, c.controller)
			require.Equal(t, c.want, got)
			require.Equal(t, c.want != "", ok)
		})
	}
}

// A quota is seen wherever it stands on the way up, by a process that is under it.
func TestOwnQuota(t *testing.T) {
	if os.Getenv("CGROUP_TEST_QUOTA") != "" {
		q := OwnQuota()
		fmt.Println("quota", q.Time, q.Period)
		return
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	groups, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	own, ok := locate(string(mounts), string(groups), "cpu")
	if !ok {
		t.Skip("only tried with version 1's cpu controller")
	}
	outer := filepath.Join(own, fmt.Sprintf("tandem-test-%d", os.Getpid()))
	inner := filepath.Join(outer, "inner")
	if err := os.Mkdir(outer, 0o755); err != nil {
		t.Skip(err)
	}
	defer func() { require.NoError(t, remove(outer)) }()
	require.NoError(t, os.WriteFile(filepath.Join(outer, "cpu.cfs_quota_us"), []byte("50000"), 0))
	require.NoError(t, os.Mkdir(inner, 0o755))
	defer func() { require.NoError(t, remove(inner)) }()

	cmd := exec.Command("sh", "-c", `echo $$ >"$0"/cgroup.procs; exec "$1" -test.run 'TestOwnQuota$'`, inner, os.Args[0])
	cmd.Env = append(os.Environ(), "CGROUP_TEST_QUOTA=1")
	out, err := cmd.Output()
	require.NoError(t, err)
	require.Contains(t, string(out), "quota 50ms 100ms")
}

// Version 2's files, in a container that sees a part of the tree.
func TestQuotaOfVersion2(t *testing.T) {
	tree := t.TempDir()
	inner := filepath.Join(tree, "a", "b")
	require.NoError(t, os.MkdirAll(inner, 0o755))
	mounts := "22 1 0:20 /docker/1 " + tree + " rw,relatime - cgroup2 cgroup2 rw\n"
	for _, row := range []struct {
		outer, inner string
		cores        float64
	}{
		{"max 100000\n", "50000 100000\n", 0.5},
		{"150000 100000\n", "max 100000\n", 1.5},
		{"50000 100000\n", "400000 100000\n", 0.5},
		{"max 100000\n", "max 100000\n", 0},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(tree, "a", "cpu.max"), []byte(row.outer), 0o644))
		require.NoError(t, os.WriteFile(filepath.Join(inner, "cpu.max"), []byte(row.inner), 0o644))
		require.InDelta(t, row.cores, quotaOf(mounts, "0::/docker/1/a/b\n").Cores(), 1e-9, row)
	}
}

func TestOwnerOf(t *testing.T) {
	for name, want := range map[string]int{
		"tandem-12-run": 12, "tandem-12-a-b": 12, "tandem-x-run": 0, "tandem-12": 0, "tandem--1-x": 0, "other-12-run": 0,
	} {
		pid, ok := ownerOf(name)
		require.Equal(t, want > 0, ok, name)
		if ok {
			require.Equal(t, want, pid, name)
		}
	}
}

func TestParseErrorsQuoteTheText(t *testing.T) {
	_, _, _, err := parseCPUStat([]byte("usage_usec 12x\n"))
	require.ErrorContains(t, err, `"12x"`)
	_, _, _, err = parseCPUStat([]byte("usage_usec 12\n"))
	require.ErrorContains(t, err, `"usage_usec 12\n"`)
	_, err = parsePerCPU(nil, []byte("1 2 -3"))
	require.ErrorContains(t, err, `"-3"`)
	_, err = parsePerCPU(nil, []byte("18446744073709551616"))
	require.ErrorContains(t, err, "too large")
	_, err = parsePerCPU(nil, []byte(" \n"))
	require.Error(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("usage_usec 12\nuser_usec 10\nsystem_usec 2\nnice_usec 0\n"))
	f.Add([]byte("1 22 18446744073709551615 \n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _, _, _ = parseCPUStat(text)
		if cores, err := parsePerCPU(nil, text); err == nil {
			require.Len(t, cores, len(strings.Fields(string(text))))
		}
	})
}
