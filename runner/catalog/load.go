package catalog

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"tandem/runner/command"
	"tandem/runner/model"

	"github.com/pelletier/go-toml/v2"
)

// Schema is the version of the pair files that this package reads.
const Schema = 1

// All returns every pair of fsys, as Load does, in the order in which to read them:
// document by document, as they stand in it, but what it names first before.
func All(fsys fs.FS) ([]*Pair, error) {
	pairs, err := Load(fsys)
	slices.SortStableFunc(pairs, func(a, b *Pair) int {
		return cmp.Or(
			cmp.Compare(a.Source.Order(), b.Source.Order()),
			cmp.Compare(a.early(), b.early()),
			cmp.Compare(place(a.Source), place(b.Source)),
		)
	})
	return pairs, err
}

// early is below 0 for the pairs that their document names first, in that order.
func (p *Pair) early() int {
	if d := p.Source.In; d != nil {
		if at := slices.Index(d.First, p.ID); at >= 0 {
			return at - len(d.First)
		}
	}
	return 0
}

var firstNumber = regexp.MustCompile(`\d+(\.\d+)?`)

// place is the first section or slide that the source names; 0 where it has no
// number.
func place(s model.Source) float64 {
	number, _ := strconv.ParseFloat(firstNumber.FindString(s.Section), 64)
	return number
}

// Load reads every pair, a *.toml file at the top of fsys, with the documents of
// sources.toml that they come from, and checks them. The error names the file,
// the line where it is known, and what is wrong.
func Load(fsys fs.FS) ([]*Pair, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, err
	}
	var documents []*model.Document
	var pairs []*Pair
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading the catalog: %w", err)
		}
		if name == sourcesFile {
			if documents, err = parseSources(text); err != nil {
				return nil, err
			}
			continue
		}
		p, err := parse(name, text)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	return pairs, errors.Join(cite(pairs, documents), distinct(pairs))
}

func parse(name string, text []byte) (*Pair, error) {
	p := new(Pair)
	if err := decode(name, text, p); err != nil {
		return nil, err
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if want := p.ID + ".toml"; name != want {
		return nil, fmt.Errorf("%s: id is %q, so the file must be called %s", name, p.ID, want)
	}
	return p, nil
}

// decode reads a file of which every key must be known.
func decode(name string, text []byte, into any) error {
	dec := toml.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := unknown.Errors[0]
		row, _ := first.Position()
		return fmt.Errorf("%s:%d: unknown key %q", name, row, strings.Join(first.Key(), "."))
	}
	var at *toml.DecodeError
	if errors.As(err, &at) {
		row, _ := at.Position()
		return fmt.Errorf("%s:%d: %w", name, row, err)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// What names a pair is part of a file's name, and what names a parameter can
// stand in braces.
var (
	idForm    = regexp.MustCompile(fmt.Sprintf(`^[A-Za-z0-9][A-Za-z0-9._-]{0,%d}$`, command.MostBrief-1))
	paramForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,59}$`)
)

// mostName is how long a variant's name may be, in bytes.
const mostName = 200

// check says what is wrong with a pair that was read without an error.
func (p *Pair) check() error {
	switch {
	case p.Schema != Schema:
		return fmt.Errorf("schema is %d; this version reads schema %d", p.Schema, Schema)
	case p.ID == "":
		return errors.New("id is missing")
	case !idForm.MatchString(p.ID):
		return fmt.Errorf("id is %q; it is of letters, digits, dots and dashes, at most %d", p.ID, command.MostBrief)
	case p.Title == "" || p.Question == "":
		return errors.New("title and question are needed: the report opens with them")
	case p.Work != "cpu" && p.Work != "io" && p.Work != "start":
		return fmt.Errorf("work is %q; it is \"cpu\", \"io\" or \"start\"", p.Work)
	case p.Deadline < 0:
		return fmt.Errorf("deadline is %v; it must be more than nothing, such as \"120s\"", time.Duration(p.Deadline))
	case p.Deadline == 0:
		return errors.New("deadline is missing; write it as Go does, such as \"120s\"")
	case p.Rounds < 0:
		return fmt.Errorf("rounds is %d; six give an interval", p.Rounds)
	case len(p.Variants) == 0:
		return errors.New("there is no [[variant]]")
	}
	p.addStart()
	if err := p.checkParams(); err != nil {
		return err
	}
	if err := p.checkVariants(); err != nil {
		return err
	}
	return errors.Join(p.checkTexts(), p.checkCells(), p.checkClaims(), p.checkContrasts())
}

// Start is the parameter of variants that start processes: how, as Python calls
// it.
const Start = "start"

// addStart gives the pair that parameter where a variant has it.
func (p *Pair) addStart() {
	if !slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.Processes }) {
		return
	}
	var others []string
	for _, q := range p.Params {
		others = append(others, q.Name)
	}
	p.Params = append(p.Params, Param{
		Name: Start, Doc: "how processes are started", Type: "string",
		Quick: "fork", Paper: "fork", Choices: []any{"fork", "spawn", "forkserver"},
	})
	for i := range p.Variants {
		v := &p.Variants[i]
		if len(v.Reads) == 0 {
			v.Reads = slices.Clone(others)
		}
		if v.Processes {
			v.Reads = append(v.Reads, Start)
		}
	}
}

func (p *Pair) checkParams() error {
	seen := map[string]bool{}
	for i := range p.Params {
		q := &p.Params[i]
		if seen[q.Name] {
			return fmt.Errorf("parameter %q stands there twice", q.Name)
		}
		seen[q.Name] = true
		if !paramForm.MatchString(q.Name) {
			return fmt.Errorf("parameter %q: a name is of letters, digits, _ and -, at most 60, and begins with no digit", q.Name)
		}
		if err := q.normalize(); err != nil {
			return err
		}
		for side := range q.Override {
			if !slices.Contains(p.Sides(), side) {
				return fmt.Errorf("parameter %q: override is for side %q; there are %s", q.Name, side, strings.Join(p.Sides(), " and "))
			}
		}
	}
	if l := p.Limits; l != nil {
		for _, name := range []string{l.Param, l.Bytes, l.Suffix} {
			if !seen[name] && (name != "" || l.Param == "" || l.Bytes == "") {
				return fmt.Errorf("limits name %q, which is no parameter", name)
			}
		}
	}
	if p.Calibrate != "" && !seen[p.Calibrate] {
		return fmt.Errorf("calibrate names %q, which is no parameter", p.Calibrate)
	}
	return p.checkNames("expect", p.Expect)
}

func (p *Pair) checkVariants() error {
	seen := map[string]bool{}
	for _, v := range p.Variants {
		for _, name := range []string{v.Side, v.Name} {
			if len(name) > mostName || strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) }) {
				return fmt.Errorf("variant %.60q...: a name is at most %d bytes on one line, and every character of it is seen", name, mostName)
			}
		}
		if err := p.checkSide(&v); err != nil {
			return err
		}
		if seen[v.Side+"/"+v.Name] {
			return fmt.Errorf("variant %s/%s stands there twice", v.Side, v.Name)
		}
		seen[v.Side+"/"+v.Name] = true
		if v.Baseline != "" {
			if b := p.Variant(v.Side, v.Baseline); b == nil || p.BaselineOf(b.Side, b.Name) != b.Name {
				return fmt.Errorf("variant %s/%s: baseline %q is no variant that is a baseline itself", v.Side, v.Name, v.Baseline)
			}
		}
		for _, set := range v.Env {
			if name, _, ok := strings.Cut(set, "="); !ok || name == "" {
				return fmt.Errorf("variant %s/%s: env has %q; write it as NAME=value", v.Side, v.Name, set)
			}
		}
		for _, name := range v.Reads {
			if p.Param(name) == nil {
				return fmt.Errorf("variant %s/%s: reads names %q, which is no parameter", v.Side, v.Name, name)
			}
		}
	}
	// One that stands alone on its side is compared with nothing there.
	nowhere := !slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.Name == p.Baseline })
	for _, side := range p.Sides() {
		lacking := 0
		for _, v := range p.Variants {
			if v.Side == side && v.Baseline == "" {
				lacking++
			}
		}
		if p.Baseline != "" && !seen[side+"/"+p.Baseline] && (lacking > 1 || lacking > 0 && nowhere) {
			return fmt.Errorf("baseline %q is no variant of the %s side", p.Baseline, side)
		}
	}
	for _, v := range p.Printed {
		if !seen[v.Side+"/"+v.Variant] {
			return fmt.Errorf("printed %q is set beside %s/%s, which is no variant", v.Key, v.Side, v.Variant)
		}
		if slices.Contains(v.Events, "") {
			return fmt.Errorf("printed %q: events has an empty kind", v.Key)
		}
	}
	return nil
}

// Param returns the parameter of that name, nil where there is none.
func (p *Pair) Param(name string) *Param {
	for i := range p.Params {
		if p.Params[i].Name == name {
			return &p.Params[i]
		}
	}
	return nil
}

// Expected returns the answer that every variant must give at these
// parameters, empty where the catalog does not know it.
func (p *Pair) Expected(params map[string]any) string {
	return p.fill(p.Expect, params)
}

// fill puts parameters in the place of their names in braces.
func (p *Pair) fill(text string, params map[string]any) string {
	return command.Fill(text, func(name string) string {
		value, ok := params[name]
		if !ok {
			return "{" + name + "}"
		}
		return p.Param(name).Format(value)
	})
}

// checkNames says which name in braces is no parameter.
func (p *Pair) checkNames(where string, texts ...string) error {
	for _, name := range command.Names(texts...) {
		if p.Param(name) == nil {
			return fmt.Errorf("%s names {%s}, which is no parameter%s", where, name, p.known())
		}
	}
	return nil
}

// Sides lists the pair's sides, in the order in which it has them.
func (p *Pair) Sides() (sides []string) {
	for _, v := range p.Variants {
		if !slices.Contains(sides, v.Side) {
			sides = append(sides, v.Side)
		}
	}
	return sides
}

// Variant returns that variant of a side, nil where there is none.
func (p *Pair) Variant(side, name string) *Variant {
	for i := range p.Variants {
		if v := &p.Variants[i]; v.Side == side && v.Name == name {
			return v
		}
	}
	return nil
}

// BaselineOf names what a variant's speed-up is measured against: itself, if it
// is a baseline; empty where there is none.
func (p *Pair) BaselineOf(side, name string) string {
	if v := p.Variant(side, name); v != nil && v.Baseline != "" {
		return v.Baseline
	}
	return p.Baseline
}

// Reference is the variant, as name or side/name, whose answer is right where
// nothing else says what is; empty: that of the most variants is.
func (p *Pair) Reference() string {
	if p.Folder != "" {
		return p.Answer.Reference
	}
	return p.Baseline
}

// Takes says whether the variant reads a parameter. A command reads those that
// it names.
func (v *Variant) Takes(param string) bool {
	if len(v.Command) > 0 && v.Protocol == "" {
		return slices.Contains(command.Names(v.texts()...), param)
	}
	return len(v.Reads) == 0 || slices.Contains(v.Reads, param)
}
