package export

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// units of catalog.Quantities; a metric has its own at the end of its name.
var units = map[string]string{
	"wall": "s", "startup": "s", "whole": "s", "cpu": "s", "parallelism": "cores",
	"peak_rss": "bytes", "peak_threads": "1", "switches": "1",
}

// An observation is one quantity of one round: a line of the tidy table.
type observation struct {
	Pair      string            `json:"pair"`
	Side      string            `json:"side"`
	Runtime   string            `json:"runtime"`
	Variant   string            `json:"variant"`
	Params    map[string]string `json:"params"`
	Round     int               `json:"round"`
	Disturbed bool              `json:"disturbed"`
	Quantity  string            `json:"quantity"`
	Value     float64           `json:"value"`
	Unit      string            `json:"unit"`
}

// observations are all rounds of all rows, disturbed ones too.
func observations(rows []row) []observation {
	var all []observation
	for _, r := range rows {
		params := map[string]string{}
		for _, p := range r.params {
			params[p.name] = p.text
		}
		for _, o := range r.Rounds {
			quantities := slices.Clone(catalog.Quantities)
			for _, name := range slices.Sorted(maps.Keys(o.Trial.Metrics)) {
				quantities = append(quantities, "metric:"+name)
			}
			for _, q := range quantities {
				v, ok := summary.Value(o.Trial, q)
				if !ok {
					continue
				}
				unit := units[q]
				if metric, is := strings.CutPrefix(q, "metric:"); is {
					unit = metric[strings.LastIndexByte(metric, '_')+1:]
				}
				all = append(all, observation{r.pair, r.Side, r.runtime, r.Variant, params, o.Number, o.Disturbed, q, v, unit})
			}
		}
	}
	return all
}

// writeCSV writes a tidy table: one value a line, a column for each parameter,
// empty where a variant does not read it.
func writeCSV(w io.Writer, m model.Manifest, rows []row) error {
	all := observations(rows)
	names := map[string]bool{}
	for _, o := range all {
		for name := range o.Params {
			names[name] = true
		}
	}
	params := slices.Sorted(maps.Keys(names))
	out := csv.NewWriter(w)
	head := []string{"run", "pair", "side", "runtime", "variant"}
	for _, p := range params {
		head = append(head, "param_"+p)
	}
	lines := [][]string{append(head, "round", "disturbed", "quantity", "value", "unit")}
	for _, o := range all {
		line := []string{m.ID, o.Pair, o.Side, o.Runtime, o.Variant}
		for _, p := range params {
			line = append(line, o.Params[p])
		}
		lines = append(lines, append(line, strconv.Itoa(o.Round), strconv.FormatBool(o.Disturbed), o.Quantity,
			strconv.FormatFloat(o.Value, 'g', -1, 64), o.Unit))
	}
	return out.WriteAll(lines)
}

// writeJSON writes the same with what the run is.
func writeJSON(w io.Writer, m model.Manifest, rows []row) error {
	out := json.NewEncoder(w)
	out.SetIndent("", " ")
	return out.Encode(struct {
		Run          string          `json:"run"`
		Command      []string        `json:"command"`
		Machine      model.Machine   `json:"machine"`
		Runtimes     []model.Runtime `json:"runtimes"`
		Observations []observation   `json:"observations"`
	}{m.ID, m.Command, m.Machine, m.Runtimes, observations(rows)})
}

// writeMarkdown writes a table a pair, as hyperfine does.
func writeMarkdown(w io.Writer, _ model.Manifest, rows []row) error {
	var b strings.Builder
	for i, r := range rows {
		if i == 0 || rows[i-1].pair != r.pair {
			fmt.Fprintf(&b, "### %s\n\n| variant | runtime | parameters | time | 95 %% interval | speed-up | rounds |\n|:---|:---|:---|---:|---:|---:|---:|\n", r.pair)
		}
		var params []string
		for _, p := range r.params {
			params = append(params, p.name+"="+p.text)
		}
		interval, speed := "-", "-"
		if r.Wall.Interval {
			interval = fmt.Sprintf("%s to %s", format.Seconds.Exact(r.Wall.Lo), format.Seconds.Exact(r.Wall.Hi))
		}
		if r.SpeedUp.N > 0 {
			speed = fmt.Sprintf("%.2f", r.SpeedUp.Value)
			if r.SpeedUp.Apart(r.WholeSpeedUp) {
				speed += fmt.Sprintf(" (%.2f with start-up)", r.WholeSpeedUp.Value)
			}
			if r.Doubt != "" {
				speed += " (doubtful)"
			}
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %d |\n", cell(r.Variant), cell(r.runtime), cell(strings.Join(params, ", ")), format.Seconds.Exact(r.Wall.Value), interval, speed, r.Wall.N)
		if i == len(rows)-1 || rows[i+1].pair != r.pair {
			b.WriteByte('\n')
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// cell makes a text fit into a Markdown table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "\n", " ").Replace(s) }
