package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tandem/runner/model"
	"tandem/runner/store"
)

// The benchmarks run the tandem that make has built, as a user does: one
// iteration is one run. runner/bench says what they may take.
const built = "../../../bin/tandem"

// BenchmarkTrial is a whole trial of Go counting to nothing: the hand-shake, the
// samples, the journal's line on the disk, and what lies between two trials of
// a round.
func BenchmarkTrial(b *testing.B) {
	for range b.N {
		r := runBuilt(b, "counting", "--side", "go", "--variant", "goroutines", "--param", "n=0",
			"--param", "workers=1,2,3,4,5,6,7,8", "--rounds", "12", "--patience", "0")
		b.ReportMetric(median(r.between(func(model.Trial) time.Duration { return 0 }))*1e3, "trial-ms")
	}
}

// BenchmarkQuick is the main job, as make calls it once all is set up: on the
// machine as it is, and beside a program that spins all the time. The two must
// not contradict each other.
func BenchmarkQuick(b *testing.B) {
	for range b.N {
		r := runBuilt(b)
		r.report(b, "")
		spinner := exec.Command("sh", "-c", "while :; do :; done")
		require.NoError(b, spinner.Start())
		busy := runBuilt(b)
		require.NoError(b, spinner.Process.Kill())
		_ = spinner.Wait() // it was killed
		busy.report(b, "busy-")
		conflicts := 0
		for id, v := range r.verdicts {
			if w := busy.verdicts[id]; v == model.Reproduced && w == model.Contradicted || v == model.Contradicted && w == model.Reproduced {
				conflicts++
			}
		}
		b.ReportMetric(float64(conflicts), "conflicts")
	}
}

// A builtRun is what came of a run.
type builtRun struct {
	whole, first time.Duration
	lines        int
	page         int64 // bytes
	trials       []model.Trial
	verdicts     map[string]model.Verdict
}

func runBuilt(b *testing.B, args ...string) *builtRun {
	// Beside the checkout's own results: a temporary folder may be in memory,
	// where a sync costs nothing.
	parent, err := os.MkdirTemp("../../../results", ".bench-")
	require.NoError(b, err)
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "run")
	begin := time.Now()
	cmd := exec.Command(built, slices.Concat([]string{"run", "--out", dir}, args)...)
	r, said := &builtRun{verdicts: map[string]model.Verdict{}}, &bytes.Buffer{}
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(b, cmd.Start())
	_, err = io.Copy(writer(func(p []byte) (int, error) {
		said.Write(p)
		if r.first == 0 && bytes.Count(said.Bytes(), []byte("\n")) >= 2 { // the first pair's answer
			r.first = time.Since(begin)
		}
		return len(p), nil
	}), out)
	require.NoError(b, err)
	require.NoError(b, cmd.Wait(), "%s", said)
	r.whole, r.lines = time.Since(begin), bytes.Count(said.Bytes(), []byte("\n"))
	page, err := os.Stat(filepath.Join(dir, "report.html"))
	require.NoError(b, err)
	r.page = page.Size()
	_, r.trials, _, err = store.Read(dir)
	require.NoError(b, err)
	text, err := exec.Command(built, "claims", dir, "--json").Output()
	require.NoError(b, err)
	var claims []struct {
		ID      string        `json:"id"`
		Verdict model.Verdict `json:"verdict"`
	}
	require.NoError(b, json.Unmarshal(text, &claims))
	for _, c := range claims {
		r.verdicts[c.ID] = c.Verdict
	}
	return r
}

// A writer is a function that takes what is written.
type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// between lists what lies from the start of a trial to the next one's, in
// seconds, less a part of the trial.
func (r *builtRun) between(part func(model.Trial) time.Duration) (seconds []float64) {
	for i, t := range r.trials[1:] {
		seconds = append(seconds, (t.StartedAt.Sub(r.trials[i].StartedAt) - part(r.trials[i])).Seconds())
	}
	return seconds
}

func (r *builtRun) report(b *testing.B, prefix string) {
	decided, tried, untried, own := 0, 0, 0, 0.0
	for _, v := range r.verdicts {
		switch v {
		case model.OnPaper:
		case model.NotTried:
			untried++
		case model.Inconclusive:
			tried++
		default:
			tried++
			decided++
		}
	}
	gaps := r.between(func(t model.Trial) time.Duration { return time.Duration(t.StartupNS + t.WallNS) })
	for _, gap := range gaps {
		own += gap / float64(len(gaps))
	}
	for unit, v := range map[string]float64{
		"run-s": r.whole.Seconds(), "first-s": r.first.Seconds(), "decided-%": 100 * float64(decided) / float64(tried),
		"untried": float64(untried), "lines": float64(r.lines), "own-ms": own * 1e3, "page-MB": float64(r.page) / 1e6,
	} {
		b.ReportMetric(v, prefix+unit)
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// BenchmarkViewers/ten is a run that uses every core while ten look on: as curls,
// which are processes of their own, as browsers are.
func BenchmarkViewers(b *testing.B) {
	for name, viewers := range map[string]int{"nobody": 0, "ten": 10} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				wall, runner := watched(b, viewers)
				b.ReportMetric(1e3*wall, "work-ms")
				b.ReportMetric(100*runner, "%runner")
			}
		})
	}
}

// watched returns the median seconds of a trial's work, and the cores that the
// runner used meanwhile.
func watched(b *testing.B, viewers int) (wall, runner float64) {
	dir := filepath.Join(b.TempDir(), "run")
	cmd := exec.Command(built, "run", "counting", "--live", "--side", "go", "--variant", "goroutines",
		"--param", "n=4000000000", "--rounds", "6", "--patience", "0", "--out", dir)
	cmd.Env = append(os.Environ(), "DISPLAY=", "WAYLAND_DISPLAY=") // no browser
	out, err := cmd.StderrPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	var looking sync.WaitGroup
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if page, ok := strings.CutPrefix(lines.Text(), "live at "); ok {
			events := page[:strings.LastIndex(page, "/live")] + "/events"
			for range viewers { // the page gives the cookie for the events
				looking.Go(func() {
					said, _ := exec.Command("curl", "-sNL", "-b", "", "-w", "%{http_code} ", "-o", os.DevNull, page, "-o", os.DevNull, events).Output()
					assert.Equal(b, "200 200 ", string(said))
				})
			}
		} else if strings.HasPrefix(lines.Text(), "the pages stay") {
			require.NoError(b, cmd.Process.Signal(os.Interrupt))
		}
	}
	require.NoError(b, cmd.Wait())
	looking.Wait() // the server is gone
	_, trials, _, err := store.Read(dir)
	require.NoError(b, err)
	var walls, runners []float64
	for _, t := range trials {
		require.Equal(b, model.OK, t.Status, t.Message)
		if t.Round > 0 {
			walls, runners = append(walls, float64(t.WallNS)/1e9), append(runners, t.RunnerCPU)
		}
	}
	return median(walls), median(runners)
}
