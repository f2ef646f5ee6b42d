package scratch

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// As a child of itself, this program makes folders, prints them, and is killed.
func TestMain(m *testing.M) {
	if os.Getenv("SCRATCH_TEST") == "" {
		os.Exit(m.Run())
	}
	f, err := New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(strings.Join(folders(f), "\n"))
	_ = os.WriteFile(filepath.Join(f.Disk(), "file"), nil, 0o666)
	self, _ := os.FindProcess(os.Getpid())
	_ = self.Kill()
	select {}
}

func folders(f *Folders) []string {
	if f.Memory() == "" {
		return []string{f.Disk()}
	}
	return []string{f.Disk(), f.Memory()}
}

// there says whether a folder is, by whatever links.
func there(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// both runs a test with a folder in memory that has no name, where that can be,
// and with one that has.
func both(t *testing.T, test func(t *testing.T)) {
	t.Run("unnamed", func(t *testing.T) {
		f, err := unnamed()
		if err != nil {
			t.Skip(err)
		}
		require.NoError(t, f.Close())
		test(t)
	})
	t.Run("named", func(t *testing.T) {
		t.Setenv("PATH", "/bin-without-mount")
		test(t)
	})
}

func names(t *testing.T, path string) []string {
	entries, err := os.ReadDir(path)
	require.NoError(t, err)
	all := []string{}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestWhatAKilledChildLeavesIsRemoved(t *testing.T) { both(t, killedChild) }

func killedChild(t *testing.T) {
	path := os.Getenv("PATH")
	t.Setenv("TMPDIR", t.TempDir())
	f, err := New()
	require.NoError(t, err)
	require.Equal(t, path == "/bin-without-mount" && f.Memory() != "", f.named)
	child := exec.Command("/bin/sh", "-c", `
		for folder in "$TMPDIR" $TANDEM_MEMORY; do mkdir "$folder/deep"; echo x > "$folder/deep/file"; done
		kill -9 $$`)
	child.Env = append(f.Environ(), "PATH=/usr/bin:/bin")
	require.ErrorContains(t, child.Run(), "killed")
	for _, folder := range folders(f) {
		require.Equal(t, []string{"deep"}, names(t, folder))
	}
	semaphore := ""
	if f.Memory() != "" { // as Python names those of its pools
		semaphore = filepath.Join(memory(), "sem."+filepath.Base(f.Disk())+"-x")
		require.NoError(t, os.WriteFile(semaphore, nil, 0o600))
	}
	require.NoError(t, f.Clear())
	if semaphore != "" {
		require.NoFileExists(t, semaphore)
	}
	for _, folder := range folders(f) {
		require.Empty(t, names(t, folder))
	}
	require.NoError(t, f.Close())
	for _, folder := range folders(f) {
		require.False(t, there(folder), folder)
	}
}

// What a killed runner leaves goes when the next one begins, and nothing that
// is in use, or belongs to somebody else.
func TestFoldersOfAKilledRunnerAreRemoved(t *testing.T) { both(t, killedRunner) }

func killedRunner(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, err := New()
	require.NoError(t, err)
	other := filepath.Join(os.TempDir(), "tandem-other")
	require.NoError(t, os.Mkdir(other, 0o777))

	killed := exec.Command(os.Args[0])
	killed.Env = append(os.Environ(), "SCRATCH_TEST=1")
	out, err := killed.Output()
	require.ErrorContains(t, err, "killed")
	left := strings.Fields(string(out))
	require.Len(t, left, len(folders(first)))
	for i, folder := range left {
		named := i == 0 || first.named
		require.Equal(t, named, there(folder), folder) // the kernel has deleted what is not
	}

	second, err := New()
	require.NoError(t, err)
	for _, folder := range left {
		require.False(t, there(folder), folder)
	}
	for _, folder := range append(folders(first), other) {
		require.True(t, there(folder), folder)
	}
	require.NoError(t, first.Close())
	require.NoError(t, second.Close())
	require.Equal(t, []string{"tandem-other"}, names(t, os.TempDir()))
}

func TestNowhere(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	_, err := New()
	require.ErrorContains(t, err, "make a folder for the trials' files: ")
	require.ErrorContains(t, err, "/nowhere")
}

// Runners that begin at once take no folder from each other.
func TestManyBeginAtOnce(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				f, err := New()
				if !assert.NoError(t, err) {
					return
				}
				for _, folder := range folders(f) {
					assert.True(t, there(folder), folder)
				}
				assert.NoError(t, f.Close())
			}
		})
	}
	all.Wait()
}

// Whatever stands there under our names is neither waited for nor touched.
func TestWhatIsNotOursStays(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	elsewhere := t.TempDir()
	require.NoError(t, unix.Mkfifo(filepath.Join(dir, prefix+"fifo"), 0o666))
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(dir, prefix+"link")))
	require.NoError(t, os.WriteFile(filepath.Join(dir, prefix+"file"), nil, 0o666))
	want := []string{prefix + "fifo", prefix + "file", prefix + "link"}
	if os.Geteuid() == 0 { // only root can make another's
		require.NoError(t, os.Mkdir(filepath.Join(dir, prefix+"other"), 0o777))
		require.NoError(t, os.Chown(filepath.Join(dir, prefix+"other"), 12345, 12345))
		want = append(want, prefix+"other")
	}
	f, err := New()
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Equal(t, want, names(t, dir))
	require.DirExists(t, elsewhere)
}
