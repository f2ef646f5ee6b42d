// Package export writes what a run measured for other programs to read.
//
// Its one decision: each format is what its own tools expect, no more; and all
// of them are made of the same rounds that our medians rest on, so that they
// come to the same numbers.
package export

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"tandem/runner/model"
	"tandem/runner/summary"
)

// A writer writes a run.
type writer func(w io.Writer, m model.Manifest, rows []row) error

var formats = map[string]writer{
	"csv": writeCSV, "json": writeJSON, "go-bench": writeGoBench,
	"pyperf": writePyperf, "hyperfine": writeHyperfine, "markdown": writeMarkdown,
}

// Formats lists what Write can write.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// Write writes the rounds of a run. An error says what there is instead of an
// unknown format, or that the run has no rounds.
func Write(w io.Writer, name string, m model.Manifest, s summary.Summary) error {
	f, ok := formats[name]
	if !ok {
		return fmt.Errorf("unknown format %q; there are %s", name, strings.Join(Formats(), ", "))
	}
	rows := rowsOf(m, s)
	if len(rows) == 0 {
		return fmt.Errorf("run %s has no measured round to export: a round beside the warm-up must have ended", m.ID)
	}
	return f(w, m, rows)
}

// A row is one cell: what is compared with others.
type row struct {
	*summary.Row
	pair    string
	runtime string // readable, and unique in the run
	params  []param
}

type param struct{ name, text string }

func rowsOf(m model.Manifest, s summary.Summary) []row {
	var all []row
	for i := range s.Pairs {
		p := &s.Pairs[i]
		for _, r := range p.Rows() {
			own := row{Row: r, pair: p.ID, runtime: r.Runtime}
			if len(own.Rounds) == 0 {
				continue
			}
			for _, name := range slices.Sorted(maps.Keys(own.Params)) {
				own.params = append(own.params, param{name, model.ParamText(own.Params[name])})
			}
			all = append(all, own)
		}
	}
	return all
}

// name is the row in one word, as benchmarks have names: parts of the form
// key=value that benchstat and others can project on.
func (r row) name(separator string) string {
	parts := []string{r.pair, "side=" + r.Side, "variant=" + r.Variant, "runtime=" + r.runtime}
	for _, p := range r.params {
		parts = append(parts, p.name+"="+p.text)
	}
	return strings.Join(parts, separator)
}
