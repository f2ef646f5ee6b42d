package store

import (
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"syscall"

	"tandem/runner/model"
)

// The most of everything that a file of a run may hold. A real run has a tenth
// of it; a file that has more would take a reader's memory, or draw an axis
// without end.
const (
	maxManifest = 64 << 20  // bytes
	maxJournal  = 256 << 20 // bytes
	maxSamples  = 64 << 20  // bytes, unpacked
	maxCells    = 10_000    // of a plan
	maxVariants = 500       // cells of a pair
	maxRuntimes = 100
	maxCores    = 4096
	maxRound    = 1_000_000
	maxMetrics  = 100 // names of metrics of a pair
	maxParams   = 100
	maxName     = 200     // bytes
	maxCount    = 1 << 53 // of nanoseconds, bytes, context switches: what a float64 counts exactly
	maxMetric   = 1e18
	maxShare    = 10.0 // of a core: more than 1 is a clock that was read late
	maxWorker   = 1_000_000
)

// Check says what is wrong with a trial's numbers and names: what no machine
// does, or more than a report can show.
func Check(t *model.Trial) error {
	for _, n := range [...]name{{"pair", t.Pair}, {"side", t.Side}, {"variant", t.Variant}, {"runtime", t.Runtime}, {"run", t.Run}, {"samples file", t.Samples}} {
		if err := checkName(n.what, n.is); err != nil {
			return err
		}
	}
	if t.Round < 0 || t.Round > maxRound {
		return fmt.Errorf("round %d is not one of 0 to %d", t.Round, maxRound)
	}
	for _, c := range [...]struct {
		what string
		n    int64
	}{
		{"wall_ns", t.WallNS}, {"startup_ns", t.StartupNS}, {"cpu_user_ns", t.CPUUserNS}, {"cpu_sys_ns", t.CPUSysNS},
		{"peak_rss_bytes", t.PeakRSSBytes}, {"peak_pss_bytes", t.PeakPSSBytes}, {"peak_threads", int64(t.PeakThreads)},
		{"ctx_voluntary", t.CtxVoluntary}, {"ctx_involuntary", t.CtxInvoluntary},
	} {
		if c.n < 0 || c.n > maxCount {
			return fmt.Errorf("%s %d is not one of 0 to %d", c.what, c.n, int64(maxCount))
		}
	}
	for _, c := range [...]struct {
		what  string
		cores float64
	}{
		{"parallelism", t.Parallelism}, {"foreign_cpu", t.ForeignCPU}, {"steal_cpu", t.StealCPU}, {"runner_cpu", t.RunnerCPU}, {"capacity", t.Capacity},
	} {
		unmeasured := c.what == "parallelism" && math.IsNaN(c.cores)
		if !unmeasured && !(c.cores >= 0 && c.cores <= maxCores) {
			return fmt.Errorf("%s %v is not one of 0 to %d cores", c.what, c.cores, maxCores)
		}
	}
	if len(t.Metrics) > maxMetrics {
		return fmt.Errorf("%d metrics are more than %d", len(t.Metrics), maxMetrics)
	}
	for name, v := range t.Metrics {
		if err := checkName("metric", name); err != nil {
			return err
		}
		if !(math.Abs(v) <= maxMetric) {
			return fmt.Errorf("metric %q is %v, which is beyond %v", name, v, maxMetric)
		}
	}
	if len(t.Methods) > maxMetrics {
		return fmt.Errorf("%d methods are more than %d", len(t.Methods), maxMetrics)
	}
	return checkParams(t.Params)
}

// A name is what somebody called something.
type name struct{ what, is string }

func checkName(what, name string) error {
	if len(name) > maxName {
		return fmt.Errorf("%s %.20q... is longer than %d bytes", what, name, maxName)
	}
	return nil
}

func checkParams(params map[string]any) error {
	if len(params) > maxParams {
		return fmt.Errorf("%d parameters are more than %d", len(params), maxParams)
	}
	for name, v := range params {
		if err := checkName("parameter", name); err != nil {
			return err
		}
		if f, ok := v.(float64); ok && !(math.Abs(f) <= maxMetric) {
			return fmt.Errorf("parameter %q is %v, which is beyond %v", name, f, maxMetric)
		}
	}
	return nil
}

// checkBounds is Check for a manifest.
func checkBounds(m *model.Manifest) error {
	if err := checkName("id", m.ID); err != nil {
		return err
	}
	switch {
	case len(m.Plan) > maxCells:
		return fmt.Errorf("its plan has %d cells and the most are %d; leave out pairs, variants or values", len(m.Plan), maxCells)
	case len(m.Runtimes) > maxRuntimes:
		return fmt.Errorf("%d runtimes are more than %d", len(m.Runtimes), maxRuntimes)
	case m.Machine.Cores < 0 || m.Machine.Cores > maxCores, !(m.Machine.Capacity >= 0 && m.Machine.Capacity <= maxCores):
		return fmt.Errorf("%d cores that can do %v is not one of 0 to %d", m.Machine.Cores, m.Machine.Capacity, maxCores)
	case m.Rounds < 0 || m.Rounds > maxRound, m.FixedRounds < 0 || m.FixedRounds > maxRound:
		return fmt.Errorf("%d rounds is not one of 0 to %d", max(m.Rounds, m.FixedRounds), maxRound)
	case !(m.StopWidth >= 0 && m.StopWidth <= maxMetric):
		return fmt.Errorf("stop_width %v is no width", m.StopWidth)
	}
	of := map[string]int{}
	for _, c := range m.Plan {
		for _, n := range [...]name{{"pair", c.Pair}, {"side", c.Side}, {"variant", c.Variant}, {"runtime", c.Runtime}} {
			if err := checkName(n.what, n.is); err != nil {
				return err
			}
		}
		if err := checkParams(c.Params); err != nil {
			return err
		}
		if of[c.Pair]++; of[c.Pair] > maxVariants {
			return fmt.Errorf("its plan has more than %d cells of %s; compare fewer variants or values at once", maxVariants, c.Pair)
		}
	}
	for _, r := range m.Runtimes {
		if err := checkName("runtime", r.ID); err != nil {
			return err
		}
	}
	return nil
}

// A census counts the metrics of each pair over a whole journal.
type census map[string][]string

func (c census) add(t *model.Trial) error {
	for name := range t.Metrics {
		if slices.Contains(c[t.Pair], name) {
			continue
		}
		if len(c[t.Pair]) == maxMetrics {
			return fmt.Errorf("metric %q of %s is one more than %d", name, t.Pair, maxMetrics)
		}
		c[t.Pair] = append(c[t.Pair], name)
	}
	return nil
}

// openFile opens a file of a run, of at most so many bytes where that is not 0.
// What lies there came from anywhere: a pipe would be waited for, a device read
// without end.
func openFile(root *os.Root, name string, how int, most int64) (*os.File, error) {
	f, err := root.OpenFile(name, how|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err == nil && !info.Mode().IsRegular():
		err = errors.New("it is no file")
	case err == nil && most > 0 && info.Size() > most:
		err = fmt.Errorf("%w: its %d bytes are more than %d", ErrDamaged, info.Size(), most)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
