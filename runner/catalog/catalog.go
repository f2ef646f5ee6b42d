// Package catalog says what can be run: every pair of experiments, its
// parameters, its variants and where it comes from.
//
// Its one decision: a pair is data. Everything the rest of the runner knows
// about an experiment stands in one TOML file, read when it is needed: beside
// this one, or as pair.toml in a folder of the user's. A file with a mistake in
// it is refused with its name and line, not half-read.
package catalog

import (
	"time"

	"tandem/runner/command"
	"tandem/runner/model"
)

// The sides whose topics Tandem runs itself; of commands any label is one.
const (
	Go     = "go"
	Python = "python"
)

// A Pair is one experiment, most often with a Go side and a Python side.
type Pair struct {
	Schema   int          `toml:"schema"`   // version of this file's format
	ID       string       `toml:"id"`       // also the topic's name in both languages
	Title    string       `toml:"title"`    // a few words, for headings
	Question string       `toml:"question"` // one sentence, ends with a question mark
	Why      string       `toml:"why"`      // a short paragraph: what is compared and why it matters
	Work     string       `toml:"work"`     // what the experiment mostly does: "cpu", "io", or "start" where it is to start what works
	Source   model.Source `toml:"source"`   // where it comes from
	// Traced says that order is the point: every variant runs once more after
	// the rounds, with its events.
	Traced  bool     `toml:"traced"`
	Look    []string `toml:"look"`    // what the reader should look at
	Try     []string `toml:"try"`     // commands to run next
	Predict Predict  `toml:"predict"` // asked before the figures are shown
	Needs   []string `toml:"needs"`   // what the runner must provide: "site"
	// History says that its programs are in go/history and python/history, in
	// syntax that old runtimes read. They run no other pair.
	History bool `toml:"history"`

	// Baseline names the variant that each speed-up is measured against, on
	// every side that has several.
	Baseline string `toml:"baseline"`
	// Expect is the answer every variant must give, with {param} replaced;
	// empty where the runner learns it from elsewhere (the site, or the
	// first trial that finished).
	Expect string `toml:"expect"`
	// Calibrate names the parameter that --calibrate adjusts.
	Calibrate string   `toml:"calibrate"`
	Deadline  Duration `toml:"deadline"` // longest a trial may take

	Params   []Param   `toml:"param"`
	Variants []Variant `toml:"variant"`
	Cells    []Cell    `toml:"cell"` // beside those of the parameters
	// Limits asks for a table of rates under limits of memory; nil: none.
	Limits *Limits `toml:"limits"`
	// Contrasts are what the pair's answer says, in this order; none: each
	// variant's time against its baseline's. The side of the first comes first.
	Contrasts []Contrast `toml:"contrast"`
	Figures   []Figure   `toml:"figure"`  // of the runtimes, beside those that every pair has
	Printed   []Printed  `toml:"printed"` // the source's own numbers (results/published)
	Claims    []Claim    `toml:"claim"`   // the source's sentences that it tests

	Answer command.Answer `toml:"answer"` // of commands
	Time   command.Time   `toml:"time"`   // of commands
	// Build, Command and Cwd are those of commands that say nothing else;
	// {variant} stands for its name.
	Build   []string `toml:"build"`
	Command []string `toml:"command"`
	Cwd     string   `toml:"cwd"`
	// Metrics are what else commands print; each variant at least one of them.
	Metrics command.Metrics `toml:"metric"`
	// Rounds is how many there are, whatever the profile says, unless the user
	// says something else. With one there is no warm-up, and no interval.
	Rounds int `toml:"rounds"`
	// Folder is where a pair of commands belongs, and Text what its pair.toml
	// says; both are empty for those of the catalog.
	Folder string `toml:"-"`
	Text   string `toml:"-"`
}

// Find returns the pair of that ID, nil where there is none.
func Find(pairs []*Pair, id string) *Pair {
	for _, p := range pairs {
		if p.ID == id {
			return p
		}
	}
	return nil
}

// Runs says whether a runtime can run the pair's programs.
func (p *Pair) Runs(r model.Runtime) bool { return !r.Old || p.History }

// Predict is the question that the report asks before it shows a figure.
type Predict struct {
	Question string   `toml:"question"`
	Choices  []string `toml:"choices"`
	// Explain says how to read the answer off the figure; it must not
	// state numbers, for those come from the run.
	Explain string `toml:"explain"`
	// About is the number that decides, and Bounds where the values of one
	// choice end and those of the next begin, rising or falling. Without them
	// no number does, and who predicts is shown the pair's answer.
	About  Contrast  `toml:"about"`
	Bounds []float64 `toml:"bounds"`
}

// Choice is the choice whose values a number is among.
func (q *Predict) Choice(v float64) int {
	n := 0
	for _, b := range q.Bounds {
		if rising := q.Bounds[0] <= q.Bounds[len(q.Bounds)-1]; rising && v >= b || !rising && v < b {
			n++
		}
	}
	return n
}

// A Param is one parameter of a pair. Both languages receive the same value.
type Param struct {
	Name string `toml:"name"`
	Doc  string `toml:"doc"`
	// Type is "int", "float", "duration" (a Go duration in text and on the
	// command line, integer nanoseconds in the protocol), "string" or "bool".
	Type string `toml:"type"`
	Unit string `toml:"unit"` // for axes and help; empty for a plain number
	// Quick and Paper are what it is in each profile: one value, or a list of
	// them ([]any), which is a sweep.
	Quick   any   `toml:"quick"`
	Paper   any   `toml:"paper"`
	Values  any   `toml:"values"`  // stands for both; of pairs of one's own
	Min     any   `toml:"min"`     // inclusive; absent: no bound
	Max     any   `toml:"max"`     // inclusive; absent: no bound
	Choices []any `toml:"choices"` // absent: any value within the bounds
	// Override has other values for a side, where the same work would take one
	// language milliseconds and the other one minutes.
	Override map[string]*Override `toml:"override"`
}

// Limits say what a table of MB/s under limits of memory is made of.
type Limits struct {
	Param   string `toml:"param"`   // the limit, in bytes; 0: none
	Bytes   string `toml:"bytes"`   // the parameter that says how many were handled
	Time    string `toml:"time"`    // the metric that says how long it took, in nanoseconds
	Printed string `toml:"printed"` // what a source printed in MB/s over MiB of memory; empty: nothing
	Suffix  string `toml:"suffix"`  // the parameter whose value the source adds to a variant's name
}

// An Override is what a parameter is on one side instead; a profile that is absent
// stays as it is.
type Override struct {
	Quick any `toml:"quick"`
	Paper any `toml:"paper"`
}

// A Variant is one way to do the work on one side.
type Variant struct {
	Side string `toml:"side"` // Go or Python
	Name string `toml:"name"`
	Doc  string `toml:"doc"` // one sentence: what it is made of
	// PrintedAs is the source's own name for it where it printed a number.
	PrintedAs string `toml:"printed_as"`
	// Baseline names the variant that its speed-up is measured against, where
	// that is not the pair's because it does other work. Its own name makes
	// it one.
	Baseline string `toml:"baseline"`
	// Reads lists the parameters it reads; empty means all. A sweep over a
	// parameter that a variant does not read runs that variant once.
	Reads []string `toml:"reads"`
	// Profiles in which it runs unless named; empty means all.
	Profiles []string `toml:"profiles"`
	// Env is set in the child's environment, as "NAME=value": for what a
	// runtime reads only when it starts.
	Env []string `toml:"env"`
	// Processes says that it starts processes: it has the parameter Start.
	Processes bool `toml:"processes"`
	// Requires names what it cannot run without: a Python package, or, of a
	// command, a program. Where that lacks the variant is skipped.
	Requires string `toml:"requires"`
	Install  string `toml:"install"` // how one comes by that

	// What follows is of commands alone.
	Language string   `toml:"language"` // another word for the side, any label
	Command  []string `toml:"command"`  // with {parameters}; there is no shell
	Build    []string `toml:"build"`    // run once, before anything is measured
	Prepare  []string `toml:"prepare"`  // run before each trial, untimed
	Cleanup  []string `toml:"cleanup"`  // run after each trial, untimed
	Cwd      string   `toml:"cwd"`      // below the pair's folder, or absolute; left out: that folder
	Stdin    string   `toml:"stdin"`    // a file; left out: nothing to read
	Sources  []string `toml:"source"`   // files that the report shows
	Protocol string   `toml:"protocol"` // "tandem": it speaks runner/PROTOCOL.md itself
}

// A Contrast is what the pair asks about: a variant's quantity beside another's.
type Contrast struct {
	Of        string         `toml:"of"`         // "side/variant"
	Against   string         `toml:"against"`    // left out: the variant's baseline; of a metric: nothing
	Measure   string         `toml:"measure"`    // one of Quantities, or "metric:" and a name; left out: wall
	At        map[string]any `toml:"at"`         // as in a Test
	AgainstAt map[string]any `toml:"against_at"` //
	// AgainstMeasure as in a Test. Says then names the quotient: "found empty, of
	// those sent:".
	AgainstMeasure string `toml:"against_measure"`
	// Says is what the variant is called in the answer, with {param} replaced;
	// left out: its name. Its verb is in the plural where it ends in s. Before
	// a number of its own it is what the number follows.
	Says string `toml:"says"`
}

// A Figure sets runtimes against each other, from old to new.
type Figure struct {
	ID    string `toml:"id"` // part of its address
	Title string `toml:"title"`
	Note  string `toml:"note"` // how to read it
	// Show are its panels, with one row a runtime each. Where against is left out
	// it shows a number of the variant's own; says is the panel's heading.
	Show []Contrast `toml:"show"`
}

// Printed ties a variant to a number that a source printed.
type Printed struct {
	File    string `toml:"file"`    // results/published/<file>.toml
	Key     string `toml:"key"`     // the row in that file
	Side    string `toml:"side"`    // which of our variants it is set beside
	Variant string `toml:"variant"` //
	// Events are the kinds of events that a listing of the source shows; empty:
	// all kinds.
	Events []string `toml:"events"`
}

// A Duration is a time.Duration written as Go writes it ("1.5s").
type Duration time.Duration

// UnmarshalText reads a duration such as "250ms".
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// MarshalText writes the duration as Go writes it.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }
