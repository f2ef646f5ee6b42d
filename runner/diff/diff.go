// Package diff sets runs against each other: before and after a change, two
// machines, two runtimes.
//
// Its one decision: rounds of two runs were not interleaved, so a row's ratio
// is taken over all pairs of rounds, with the interval of the Mann-Whitney
// test, and many rows are corrected for being many. What is not the same
// experiment is refused, unless the user says otherwise, and then named.
package diff

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/model"
	"tandem/runner/stats"
	"tandem/runner/summary"
)

// A Run is one of the runs to compare.
type Run struct {
	Name     string // as the user named it
	Manifest model.Manifest
	Summary  summary.Summary
}

// A Table is runs set against the first of them.
type Table struct {
	Base string   `json:"base"`
	Runs []string `json:"runs"` // the others
	// Differs says what is not alike in the runs, in sentences.
	Differs []string `json:"differs"`
	Rows    []Row    `json:"rows"`
	// Missing are the rows that one of two runs has.
	Missing []string `json:"missing"`
}

// A Row is one cell in two runs.
type Row struct {
	Pair    string         `json:"pair"`
	Side    string         `json:"side"`
	Variant string         `json:"variant"`
	Runtime string         `json:"runtime"` // of the base
	Params  map[string]any `json:"params"`
	Run     string         `json:"run"`

	Before model.Estimate `json:"before"` // seconds
	After  model.Estimate `json:"after"`
	Ratio  model.Estimate `json:"ratio"` // after over before: 2 takes twice as long
	P      float64        `json:"p"`     // corrected over the table
}

// Name is the row in one line.
func (r Row) Name() string {
	name := fmt.Sprintf("%s %s/%s", r.Pair, r.Side, r.Variant)
	if params := model.ParamsKey(r.Params); params != "" {
		name += " " + params
	}
	return name
}

// Changed says whether the ratio is beyond chance, over the whole table.
func (r Row) Changed() bool { return r.Ratio.Interval && r.P < 1-stats.Confidence }

// Slower says whether the whole interval lies above a bound, such as 0.1 for
// 10 % more time.
func (r Row) Slower(bound float64) bool { return r.Ratio.Interval && r.Ratio.Lo > 1+bound }

// ErrIncomparable says that runs are not the same experiment.
var ErrIncomparable = errors.New("these runs are not comparable")

// Compare sets runs against the first. anyway compares what differs in
// parameters, sources or answers too.
func Compare(runs []Run, anyway bool) (*Table, error) {
	base := runs[0]
	t := &Table{Base: base.Name}
	var p []float64
	for _, other := range runs[1:] {
		t.Runs = append(t.Runs, other.Name)
		against, answers := t.add(base, other)
		p = append(p, against...)
		hard := slices.Concat(sources(base, other), answers)
		t.Differs = append(t.Differs, slices.Concat(hard, surroundings(base, other))...)
		if len(against) == 0 {
			hard = append(hard, fmt.Sprintf("%s and %s have no row in common: no pair and variant with the same parameters", base.Name, other.Name))
			return nil, fmt.Errorf("%w: %s", ErrIncomparable, strings.Join(some(hard), "; "))
		}
		if len(hard) > 0 && !anyway {
			return nil, fmt.Errorf("%w: %s; --anyway compares them all the same", ErrIncomparable, strings.Join(some(hard), "; "))
		}
	}
	for i, corrected := range stats.Holm(p) {
		t.Rows[i].P = corrected
	}
	return t, nil
}

// add adds the rows that both runs have; it returns their p-values and where
// answers are not the same.
func (t *Table) add(base, other Run) (p []float64, answers []string) {
	theirs := map[string]*summary.Row{}
	names := map[string]string{}
	each(other, func(pair string, r *summary.Row) {
		theirs[key(other, pair, r)] = r
		names[key(other, pair, r)] = pair
	})
	each(base, func(pair string, b *summary.Row) {
		k := key(base, pair, b)
		a, both := theirs[k]
		row := Row{Pair: pair, Side: b.Side, Variant: b.Variant, Runtime: b.Runtime, Params: b.Params, Run: other.Name}
		if !both {
			t.Missing = append(t.Missing, row.Name()+" is in "+base.Name+" alone")
			return
		}
		delete(theirs, k)
		if len(a.Rounds) == 0 || len(b.Rounds) == 0 {
			t.Missing = append(t.Missing, row.Name()+" did not finish in both")
			return
		}
		if a.Answer != b.Answer {
			answers = append(answers, fmt.Sprintf("%s answered %q and %q", row.Name(), model.Brief(b.Answer), model.Brief(a.Answer)))
		}
		var one float64
		row.Before, row.After = b.Wall, a.Wall
		row.Ratio, one = stats.Between(walls(b), walls(a))
		t.Rows, p = append(t.Rows, row), append(p, one)
	})
	for _, k := range slices.Sorted(maps.Keys(theirs)) {
		r := theirs[k]
		t.Missing = append(t.Missing, Row{Pair: names[k], Side: r.Side, Variant: r.Variant, Params: r.Params}.Name()+" is in "+other.Name+" alone")
	}
	return p, answers
}

func walls(r *summary.Row) (seconds []float64) {
	for _, o := range r.Basis() {
		seconds = append(seconds, o.Wall)
	}
	return seconds
}

func each(run Run, f func(pair string, r *summary.Row)) {
	for i := range run.Summary.Pairs {
		p := &run.Summary.Pairs[i]
		for _, r := range p.Rows() {
			f(p.ID, r)
		}
	}
}

// key is what two rows must share to be compared. Runtimes are told apart where
// a run has several of a side; else two runs may differ in just that.
func key(run Run, pair string, r *summary.Row) string {
	runtimes := 0
	for _, o := range run.Manifest.Runtimes {
		if o.Side == r.Side {
			runtimes++
		}
	}
	c := r.Cell(pair)
	if runtimes < 2 {
		c.Runtime = ""
	}
	return c.Key()
}

// sources says which of the measured code is not the same.
func sources(a, b Run) (differ []string) {
	for _, name := range slices.Sorted(maps.Keys(a.Manifest.Sources)) {
		if a.Manifest.Sources[name] != b.Manifest.Sources[name] {
			differ = append(differ, fmt.Sprintf("the sources (%s) of %s and %s are not the same", name, a.Name, b.Name))
		}
	}
	return differ
}

// surroundings says what else is not alike, and may be just what is compared.
func surroundings(a, b Run) (differ []string) {
	say := func(what, x, y string) {
		if x != y {
			differ = append(differ, fmt.Sprintf("%s: %s in %s, %s in %s", what, x, a.Name, y, b.Name))
		}
	}
	runtimes := func(m model.Manifest) string {
		var names []string
		for _, r := range m.Runtimes {
			names = append(names, r.Name())
		}
		return strings.Join(names, " and ")
	}
	x, y := a.Manifest, b.Manifest
	say("runtimes", runtimes(x), runtimes(y))
	say("processor", x.Machine.CPU, y.Machine.CPU)
	say("cores", fmt.Sprint(x.Machine.Cores), fmt.Sprint(y.Machine.Cores))
	say("system", x.Machine.OS+" "+x.Machine.Kernel, y.Machine.OS+" "+y.Machine.Kernel)
	say("settings", fmt.Sprint(x.Env), fmt.Sprint(y.Env))
	return differ
}
