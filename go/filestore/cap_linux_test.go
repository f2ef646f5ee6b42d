package filestore

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// A group can be made and left again, or the error says why not. What is used
// in it is counted: here the pages of a file.
func TestCap(t *testing.T) {
	dir := t.TempDir()
	l, err := Cap(64 << 20)
	if err != nil {
		require.ErrorContains(t, err, "capping memory: ")
		t.Skip(err)
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	require.Contains(t, string(text), prefix+strconv.Itoa(os.Getpid()))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), make([]byte, 16<<20), 0o666))
	peak, hits, err := l.Used()
	require.NoError(t, err)
	require.Greater(t, peak, int64(16<<20))
	require.GreaterOrEqual(t, hits, int64(0))
	require.NoError(t, l.Leave())
	text, err = os.ReadFile("/proc/self/cgroup")
	require.NoError(t, err)
	require.NotContains(t, string(text), prefix)
	require.NoDirExists(t, l.group)
}

// Where version 2 is without the memory controller, as beside version 1, its
// files stand in a tree of ordinary folders: what is written where, what is
// read, and where the process goes back to.
func TestCapVersion2(t *testing.T) {
	mount := t.TempDir()
	home := filepath.Join(mount, "user", "shell")
	require.NoError(t, os.MkdirAll(home, 0o777))
	put := func(path, text string) {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	}
	put(home+"/cgroup.subtree_control", "\n") // it has processes, and so may not
	put(mount+"/user/cgroup.subtree_control", "cpu memory pids\n")
	put(mount+"/cgroup.subtree_control", "cpu memory\n")

	all := places(mount, "/user/shell", version2)
	require.Equal(t, []place{{home, home}, {mount + "/user", home}, {mount, mount}}, all)
	_, err := capIn(all[0], version2, 1000)
	require.ErrorContains(t, err, "shell gives no memory controller to groups in it")
	_, err = capIn(place{mount + "/nowhere", home}, version2, 1000)
	require.ErrorIs(t, err, os.ErrNotExist)

	l, err := capIn(all[1], version2, 512<<20)
	require.NoError(t, err)
	self := strconv.Itoa(os.Getpid())
	require.Equal(t, mount+"/user/"+prefix+self, l.group)
	for file, want := range map[string]string{"memory.max": "536870912", "cgroup.procs": self} {
		text, err := os.ReadFile(filepath.Join(l.group, file))
		require.NoError(t, err)
		require.Equal(t, want, string(text), file)
	}

	put(l.group+"/memory.peak", "123456\n")
	put(l.group+"/memory.events", "low 1\nhigh 2\nmax 34\noom 5\noom_kill 6\n")
	peak, hits, err := l.Used()
	require.NoError(t, err)
	require.Equal(t, []int64{123456, 34}, []int64{peak, hits})
	put(l.group+"/memory.events", "low 1\n")
	_, _, err = l.Used()
	require.Error(t, err)

	// The kernel removes a group with its files; an ordinary folder stays.
	require.ErrorContains(t, l.Leave(), "removing ")
	for _, file := range names(t, l.group) {
		require.NoError(t, os.Remove(filepath.Join(l.group, file)))
	}
	require.NoError(t, l.Leave())
	require.NoDirExists(t, l.group)
	text, err := os.ReadFile(home + "/cgroup.procs")
	require.NoError(t, err)
	require.Equal(t, self, string(text))
}
