// Package command makes any program a variant: a child that speaks the runner's
// protocol in the program's place, and what is needed to find and build it.
//
// Its one decision: the program is started just as a shell would start it, but
// without one, and is believed in nothing but its exit status and what it
// prints. Its time is ours, from before it is there until it is gone.
package command

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/kballard/go-shellquote"
)

// An Answer says which part of what a program leaves behind is its answer; all
// that it prints on standard output, where nothing is said.
type Answer struct {
	Pattern string `toml:"pattern" json:"pattern,omitempty"` // what this finds, line by line: its first group, else all of it
	Lines   string `toml:"lines" json:"lines,omitempty"`     // "sorted": the lines in any order
	File    string `toml:"file" json:"file,omitempty"`       // the content of this file, which the program writes
	None    bool   `toml:"none" json:"none,omitempty"`       // it has none
	// Text is the right answer, {parameters} filled in.
	Text string `toml:"text" json:"-"`
	// Reference names the variant whose answer is the right one; left out: that
	// of the most variants is.
	Reference string `toml:"reference" json:"-"`
}

// A Time says what is timed; from the start of the program until its end, where
// nothing is said.
type Time struct {
	From string `toml:"from" json:"from,omitempty"` // the first line that has this pattern begins it
	To   string `toml:"to" json:"to,omitempty"`     // the next one that has this one ends it
	// Own finds, in its first group, the figure that the program prints itself:
	// a duration such as 1.5s, or a number of Unit. It is the metric own_ns.
	Own  string `toml:"own" json:"own,omitempty"`
	Unit string `toml:"unit" json:"unit,omitempty"` // "s" (left out), "ms", "us" or "ns"
}

// A Program is what the child is asked to run once.
type Program struct {
	Argv    []string `json:"argv"`
	Stdin   string   `json:"stdin,omitempty"` // a file; left out: nothing to read
	Answer  Answer   `json:"answer"`
	Time    Time     `json:"time"`
	Metrics Metrics  `json:"metrics,omitempty"`
}

// Metrics are figures that a program prints, by their names: each is the number
// in the first group that a pattern fills, where it is first found.
type Metrics map[string]string

// Check says what is wrong with the patterns.
func (m Metrics) Check() error {
	for name, text := range m {
		if err := pattern("metric: "+name, text); err != nil {
			return err
		}
	}
	return nil
}

// Check says what is wrong with the rule.
func (a *Answer) Check() error {
	rules := 0
	for _, is := range []bool{a.Pattern != "", a.Lines != "", a.File != "", a.None} {
		if is {
			rules++
		}
	}
	switch {
	case rules > 1:
		return errors.New("answer: there is one of pattern, lines, file and none")
	case a.Lines != "" && a.Lines != "sorted":
		return fmt.Errorf("answer: lines is %q; it is \"sorted\"", a.Lines)
	case a.None && a.Text != "":
		return errors.New("answer: text says what is right, but none is asked for")
	}
	return pattern("answer", a.Pattern)
}

// Check says what is wrong with the rule.
func (t *Time) Check() error {
	switch {
	case (t.From == "") != (t.To == ""):
		return errors.New("time: from and to go together")
	case t.Unit != "" && t.Own == "":
		return errors.New("time: unit is that of own, which is missing")
	case t.Unit != "" && units[t.Unit] == 0:
		return fmt.Errorf("time: unit is %q; it is s, ms, us or ns", t.Unit)
	}
	return errors.Join(pattern("time: from", t.From), pattern("time: to", t.To), pattern("time: own", t.Own))
}

func pattern(where, text string) error {
	if _, err := regexp.Compile(text); err != nil {
		return fmt.Errorf("%s: %q is no regular expression: %w", where, text, err)
	}
	return nil
}

// Split takes a command line apart as a shell would. Nothing in it is expanded.
func Split(line string) ([]string, error) {
	words, err := shellquote.Split(line)
	if err == nil && len(words) == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("command %q: %w", line, err)
	}
	return words, nil
}

// Line writes words as one would type them.
func Line(words []string) string {
	return strings.NewReplacer(`\{`, "{", `\}`, "}").Replace(shellquote.Join(words...))
}

// MostBrief is how many characters Brief leaves.
const MostBrief = 60

// Brief makes a text one short line, to call a command by.
func Brief(text string) string {
	line := []rune(strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return ' '
	}, text))
	if len(line) > MostBrief {
		line = append(line[:MostBrief-1], '…')
	}
	return string(line)
}

var placeholder = regexp.MustCompile(`\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_-]*)\}`)

// Names are those of the {placeholders} in some texts. {{ and }} stand for
// braces.
func Names(texts ...string) (names []string) {
	for _, text := range texts {
		for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
			if found[1] != "" && !slices.Contains(names, found[1]) {
				names = append(names, found[1])
			}
		}
	}
	return names
}

// Fill puts values in the place of the placeholders.
func Fill(text string, value func(name string) string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		switch found {
		case "{{", "}}":
			return found[:1]
		}
		return value(strings.Trim(found, "{}"))
	})
}
