package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"tandem/runner/model"
	"tandem/runner/store"
)

// How long a process may take to get where it is awaited, on a busy machine.
const (
	waitLong = time.Minute
	waitStep = 5 * time.Millisecond
)

// quick is a short run of one variant.
func quick(out string, more ...string) []string {
	return append([]string{"run", "counting", "--side", "go", "--variant", "sequential", "--param", "n=1000", "--rounds", "1", "--patience", "0", "--out", out}, more...)
}

// tandem runs the command to its end.
func tandem(t *testing.T, env []string, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	cmd := exec.Command("tandem", args...)
	cmd.Env = append(append(os.Environ(), "TANDEM_ROOT="+root), env...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	_ = cmd.Run() // the status says it
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}

// edit changes a run that has ended.
func edit(t *testing.T, dir string, change func(*model.Manifest, []model.Trial) []model.Trial) {
	t.Helper()
	m, trials, _, err := store.Read(dir)
	require.NoError(t, err)
	trials = change(&m, trials)
	require.NoError(t, os.RemoveAll(dir))
	r, err := store.Create(dir, m)
	require.NoError(t, err)
	for _, one := range trials {
		require.NoError(t, r.Append(one))
	}
	require.NoError(t, r.Close())
}

// A reader that has seen enough, as head has, ends neither the run nor what it
// writes.
func TestAClosedReaderLosesNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	cmd := exec.Command("tandem", quick(out, "-v", "--rounds", "3")...)
	cmd.Env = append(os.Environ(), "TANDEM_ROOT="+root)
	cmd.Stdout, cmd.Stderr = w, w
	require.NoError(t, cmd.Start())
	require.NoError(t, w.Close())
	_, err = r.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_ = cmd.Wait() // the status says it
	require.Equal(t, exitFailed, cmd.ProcessState.ExitCode(), cmd.ProcessState)
	m, trials, _, err := store.Read(out)
	require.NoError(t, err)
	require.True(t, m.Complete)
	require.NotContains(t, strings.Join(m.Warnings, " "), "control group: ", "an ordinary user has none, and is not warned of it")
	require.GreaterOrEqual(t, len(trials), 4)
	require.FileExists(t, filepath.Join(out, "report.html"))
}

// A terminal that is closed hangs up more than once; the report is written.
func TestHangingUpAgainStillReports(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, out, append(long, out)...)
	p.until("round 1 of")
	ended := make(chan int)
	go func() { ended <- p.end() }()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for status := -1; status < 0; {
		select {
		case status = <-ended:
			require.Equal(t, exitInterrupted, status, &p.seen)
		case <-again.C:
			_ = p.Process.Signal(syscall.SIGHUP) // it may be gone already
		}
	}
	require.FileExists(t, filepath.Join(out, "report.html"))
}

func TestNohupIsHeeded(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	cmd := exec.Command("sh", append([]string{"-c", `trap "" HUP; "$@"; echo ended $?`, "sh", "tandem"}, quick(out, "--rounds", "40")...)...)
	cmd.Env = append(os.Environ(), "TANDEM_ROOT="+root)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	said, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(out, "trials.ndjson")); return err == nil }, waitLong, waitStep)
	require.NoError(t, syscall.Kill(-cmd.Process.Pid, syscall.SIGHUP))
	all, err := io.ReadAll(said)
	require.NoError(t, err)
	require.NoError(t, cmd.Wait())
	require.Contains(t, string(all), "ended 0")
}

// A command that waits for what never comes is ended by the first signal.
func TestTheFirstSignalAlwaysWorks(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	// Nobody reads what it prints, and the pipe is soon full.
	r, w, err := os.Pipe()
	require.NoError(t, err)
	defer r.Close()
	_, err = w.Write(bytes.Repeat([]byte("x"), 60<<10))
	require.NoError(t, err)
	cmd := exec.Command("tandem", "list", "--json")
	cmd.Env = append(os.Environ(), "TANDEM_ROOT="+root)
	cmd.Stdout = w
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	// Full: it has written what it can.
	require.Eventually(t, func() bool {
		fds := []unix.PollFd{{Fd: int32(w.Fd()), Events: unix.POLLOUT}}
		n, err := unix.Poll(fds, 0)
		return err == nil && n == 0
	}, waitLong, waitStep)
	require.NoError(t, w.Close())
	require.NoError(t, cmd.Process.Signal(syscall.SIGTERM))
	_ = cmd.Wait() // the status says it
	require.Equal(t, exitInterrupted, cmd.ProcessState.ExitCode(), cmd.ProcessState)
}

// A folder that is moved away takes the run with it, and its report.
func TestAMovedFolderKeepsTheRun(t *testing.T) {
	out, moved := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "moved")
	p := start(t, out, append(long, out)...)
	p.until("round 1 of")
	require.NoError(t, os.Rename(out, moved))
	p.until("round 5 of")
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.Equal(t, exitInterrupted, p.end(), &p.seen)
	_, trials, _, err := store.Read(moved)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(trials), 5)
	require.FileExists(t, filepath.Join(moved, "report.html"))
	require.NoDirExists(t, out)
}

// A folder that is deleted ends the run at its next trial; what was measured
// is kept where it was.
func TestADeletedFolderEndsTheRunAndLosesNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, out, append(long, out)...)
	p.until("round 3 of")
	require.NoError(t, os.RemoveAll(out))
	require.Equal(t, exitFailed, p.end(), &p.seen)
	require.Contains(t, p.seen.String(), "what was measured is kept in "+out)
	require.Contains(t, p.seen.String(), "the run's folder was deleted")
	m, trials, _, err := store.Read(out)
	require.NoError(t, err)
	require.False(t, m.Complete)
	require.GreaterOrEqual(t, len(trials), 3)
	require.FileExists(t, filepath.Join(out, "report.html"))
}

// What a run's files name is not run; what the user has or names is.
func TestResumeRunsNoProgramThatAFileNames(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	_, said, status := tandem(t, nil, "run", "counting", "--side", "python", "--variant", "sequential", "--param", "n=1000", "--rounds", "1", "--patience", "0", "--out", out)
	require.Equal(t, exitOK, status, said)
	ran := filepath.Join(t.TempDir(), "ran")
	planted := filepath.Join(t.TempDir(), "python3")
	require.NoError(t, os.WriteFile(planted, []byte("#!/bin/sh\ntouch "+ran+"\n"), 0o777))
	real := ""
	edit(t, out, func(m *model.Manifest, all []model.Trial) []model.Trial {
		real, m.Runtimes[0].Path = m.Runtimes[0].Path, planted
		return all
	})
	_, said, status = tandem(t, nil, "run", "--resume", out, "--rounds", "2", "--patience", "0")
	require.Equal(t, exitUsage, status, said)
	require.Contains(t, said, "which was at "+planted+", is none of the Pythons that are found here; name it with --python")
	require.NoFileExists(t, ran)
	_, said, status = tandem(t, nil, "run", "--resume", out, "--rounds", "2", "--patience", "0", "--python", real)
	require.Equal(t, exitOK, status, said)
	require.NoFileExists(t, ran)
	m, _, _, err := store.Read(out)
	require.NoError(t, err)
	require.Equal(t, real, m.Runtimes[0].Path)
}

// A run is gone on with as it was begun, or not at all.
func TestResumeMixesNothing(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	_, said, status := tandem(t, []string{"GOMAXPROCS=1"}, quick(out)...)
	require.Equal(t, exitOK, status, said)
	again := []string{"run", "--resume", out, "--rounds", "2", "--patience", "0"}
	for want, env := range map[string][]string{
		`GOMAXPROCS was "1" and is not set`:                       nil,
		`GOMAXPROCS was "1" and is "2"`:                           {"GOMAXPROCS=2"},
		`MALLOC_ARENA_MAX was not set and is "1"`:                 {"GOMAXPROCS=1", "MALLOC_ARENA_MAX=1"},
		`LD_PRELOAD was not set and is "/nonexistent.so"; set it`: {"GOMAXPROCS=1", "LD_PRELOAD=/nonexistent.so"},
	} {
		_, said, status := tandem(t, env, again...)
		require.Equal(t, exitFailed, status, said)
		require.Contains(t, said, want)
	}
	for want, change := range map[string]func(*model.Manifest){
		"go build was \"with -race\" and is \"go1.": func(m *model.Manifest) { m.Env["go build"] = "with -race" },
		"it was measured with Go 1.2.3 and this":    func(m *model.Manifest) { m.Runtimes[0].Version = "1.2.3" },
		"there is no counting go/miracles":          func(m *model.Manifest) { m.Plan[0].Variant = "miracles" },
		"is above the most":                         func(m *model.Manifest) { m.Plan[0].Params["workers"] = int64(1e15) },
		`has no parameter "x"`:                      func(m *model.Manifest) { m.Plan[0].Params["x"] = int64(1) },
		"which is none of its runtimes":             func(m *model.Manifest) { m.Plan[0].Runtime = "other" },
		`of an unknown side "rust"`: func(m *model.Manifest) {
			m.Runtimes = append(m.Runtimes, model.Runtime{ID: "r", Side: "rust", Path: "/bin/false"})
		},
		"it ran on 4000 cores of":                           func(m *model.Manifest) { m.Machine.Cores = 4000 },
		"a list of 1 URLs; give the list again with --urls": func(m *model.Manifest) { m.URLs = []string{"http://127.0.0.1:9/"} },
	} {
		copied := filepath.Join(t.TempDir(), "run")
		require.NoError(t, os.CopyFS(copied, os.DirFS(out)))
		edit(t, copied, func(m *model.Manifest, all []model.Trial) []model.Trial { change(m); return all })
		_, said, status := tandem(t, []string{"GOMAXPROCS=1"}, "run", "--resume", copied, "--rounds", "2", "--patience", "0")
		require.NotEqual(t, exitOK, status, want)
		require.Contains(t, said, want)
	}
	_, said, status = tandem(t, []string{"GOMAXPROCS=1"}, again...)
	require.Equal(t, exitOK, status, said)
}

// Whatever a run's files and a child say, it is read and does nothing more.
func TestNothingActsOnTheTerminalOrThePage(t *testing.T) {
	const evil = "\x1b]0;owned\x07\x1b[2J\r\b\x7f\u009b31m\u202e\u2066"
	out := filepath.Join(t.TempDir(), "run")
	_, said, status := tandem(t, nil, quick(out)...)
	require.Equal(t, exitOK, status, said)
	edit(t, out, func(m *model.Manifest, all []model.Trial) []model.Trial {
		m.Profile, m.Budget, m.Command, m.Tandem = evil, evil, []string{evil}, evil
		m.Machine.CPU, m.Machine.Kernel, m.Warnings = evil, evil, []string{evil}
		m.Runtimes[0].Version, m.Runtimes[0].Path = evil, evil
		m.Extra = map[string]string{evil: evil}
		unknown := m.Plan[0]
		unknown.Pair, unknown.Variant, unknown.Params = evil, evil, map[string]any{evil: evil}
		failed := m.Plan[0]
		failed.Params = map[string]any{"n": int64(77), "workers": evil}
		m.Plan = append(m.Plan, unknown, failed)
		for _, c := range m.Plan {
			for round := range 3 {
				one := model.Trial{Pair: c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params, Round: round,
					Status: model.OK, Answer: evil, Log: evil, Metrics: map[string]float64{evil: 1}, Methods: map[string]string{evil: evil}, WallNS: 5}
				if round == 2 {
					one.Status, one.Message = model.Crashed, evil
				}
				all = append(all, one)
			}
		}
		return all
	})
	acts := func(text string) bool {
		return strings.ContainsFunc(text, func(c rune) bool {
			return c < ' ' && c != '\n' && c != '\t' || 0x7f <= c && c < 0xa0 || 0x202a <= c && c <= 0x202e || 0x2066 <= c && c <= 0x2069
		})
	}
	for _, args := range [][]string{
		{"show", out}, {"show", out, "--json"}, {"show", out, evil}, {"claims", out}, {"claims", out, "--json"}, {"report", out}, {"report", out, "--figures"},
		{"report", out, "--json"}, {"run", "--resume", out}, {"run", evil}, {"run", "counting", "--variant", evil}, {"run", "counting", "--param", evil + "=1"},
		{"run", "counting", "--param", "n=" + evil}, {"run", "counting", "--python", "./" + evil}, {"report", evil}, {evil}, {"run", "--" + evil},
		{"run", "urlcheck", "--urls", evil}, {"run", "--profile", evil}, {"run", "--side", evil}, {"run", "--rounds", evil},
	} {
		stdout, stderr, _ := tandem(t, nil, args...)
		require.False(t, acts(stdout), "%q printed %q", args, stdout)
		require.False(t, acts(stderr), "%q said %q", args, stderr)
	}
	err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		require.NoError(t, err)
		if ending := filepath.Ext(path); ending == ".html" || ending == ".svg" || ending == ".csv" {
			page, err := os.ReadFile(path)
			require.NoError(t, err)
			require.False(t, acts(string(page)), path)
		}
		return nil
	})
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(out, "report.html"))
}

// Variants that disagree: the table is the same whether the run was measured in
// one go or resumed, and one that loses something and happens to run first does
// not make the right ones wrong.
func TestResumeForgetsNoAnswer(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	args := []string{"run", "fibonacci", "--side", "go", "--rounds", "2", "--patience", "0", "--param", "n=5", "--out", out}
	_, said, status := tandem(t, nil, args...)
	require.Equal(t, exitOK, status, said)
	lossy := ""
	edit(t, out, func(m *model.Manifest, all []model.Trial) []model.Trial {
		for _, c := range m.Plan {
			if c.Variant != "sequential" && lossy == "" {
				lossy = c.Variant
			}
		}
		var first, rest []model.Trial
		for _, one := range all {
			one.Samples = ""
			if one.Variant == lossy {
				one.Answer = "lost one"
				first = append(first, one)
			} else if one.Round < 2 {
				rest = append(rest, one) // the others' second round is still to come
			}
		}
		return append(first, rest...)
	})
	statuses := func(text string) map[string]map[model.Status]int {
		var got struct {
			Summary struct {
				Pairs []struct {
					Groups []struct {
						Rows []struct {
							Variant string
							Status  map[model.Status]int
						}
					}
				}
			} `json:"summary"`
		}
		require.NoError(t, json.Unmarshal([]byte(text), &got), text)
		all := map[string]map[model.Status]int{}
		for _, p := range got.Summary.Pairs {
			for _, g := range p.Groups {
				for _, row := range g.Rows {
					all[row.Variant] = row.Status
				}
			}
		}
		return all
	}
	resumed, said, status := tandem(t, nil, "run", "--resume", out, "--patience", "0", "--json")
	require.Equal(t, exitFailed, status, "a wrong answer is a failure: %s", said)
	shown, said, status := tandem(t, nil, "show", out, "--json")
	require.Equal(t, exitOK, status, said)
	require.Equal(t, statuses(shown), statuses(resumed))
	require.Greater(t, len(statuses(shown)), 2)
	for variant, status := range statuses(shown) {
		want := map[model.Status]int{model.OK: 2}
		if variant == lossy {
			want = map[model.Status]int{model.WrongAnswer: 2}
		}
		require.Equal(t, want, status, variant)
	}
}

// The largest run that is read is a report still, and no larger than a browser
// takes.
func TestTheLargestRunIsReported(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	_, said, status := tandem(t, nil, quick(out)...)
	require.Equal(t, exitOK, status, said)
	edit(t, out, func(m *model.Manifest, all []model.Trial) []model.Trial {
		cell, one := m.Plan[0], all[0]
		m.Plan, all, m.Machine.Cores = nil, nil, 4096
		one.Samples, one.Round, one.Parallelism, one.Metrics = "", 1, 4096, map[string]float64{}
		for k := range 100 {
			one.Metrics[strings.Repeat("m", k+1)+"_ns"] = 1e18
		}
		for i := range 500 {
			cell.Params = map[string]any{"n": int64(i), "workers": int64(2)}
			one.Params = cell.Params
			m.Plan, all = append(m.Plan, cell), append(all, one)
		}
		return all
	})
	_, said, status = tandem(t, nil, "report", out)
	require.Equal(t, exitOK, status, said)
	page, err := os.Stat(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Less(t, page.Size(), int64(20<<20))
}

// A child may say anything; what cannot be true is no result, and the run goes
// on.
func TestWhatAChildSaysHasBounds(t *testing.T) {
	many := make([]string, 20_000)
	for i := range many {
		many[i] = `"` + strings.Repeat("m", 8) + string(rune('a'+i%26)) + strings.Repeat("n", i%7) + strings.Repeat("o", i/200) + `":1`
	}
	for want, done := range map[string]string{
		`what it reported cannot be true: metric "x" is 1e+300`: `{"done":{"elapsed_ns":5,"answer":"1000","metrics":{"x":1e300}}}`,
		"is longer than 200 bytes":                              `{"done":{"elapsed_ns":5,"answer":"1000","metrics":{"` + strings.Repeat("x", 300) + `":1}}}`,
		"metrics are more than 100":                             `{"done":{"elapsed_ns":5,"answer":"1000","metrics":{` + strings.Join(many[:200], ",") + `}}}`,
		`the child failed: \u001b[31mred\u202e`:                 `{"failed":"\u001b[31mred\u202e"}`,
	} {
		dir := t.TempDir()
		python, line := filepath.Join(dir, "python3"), filepath.Join(dir, "line")
		require.NoError(t, os.WriteFile(line, []byte(done+"\n"), 0o666))
		require.NoError(t, os.WriteFile(python, []byte(`#!/bin/sh
if [ "$1" = -c ]; then
	echo '{"executable": "`+python+`", "version": "3.99.0", "info": [3, 99, 0], "implementation": "cpython", "gil": true}'
	exit
fi
read request
echo '{"ready":{"language":"python","version":"3.99.0"}}' >&$TANDEM_FD
read go
cat `+line+` >&$TANDEM_FD
`), 0o777))
		stdout, said, status := tandem(t, nil, "run", "counting", "--side", "python", "--python", python, "--variant", "sequential",
			"--param", "n=1000", "--rounds", "1", "--patience", "0", "--out", filepath.Join(dir, "run"))
		require.Equal(t, exitFailed, status, said)
		require.Contains(t, stdout+said, want)
		require.NotContains(t, stdout+said, "\x1b")
		_, trials, _, err := store.Read(filepath.Join(dir, "run"))
		require.NoError(t, err)
		require.Len(t, trials, 2)
	}
}
