package store

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tandem/runner/model"
)

// alone runs the calling test once more, in a process of its own with attr,
// and reports whether this is that process. There dir is an empty folder.
func alone(t *testing.T, attr *syscall.SysProcAttr) (dir string, inside bool) {
	t.Helper()
	const env = "TANDEM_STORE_TEST_DIR"
	if dir := os.Getenv(env); dir != "" {
		return dir, true
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	// Under the race detector a process would wait a second before it ends.
	child.Env = append(os.Environ(), env+"="+t.TempDir(), "GORACE=atexit_sleep_ms=0")
	child.SysProcAttr = attr
	out, err := child.CombinedOutput()
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSYS):
		t.Skipf("no namespaces here: %v", err)
	case strings.Contains(string(out), "--- SKIP"):
		t.Skipf("%s", out)
	}
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "--- PASS: "+t.Name())
	return "", false
}

// disk runs the calling test with a file system of 64 KiB, which only it sees.
func disk(t *testing.T) (dir string, inside bool) {
	t.Helper()
	dir, inside = alone(t, &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	})
	if inside {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
			t.Skipf("no file system can be mounted: %v", err)
		}
	}
	return dir, inside
}

// fill appends until that fails, and checks that nothing was lost by it.
func fill(t *testing.T, r *Run, cause error) {
	t.Helper()
	var err error
	n := 0
	for ; err == nil; n++ {
		require.Less(t, n, 1000)
		err = r.Append(numbered(n + 1))
	}
	n-- // the last one failed
	require.ErrorIs(t, err, cause)
	require.ErrorContains(t, err, "trials.ndjson:")
	require.ErrorContains(t, err, "before it are safe, and --resume "+r.Dir()+" goes on after them")
	require.Len(t, r.Trials(), n)
	require.NotZero(t, n)
	info, err := os.Stat(filepath.Join(r.Dir(), journalName))
	require.NoError(t, err)
	require.Equal(t, r.journal.good, info.Size(), "what was half-written is gone")
	_, trials, warnings, err := Read(r.Dir())
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, r.Trials(), trials)
}

func TestFullDisk(t *testing.T) {
	dir, inside := disk(t)
	if !inside {
		return
	}
	ballast := filepath.Join(dir, "ballast")
	require.NoError(t, os.WriteFile(ballast, make([]byte, 16<<10), 0o666))
	r, err := Create(filepath.Join(dir, "r1"), model.Manifest{ID: "r1"})
	require.NoError(t, err)
	fill(t, r, syscall.ENOSPC)
	n := len(r.Trials())

	// Nothing else that fails here harms what is there either. The rest of
	// the last page is taken first, so that not a byte is left.
	m := r.Manifest()
	m.Warnings = []string{strings.Repeat("x", 20<<10)}
	require.ErrorIs(t, r.UpdateManifest(m), syscall.ENOSPC)
	require.ErrorContains(t, r.WriteFile("report.html", make([]byte, 64<<10)), "free some space, or choose another disk with --out")
	noise := model.Samples{Method: strings.Repeat("x", 10)}
	for i := range 20000 {
		noise.AtNS = append(noise.AtNS, int64(i*i*7919))
	}
	_, err = r.SaveSamples(trialOf(1), noise)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NotContains(t, err.Error(), "\n", "it is said once")
	left, err := os.ReadDir(filepath.Join(r.Dir(), samplesName))
	require.NoError(t, err)
	require.Empty(t, left)
	got, _, _, err := Read(r.Dir())
	require.NoError(t, err)
	require.Empty(t, got.Warnings)
	_, err = Create(filepath.Join(dir, "r2"), model.Manifest{ID: "r2", Warnings: m.Warnings})
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.NoDirExists(t, filepath.Join(dir, "r2"))

	require.NoError(t, os.Remove(ballast))
	require.NoError(t, r.Append(numbered(1)), "with space again, the same run goes on")
	require.NoError(t, r.Close())
	_, trials, _, err := Read(r.Dir())
	require.NoError(t, err)
	require.Len(t, trials, n+1)
}

// A limit on the size of files ends a write in its middle, as some network
// file systems do.
func TestFileSizeLimit(t *testing.T) {
	dir, inside := alone(t, nil)
	if !inside {
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	require.NoError(t, unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 30_000, Max: 30_000}))
	r, err := Create(filepath.Join(dir, "r1"), model.Manifest{ID: "r1"})
	require.NoError(t, err)
	fill(t, r, syscall.EFBIG)
	require.NoError(t, r.Close())
}

func TestReadOnly(t *testing.T) {
	dir, inside := disk(t)
	if !inside {
		return
	}
	run := filepath.Join(dir, "r1")
	r, err := Create(run, model.Manifest{ID: "r1"})
	require.NoError(t, err)
	require.NoError(t, r.Append(trialOf(1)))
	require.NoError(t, r.Close())
	require.NoError(t, unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))

	_, err = Open(run)
	require.ErrorIs(t, err, syscall.EROFS)
	require.ErrorContains(t, err, "make the folder writable, or choose another with --out")
	_, err = Create(filepath.Join(dir, "r2"), model.Manifest{ID: "r2"})
	require.ErrorIs(t, err, syscall.EROFS)
	require.ErrorIs(t, WriteFile(run, "report.html", nil), syscall.EROFS)
	_, trials, _, err := Read(run)
	require.NoError(t, err, "a report needs no more than to read")
	require.Len(t, trials, 1)
}
