package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/perf/benchfmt"
	"gonum.org/v1/gonum/stat"

	"tandem/runner/model"
	"tandem/runner/stats"
)

// writeGoBench writes Go's benchmark format: a line a round, read by benchstat.
func writeGoBench(w io.Writer, m model.Manifest, rows []row) error {
	out := benchfmt.NewWriter(w)
	for _, r := range rows {
		for _, o := range r.Basis() {
			res := &benchfmt.Result{Name: benchfmt.Name(benchName(r)), Iters: 1, Values: []benchfmt.Value{
				{Value: o.Wall, Unit: "sec/op", OrigValue: o.Wall * 1e9, OrigUnit: "ns/op"},
				{Value: o.Trial.Parallelism, Unit: "cores"},
				{Value: float64(o.Trial.PeakRSSBytes), Unit: "peak-bytes"},
			}}
			for key, value := range map[string]string{"goos": m.Machine.OS, "goarch": m.Machine.Arch, "cpu": m.Machine.CPU, "run": m.ID, "profile": m.Profile} {
				res.SetConfig(key, value)
			}
			for i := range res.Config {
				res.Config[i].File = true // written as a configuration line
			}
			slices.SortFunc(res.Config, func(a, b benchfmt.Config) int { return strings.Compare(a.Key, b.Key) })
			if err := out.Write(res); err != nil {
				return err
			}
		}
	}
	return nil
}

// benchName is a benchmark's name: a capital first, no white space.
func benchName(r row) string {
	name := strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) || unicode.IsControl(c) {
			return '_'
		}
		return c
	}, r.name("/"))
	first := []rune(name)
	first[0] = unicode.ToUpper(first[0])
	return string(first)
}

// pyperf's JSON, format version 1.0: pyperf.readthedocs.io, "API", JSON format.
type pyperfSuite struct {
	Version    string        `json:"version"`
	Metadata   any           `json:"metadata,omitempty"`
	Benchmarks []pyperfBench `json:"benchmarks"`
}

type pyperfBench struct {
	Metadata map[string]any `json:"metadata"`
	Runs     []pyperfRun    `json:"runs"`
}

type pyperfRun struct {
	Values   []float64      `json:"values"`
	Metadata map[string]any `json:"metadata,omitempty"`
}

// writePyperf writes a suite: a benchmark a row, a run (a fresh process) a round.
func writePyperf(w io.Writer, m model.Manifest, rows []row) error {
	suite := pyperfSuite{Version: "1.0"}
	for _, r := range rows {
		b := pyperfBench{Metadata: map[string]any{"name": r.name(" "), "unit": "second", "loops": 1, "cpu_count": m.Machine.Cores, "platform": m.Machine.OS + " " + m.Machine.Kernel}}
		for _, o := range r.Basis() {
			b.Runs = append(b.Runs, pyperfRun{
				Values:   []float64{max(o.Wall, 1e-9)}, // pyperf refuses a time of nothing
				Metadata: map[string]any{"date": o.Trial.StartedAt.UTC().Format("2006-01-02 15:04:05.000000")},
			})
		}
		suite.Benchmarks = append(suite.Benchmarks, b)
	}
	return json.NewEncoder(w).Encode(suite)
}

// writeHyperfine writes the JSON of hyperfine --export-json: a result a row.
func writeHyperfine(w io.Writer, _ model.Manifest, rows []row) error {
	type result struct {
		Command    string            `json:"command"`
		Mean       float64           `json:"mean"`
		Stddev     *float64          `json:"stddev"`
		Median     float64           `json:"median"`
		User       float64           `json:"user"`
		System     float64           `json:"system"`
		Min        float64           `json:"min"`
		Max        float64           `json:"max"`
		Times      []float64         `json:"times"`
		ExitCodes  []int             `json:"exit_codes"`
		Parameters map[string]string `json:"parameters,omitempty"`
	}
	var results []result
	for _, r := range rows {
		out := result{Command: r.name(" "), Parameters: map[string]string{}}
		for _, p := range r.params {
			out.Parameters[p.name] = p.text
		}
		var users, systems []float64
		for _, o := range r.Basis() {
			out.Times = append(out.Times, o.Wall)
			out.ExitCodes = append(out.ExitCodes, 0)
			users = append(users, time.Duration(o.Trial.CPUUserNS).Seconds())
			systems = append(systems, time.Duration(o.Trial.CPUSysNS).Seconds())
		}
		out.Mean, out.Median = stat.Mean(out.Times, nil), stats.Median(out.Times).Value
		out.User, out.System = stat.Mean(users, nil), stat.Mean(systems, nil)
		out.Min, out.Max = slices.Min(out.Times), slices.Max(out.Times)
		if len(out.Times) > 1 {
			deviation := stat.StdDev(out.Times, nil)
			out.Stddev = &deviation
		}
		results = append(results, out)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any{"results": results}); err != nil {
		return fmt.Errorf("writing hyperfine's JSON: %w", err)
	}
	_, err := b.WriteTo(w)
	return err
}
