package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/store"
)

// A process is a real tandem command under way.
type process struct {
	*exec.Cmd
	t      *testing.T
	stderr *bufio.Reader
	out    string // the run's folder
	seen   bytes.Buffer
}

// start runs the command with a run folder of its own.
func start(t *testing.T, out string, args ...string) *process {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	p := &process{Cmd: exec.Command("tandem", args...), t: t, out: out}
	p.Env = append(os.Environ(), "TANDEM_ROOT="+root)
	pipe, err := p.StderrPipe()
	require.NoError(t, err)
	p.stderr = bufio.NewReader(io.TeeReader(pipe, &p.seen))
	require.NoError(t, p.Start())
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p
}

// until reads what the command says until it says text.
func (p *process) until(text string) {
	p.t.Helper()
	for {
		line, err := p.stderr.ReadString('\n')
		if strings.Contains(line, text) {
			return
		}
		require.NoError(p.t, err, "it never said %q, but:\n%s", text, &p.seen)
	}
}

// end waits for the command and returns its exit status.
func (p *process) end() int {
	_, err := io.Copy(io.Discard, p.stderr)
	require.NoError(p.t, err)
	_ = p.Wait() // the status says it
	return p.ProcessState.ExitCode()
}

// long is a run whose first rounds are quick and whose end is far away.
var long = []string{"run", "counting", "--side", "go", "--variant", "sequential", "--param", "n=1000", "--rounds", "100000", "--patience", "0", "-v", "--out"}

func TestCtrlCLeavesAValidRunAndItsReport(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, out, append(long, out)...)
	p.until("round 1 of")
	require.NoError(t, p.Process.Signal(os.Interrupt))
	require.Equal(t, exitInterrupted, p.end(), &p.seen)
	require.Contains(t, p.seen.String(), "tandem: interrupted; what was measured until then is kept")

	m, trials, _, err := store.Read(out)
	require.NoError(t, err)
	require.False(t, m.Complete)
	require.NotEmpty(t, trials)
	require.FileExists(t, filepath.Join(out, "report.html"))
}

func TestAKilledRunnerLosesAtMostTheTrialInFlight(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, out, append(long, out)...)
	p.until("round 3 of")
	require.NoError(t, p.Process.Kill())
	p.end()

	_, trials, _, err := store.Read(out)
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(trials), 3, "warm-up and two rounds had ended")

	// The lock went with its owner, so the run can be taken up again.
	again := start(t, out, "run", "--resume", out, "--rounds", "4", "--patience", "0")
	require.Equal(t, exitOK, again.end(), &again.seen)
	m, all, _, err := store.Read(out)
	require.NoError(t, err)
	require.True(t, m.Complete)
	require.Equal(t, fmt.Sprint(trials), fmt.Sprint(all[:len(trials)]), "what was measured stays as it was (NaN is not equal to itself)")
	rounds := map[int]int{}
	for _, trial := range all {
		rounds[trial.Round]++
	}
	for round := range 5 {
		require.Equal(t, 1, rounds[round], "round %d", round)
	}
}

func TestARunUnderWayIsNotTakenByAnother(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, out, append(long, out)...)
	p.until("round 1 of")
	other := start(t, out, "run", "--resume", out)
	require.Equal(t, exitFailed, other.end())
	require.Contains(t, other.seen.String(), "lock")
	// But it can be reported while it runs.
	report := start(t, out, "report", out)
	require.Equal(t, exitOK, report.end(), &report.seen)
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	require.Equal(t, exitInterrupted, p.end())
}

func TestAReadOnlyFolderIsNamed(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o555))
	p := start(t, dir, append(long, filepath.Join(dir, "run"))...)
	require.Equal(t, exitFailed, p.end())
	require.Contains(t, p.seen.String(), "permission denied")
}

func TestAFullDiskKeepsWhatWasMeasured(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	// A limit on the size of files is the full disk that needs no mount. The
	// journal reaches it after some trials.
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	self, err := exec.LookPath("tandem")
	require.NoError(t, err)
	cmd := exec.Command("sh", "-c", `ulimit -f 16; exec "$0" "$@"`, self,
		"run", "counting", "--side", "go", "--variant", "sequential", "--param", "n=1000", "--rounds", "100000", "--patience", "0", "--out", out)
	// The toolchain's own files are larger than that: build before the limit.
	_, built, status := tandem(t, nil, quick(filepath.Join(t.TempDir(), "run"))...)
	require.Equal(t, exitOK, status, built)
	path := t.TempDir()
	require.NoError(t, os.Symlink("/bin/sh", filepath.Join(path, "sh")))
	cmd.Env = []string{"PATH=" + path, "TANDEM_ROOT=" + root, "TMPDIR=" + t.TempDir(), "HOME=" + t.TempDir()}
	said, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Equal(t, exitFailed, cmd.ProcessState.ExitCode(), "%s", said)
	require.Contains(t, string(said), "trials.ndjson")
	require.Contains(t, string(said), "--resume "+out+" goes on after them")
	// The report fits no more than the journal does; the table is printed.
	require.NoFileExists(t, filepath.Join(out, "report.html"))
	require.Regexp(t, `time +95% interval`, string(said))
	require.NotContains(t, string(said), "report: ")
	_, trials, _, err := store.Read(out)
	require.NoError(t, err)
	require.NotEmpty(t, trials)
}

// Where order is the point each variant is traced after its rounds, in a trial
// that no figure of times uses; the rounds and the warm-up are not.
func TestATraceIsATrialOfItsOwn(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	p := start(t, out, "run", "buffering", "--rounds", "2", "--patience", "0", "--out", out)
	require.Equal(t, exitOK, p.end(), &p.seen)
	m, trials, _, err := store.Read(out)
	require.NoError(t, err)
	measured := map[string]int{}
	traced := map[string]bool{}
	for _, o := range trials {
		cell := o.Cell().Key()
		switch {
		case o.Traced:
			require.Zero(t, o.Round)
			require.Equal(t, 2, measured[cell], "traced when the rounds are over")
			s, err := store.ReadSamples(out, o.Samples)
			require.NoError(t, err)
			require.NotEmpty(t, s.Events)
			traced[cell] = true
		case o.Round > 0:
			measured[cell]++
		}
	}
	require.Len(t, traced, len(m.Plan))
}
