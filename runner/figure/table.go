package figure

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"

	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// A Table is a figure's data: for readers who cannot see the figure, and for
// programs.
type Table struct {
	Caption string
	Head    []string
	Rows    []tableRow
	Notes   []string   // below it
	records [][]string // the same as numbers, without rounding
}

// A tableRow is headed by what it is about.
type tableRow struct {
	Group string // set where it differs from the row before
	Head  string
	Cells []Cell
}

// A Cell is text, with what limits it beside it.
type Cell struct {
	Text string
	Sub  string // the interval
	Note bool   // Text is no number
}

var recordHead = []string{"pair", "parameters", "side", "runtime", "variant", "quantity", "unit", "value", "lo", "hi", "rounds", "note"}

// CSV writes the table for programs: one estimate a line, in basic units.
func (t *Table) CSV() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	err := w.Write(recordHead)
	if err == nil {
		err = w.WriteAll(t.records) // also flushes
	}
	return b.Bytes(), err
}

// Record keeps an estimate for the data file.
func (t *Table) Record(pair, params string, r *summary.Row, quantity string, u format.Unit, e model.Estimate, note string) {
	rec := []string{pair, params, r.Side, r.Runtime, r.Variant, quantity, u.String(), "", "", "", strconv.Itoa(e.N), note}
	if e.N > 0 {
		rec[7] = strconv.FormatFloat(e.Value, 'g', -1, 64)
		if e.Interval {
			rec[8] = strconv.FormatFloat(e.Lo, 'g', -1, 64)
			rec[9] = strconv.FormatFloat(e.Hi, 'g', -1, 64)
		}
	}
	t.records = append(t.records, rec)
}

// Add appends a row under its group, which is named once.
func (t *Table) Add(group, head string, cells ...Cell) {
	if t.lastGroup() == group {
		group = ""
	}
	t.Rows = append(t.Rows, tableRow{Group: group, Head: head, Cells: cells})
}

func (t *Table) lastGroup() string {
	for i := len(t.Rows) - 1; i >= 0; i-- {
		if t.Rows[i].Group != "" {
			return t.Rows[i].Group
		}
	}
	return ""
}

// mostRows bounds a table on the page; the data file has all.
const mostRows = 300

// Short is the table as the page shows it.
func (t *Table) Short() *Table {
	out := *t
	if n := len(t.Rows); n > mostRows {
		out.Rows = slices.Clone(t.Rows[:mostRows])
		out.Notes = append(slices.Clone(t.Notes), fmt.Sprintf("The first %d of %s. The figure’s CSV file has all: tandem export RUN --figures.", mostRows, format.Plural(n, "row")))
	}
	return &out
}

// ValueCell is a cell with the value and its interval.
func ValueCell(u format.Unit, e model.Estimate) Cell {
	return Cell{Text: u.Value(e), Sub: u.Interval(e, "–"), Note: e.N == 0}
}
