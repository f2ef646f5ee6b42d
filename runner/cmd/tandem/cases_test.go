package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
	"tandem/runner/store"
	"tandem/runner/summary"
)

// sample is a run's measured trials, by "side/variant".
type sample struct {
	t      *testing.T
	said   string
	trials map[string][]*model.Trial
}

// median is that of a quantity of a variant.
func (m sample) median(variant, quantity string) float64 {
	m.t.Helper()
	var values []float64
	for _, trial := range m.trials[variant] {
		if v, ok := summary.Value(trial, quantity); ok && trial.Status == model.OK {
			values = append(values, v)
		}
	}
	require.NotEmpty(m.t, values, "%s of %s\n%s", quantity, variant, m.said)
	slices.Sort(values)
	return values[len(values)/2]
}

// inCopy runs tandem in a copy of a folder, and demands an exit status.
func inCopy(t *testing.T, folder string, status int, args ...string) sample {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(folder)))
	return measure(t, dir, status, args...)
}

func measure(t *testing.T, dir string, status int, args ...string) sample {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	out := filepath.Join(t.TempDir(), "run")
	cmd := exec.Command("tandem", append(args, "--out", out, "--patience", "0")...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TANDEM_ROOT="+root)
	said, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	require.Equal(t, status, cmd.ProcessState.ExitCode(), "%s", said)
	_, trials, _, err := store.Read(out)
	require.NoError(t, err)
	m := sample{t, string(said), map[string][]*model.Trial{}}
	for i := range trials {
		if o := &trials[i]; o.Round > 0 {
			m.trials[o.Side+"/"+o.Variant] = append(m.trials[o.Side+"/"+o.Variant], o)
		}
	}
	return m
}

func build(t *testing.T, folder string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(folder)))
	cmd := exec.Command("go", "build", "-o", "main", "main.go")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir
}

func TestCoroutinesThatNeverWait(t *testing.T) {
	m := inCopy(t, "testdata/cases/coroutines", 0, "run", ".", "--rounds", "3")
	require.LessOrEqual(t, m.median("python/coroutines", "parallelism"), 1.1)
	require.Greater(t, m.median("python/threads", "peak_threads"), m.median("python/coroutines", "peak_threads"))
	require.NotContains(t, m.said, "contradicted")
}

func TestBigArgument(t *testing.T) {
	m := inCopy(t, "testdata/cases/parcel", 0, "run", ".", "--rounds", "3")
	require.Greater(t, m.median("python/processes", "cpu"), 1.5*m.median("python/threads", "cpu"))
	require.Greater(t, m.median("python/processes", "peak_rss"), 1.5*m.median("python/threads", "peak_rss"))
}

func TestChunkOfOne(t *testing.T) {
	m := inCopy(t, "testdata/cases/crumbs", 0, "run", ".", "--rounds", "3")
	require.Greater(t, m.median("python/one", "switches"), 4000.0, "one message a number")
	require.Less(t, m.median("python/many", "switches"), 2000.0)
	require.Greater(t, m.median("python/one", "cpu"), m.median("python/many", "cpu"))
}

// The program's own figure stands beside ours, and across languages.
func TestImapEatsItsInput(t *testing.T) {
	m := inCopy(t, "testdata/cases/greedy", 0, "run", ".", "--rounds", "6")
	require.Equal(t, 30.0, m.median("python/imap", "metric:own_ns"))
	require.LessOrEqual(t, m.median("go/channels", "metric:own_ns"), 6.0)
	require.Less(t, m.median("python/imap", "parallelism"), 0.9)
	require.Contains(t, m.said, "says itself")
	require.Contains(t, m.said, "reproduced G1")
	require.Contains(t, m.said, "python: against go's channels, imap ")
}

// Two of three agree, in whatever order they are given.
func TestLostRemainder(t *testing.T) {
	dir := build(t, "testdata/cases/remainder")
	lostRemainder(t, dir, "1000", "32000", `sum (\d+)`)
}

func lostRemainder(t *testing.T, dir, odd, even, answer string) {
	commands := [][]string{{"-n", "lossy", "./main lossy {n}"}, {"-n", "exact", "./main exact {n}"}, {"-n", "loop", "python3 main.py {n}"}}
	for _, order := range [][]int{{0, 1, 2}, {1, 0, 2}, {2, 1, 0}} {
		args := []string{"compare", "--rounds", "1", "--answer", answer, "--sweep", fmt.Sprintf("n=%s,%s", odd, even)}
		for _, i := range order {
			args = append(args, commands[i]...)
		}
		m := measure(t, dir, 1, args...)
		require.Contains(t, m.said, "not everything ran and agreed: compare command/lossy;", order)
		wrong := 0
		for _, line := range strings.Split(m.said, "\n") {
			if strings.Contains(line, "wrong-answer") {
				require.Regexp(t, `^  command lossy +wrong-answer: answered "\d+", but the majority says "\d+"$`, line)
				wrong++
			}
		}
		require.Equal(t, 1, wrong, "at %s alone:\n%s", odd, m.said)
	}
	// Where somebody is said to know, two cannot outvote it; where nobody is and
	// there are two, neither is right.
	m := measure(t, dir, 1, "compare", "--rounds", "1", "--answer", answer, "./main lossy "+odd, "./main exact "+odd)
	require.Contains(t, m.said, "none of them has a majority")
	require.Contains(t, m.said, "command/./main exact "+odd)
}

// What prints no answer is not right because another one does, even if it comes
// first.
func TestRemovedWork(t *testing.T) {
	removedWork(t, build(t, "testdata/cases/unused"), "./main dropped", "./main kept")
}

func removedWork(t *testing.T, dir, dropped, kept string) {
	m := measure(t, dir, 1, "compare", "--rounds", "1", "-n", "dropped", dropped, "-n", "kept", kept)
	require.Contains(t, m.said, "not everything ran and agreed: compare command/dropped;")
	m = measure(t, dir, 0, "compare", "--rounds", "3", "--answer", "none", "-n", "dropped", dropped, "-n", "kept", kept)
	require.Less(t, m.median("command/dropped", "cpu"), m.median("command/kept", "cpu")/2)
}

// The cases that were made after public programs, where they are.
func TestSharedCases(t *testing.T) {
	shared, err := filepath.Abs("../../../../shared/cases")
	require.NoError(t, err)
	if _, err := os.Stat(shared); err != nil {
		t.Skipf("the shared cases are not beside this checkout: %v", err)
	}
	dir := func(name string) string { return build(t, filepath.Join(shared, name)) }
	python := func(name string, variants ...string) []string {
		args := []string{"compare", "--rounds", "3", "-n", "go", "./main"}
		for _, v := range variants {
			args = append(args, "-n", v, "python3 main.py "+v)
		}
		return args
	}
	t.Run("async-without-await", func(t *testing.T) {
		m := measure(t, dir("async-without-await"), 0, python("async-without-await", "loop", "asyncio", "threads")...)
		require.LessOrEqual(t, m.median("command/asyncio", "parallelism"), 1.1)
		require.Greater(t, m.median("command/threads", "peak_threads"), m.median("command/asyncio", "peak_threads"))
	})
	t.Run("big-argument", func(t *testing.T) {
		m := measure(t, dir("big-argument"), 0, python("big-argument", "threads", "processes")...)
		require.Greater(t, m.median("command/processes", "cpu"), 3*m.median("command/threads", "cpu"))
		require.Greater(t, m.median("command/processes", "peak_rss"), 2*m.median("command/threads", "peak_rss"))
	})
	t.Run("chunk-of-one", func(t *testing.T) {
		m := measure(t, dir("chunk-of-one"), 0, python("chunk-of-one", "loop", "many", "one")...)
		require.Greater(t, m.median("command/one", "switches"), 5000.0)
		require.Less(t, m.median("command/many", "switches"), 2000.0)
		require.Greater(t, m.median("command/one", "cpu"), m.median("command/many", "cpu"))
		require.Greater(t, m.median("command/many", "cpu"), m.median("command/loop", "cpu"))
	})
	t.Run("imap-eats-its-input", func(t *testing.T) {
		m := measure(t, dir("imap-eats-its-input"), 1, "compare", "--rounds", "1", "--answer", `result: (\d+)`, "-n", "go", "./main", "-n", "imap", "python3 main.py")
		require.Equal(t, "40", m.trials["command/imap"][0].Answer)
		require.Contains(t, []string{"3", "4", "5"}, m.trials["command/go"][0].Answer)
		require.Less(t, m.median("command/imap", "parallelism"), 0.9)
	})
	t.Run("lost-remainder", func(t *testing.T) {
		lostRemainder(t, dir("lost-remainder"), "100000", "64000", `(\d+)`)
	})
	t.Run("removed-work", func(t *testing.T) {
		removedWork(t, dir("removed-work"), "./main dropped 100000000", "./main kept 100000000")
		m := measure(t, dir("removed-work"), 0, "compare", "--rounds", "3", "--answer", "none", "-n", "dropped", "python3 main.py dropped 2000000", "-n", "kept", "python3 main.py kept 2000000")
		require.Less(t, m.median("command/kept", "cpu"), 2*m.median("command/dropped", "cpu"), "Python drops nothing")
	})
}
