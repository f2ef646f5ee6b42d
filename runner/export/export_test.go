package export

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/stats"
	"tandem/runner/summary"
)

// measured is a run of two variants in seven rounds, one of them disturbed.
func measured(t testing.TB) (model.Manifest, summary.Summary) {
	t.Helper()
	pair := &catalog.Pair{ID: "p", Work: "cpu", Baseline: "one", Variants: []catalog.Variant{
		{Side: "go", Name: "one", Reads: []string{"n"}}, {Side: "go", Name: "many"},
	}, Params: []catalog.Param{{Name: "n", Type: "int"}, {Name: "workers", Type: "int"}}}
	m := model.Manifest{
		ID: "r", Command: []string{"tandem", "run", "p"}, Profile: "quick",
		Machine:  model.Machine{OS: "linux", Arch: "amd64", CPU: "a | b", Cores: 2},
		Runtimes: []model.Runtime{{ID: "go1", Side: "go", Version: "1"}},
		Plan: []model.Cell{
			{Pair: "p", Side: "go", Variant: "one", Runtime: "go1", Params: map[string]any{"n": int64(10)}},
			{Pair: "p", Side: "go", Variant: "many", Runtime: "go1", Params: map[string]any{"n": int64(10), "workers": int64(2)}},
		},
	}
	var trials []model.Trial
	for round := range 8 { // 0 is the warm-up
		for i, c := range m.Plan {
			wall := time.Duration(float64(100+7*round) * []float64{1, 0.5}[i] * float64(time.Millisecond))
			trial := model.Trial{
				Pair: c.Pair, Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params, Round: round, Status: model.OK,
				WallNS: wall.Nanoseconds(), CPUUserNS: wall.Nanoseconds(), Parallelism: 1, PeakRSSBytes: 1e7, PeakThreads: 3,
				Metrics: map[string]float64{"pool_ready_ns": 5}, StartedAt: time.Unix(1e9, 0),
			}
			if round == 3 {
				trial.ForeignCPU, trial.WallNS = 1, int64(time.Hour)
			}
			trials = append(trials, trial)
		}
	}
	return m, summary.Of(m, trials, []*catalog.Pair{pair})
}

func exported(t testing.TB, format string) string {
	t.Helper()
	m, s := measured(t)
	var b bytes.Buffer
	require.NoError(t, Write(&b, format, m, s))
	return b.String()
}

// ours are the medians of the two rows, in seconds, and their ratio.
func ours(t testing.TB) (one, many, ratio float64) {
	_, s := measured(t)
	rows := s.Pairs[0].Groups[0].Rows
	return rows[0].Wall.Value, rows[1].Wall.Value, 1 / rows[1].SpeedUp.Value
}

func TestCSVIsTidy(t *testing.T) {
	lines, err := csv.NewReader(strings.NewReader(exported(t, "csv"))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, []string{"run", "pair", "side", "runtime", "variant", "param_n", "param_workers", "round", "disturbed", "quantity", "value", "unit"}, lines[0])
	require.Len(t, lines, 1+2*7*8, "two rows of seven rounds with seven quantities and a metric")
	require.Equal(t, []string{"r", "p", "go", "go1", "one", "10", "", "1", "false", "wall", "0.107", "s"}, lines[1])
	require.Contains(t, exported(t, "csv"), "metric:pool_ready_ns,5,ns")
}

func TestJSONHasTheSame(t *testing.T) {
	var read struct {
		Run          string
		Observations []observation
	}
	require.NoError(t, json.Unmarshal([]byte(exported(t, "json")), &read))
	require.Equal(t, "r", read.Run)
	require.Len(t, read.Observations, 2*7*8)
}

func TestMarkdown(t *testing.T) {
	require.Contains(t, exported(t, "markdown"), "| many | go1 | n=10, workers=2 |")
}

// The real benchstat comes to our medians and to our ratio.
func TestBenchstatAgrees(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.txt")
	require.NoError(t, os.WriteFile(file, []byte(exported(t, "go-bench")), 0o666))
	out, err := exec.Command("go", "run", "golang.org/x/perf/cmd/benchstat", "-format", "csv", "-filter", ".unit:sec/op", "-row", "/n", "-col", "/variant", file).Output()
	require.NoError(t, err)
	one, many, ratio := ours(t)
	found := regexp.MustCompile(`(?m)^10,([0-9.e-]+),[^,]*,([0-9.e-]+),[^,]*,([-+0-9.]+)%`).FindSubmatch(out)
	require.NotNil(t, found, "%s", out)
	require.InEpsilon(t, one, parsed(t, found[1]), 1e-3)
	require.InEpsilon(t, many, parsed(t, found[2]), 1e-3)
	require.InEpsilon(t, ratio, 1+parsed(t, found[3])/100, 1e-3)
}

// The real pyperf reads it and comes to our medians.
func TestPyperfAgrees(t *testing.T) {
	python, err := filepath.Abs(filepath.Join("..", "..", ".venv", "bin", "python"))
	require.NoError(t, err)
	if exec.Command(python, "-c", "import pyperf").Run() != nil {
		t.Skip("no pyperf in the project's environment: make venv")
	}
	file := filepath.Join(t.TempDir(), "run.json")
	require.NoError(t, os.WriteFile(file, []byte(exported(t, "pyperf")), 0o666))
	out, err := exec.Command(python, "-m", "pyperf", "stats", file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	one, many, ratio := ours(t)
	medians := regexp.MustCompile(`Median \+- MAD:\s+([0-9.]+) (ms|us|sec)`).FindAllSubmatch(out, -1)
	require.Len(t, medians, 2, "%s", out)
	for i, want := range []float64{one, many} {
		unit := map[string]float64{"sec": 1, "ms": 1e-3, "us": 1e-6}[string(medians[i][2])]
		require.InEpsilon(t, want, parsed(t, medians[i][1])*unit, 0.01, "pyperf prints three digits")
	}
	// What pyperf computes with is ours to the last digit.
	script := `import pyperf, sys
for b in pyperf.BenchmarkSuite.load(sys.argv[1]): print(b.median())`
	out, err = exec.Command(python, "-c", script, file).Output()
	require.NoError(t, err)
	lines := strings.Fields(string(out))
	require.InEpsilon(t, one, parsed(t, []byte(lines[0])), 1e-9)
	require.InEpsilon(t, many, parsed(t, []byte(lines[1])), 1e-9)

	// compare_to sets two files against each other by their means: of the
	// same benchmark here, whose rounds all move by the same factor.
	m, s := measured(t)
	halves := [2]string{}
	for i, variant := range []string{"one", "many"} {
		half := s
		half.Pairs = []summary.Pair{{ID: "p", Groups: []summary.Group{{Rows: []summary.Row{s.Pairs[0].Groups[0].Rows[i]}}}}}
		half.Pairs[0].Groups[0].Rows[0].Variant, half.Pairs[0].Groups[0].Rows[0].Params = "v", nil
		var b bytes.Buffer
		require.NoError(t, Write(&b, "pyperf", m, half))
		halves[i] = filepath.Join(t.TempDir(), variant+".json")
		require.NoError(t, os.WriteFile(halves[i], b.Bytes(), 0o666))
	}
	out, err = exec.Command(python, "-m", "pyperf", "compare_to", halves[0], halves[1]).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), fmt.Sprintf("%.2fx faster", 1/ratio))
}

// The fields that hyperfine's own scripts read.
func TestHyperfineSchema(t *testing.T) {
	var read struct {
		Results []struct {
			Command    string
			Mean       float64
			Stddev     float64
			Median     float64
			User       float64
			System     float64
			Min, Max   float64
			Times      []float64
			ExitCodes  []int `json:"exit_codes"`
			Parameters map[string]string
		}
	}
	dec := json.NewDecoder(strings.NewReader(exported(t, "hyperfine")))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&read))
	require.Len(t, read.Results, 2)
	one, _, _ := ours(t)
	r := read.Results[0]
	require.Equal(t, one, r.Median)
	require.Len(t, r.Times, 6, "the rounds that the median rests on")
	require.Len(t, r.ExitCodes, 6)
	require.Equal(t, stats.Median(r.Times).Value, r.Median)
	require.Equal(t, map[string]string{"n": "10"}, r.Parameters)
}

func TestWriteRefuses(t *testing.T) {
	m, s := measured(t)
	require.EqualError(t, Write(&bytes.Buffer{}, "xls", m, s), `unknown format "xls"; there are csv, go-bench, hyperfine, json, markdown, pyperf`)
	require.ErrorContains(t, Write(&bytes.Buffer{}, "csv", m, summary.Summary{}), "run r has no measured round to export")
}

func parsed(t testing.TB, text []byte) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(string(text), 64)
	require.NoError(t, err)
	return v
}
