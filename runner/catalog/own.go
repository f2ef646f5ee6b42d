package catalog

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"tandem/runner/command"
	"tandem/runner/model"
)

// OwnFile is what makes a folder a pair.
const OwnFile = "pair.toml"

// Own reads the pair of a folder.
func Own(folder string) (*Pair, error) {
	text, err := os.ReadFile(filepath.Join(folder, OwnFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s has no %s, which makes a folder a pair; `tandem new NAME --command` makes one that works", folder, OwnFile)
	}
	if err != nil {
		return nil, err
	}
	dir, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	name := filepath.Join(folder, OwnFile)
	p, err := ParseOwn(name, dir, string(text))
	if err != nil {
		return nil, err
	}
	for i := range p.Variants {
		v := &p.Variants[i]
		for _, source := range v.Sources {
			info, err := os.Stat(filepath.Join(p.Dir(v), source))
			if err != nil || !info.Mode().IsRegular() || info.Size() > mostShown {
				return nil, fmt.Errorf("%s: variant %q: source %q is no file of at most %d KB, so it cannot be shown", name, v.Name, source, mostShown>>10)
			}
		}
	}
	return p, nil
}

// ParseOwn reads a pair that belongs to a folder: of commands, and with less
// said than those of the catalog. Errors call the text by name.
func ParseOwn(name, folder, text string) (*Pair, error) {
	p := &Pair{Folder: folder, Text: text}
	if err := decode(name, []byte(text), p); err != nil {
		return nil, err
	}
	err := p.complete()
	if err == nil {
		err = p.check()
	}
	for _, q := range p.Params {
		if err == nil && !slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.Takes(q.Name) }) {
			err = fmt.Errorf("parameter %q: no variant names {%s}", q.Name, q.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i := range p.Variants { // may have braces that name nothing
		p.Variants[i].Doc = cmp.Or(p.Variants[i].Doc, command.Line(p.Variants[i].Command))
	}
	return p, nil
}

var notInID = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// complete fills in what a pair of one's own may leave out.
func (p *Pair) complete() error {
	p.Schema = cmp.Or(p.Schema, Schema)
	p.ID = cmp.Or(p.ID, command.Brief(strings.Trim(notInID.ReplaceAllString(filepath.Base(p.Folder), "-"), "-.")), "pair")
	p.Title = cmp.Or(p.Title, p.ID)
	p.Question = cmp.Or(p.Question, "Which of them is sooner done?")
	p.Work = cmp.Or(p.Work, "cpu")
	p.Deadline = cmp.Or(p.Deadline, Duration(time.Minute))
	p.Expect = cmp.Or(p.Expect, p.Answer.Text)
	name := filepath.Join(filepath.Base(p.Folder), OwnFile)
	p.Source.Document = cmp.Or(p.Source.Document, name)
	p.Source.Section = cmp.Or(p.Source.Section, p.Title)
	p.Source.In = &model.Document{ID: p.Source.Document, Short: p.Source.Document, Author: p.Source.Document, Title: p.Title, Place: p.Folder}
	for i := range p.Params {
		if err := p.Params[i].complete(); err != nil {
			return err
		}
	}
	first := map[string]string{} // of each side
	for i := range p.Variants {
		v := &p.Variants[i]
		if len(v.Command) == 0 {
			for _, word := range p.Command {
				v.Command = append(v.Command, strings.ReplaceAll(word, "{variant}", v.Name))
			}
		}
		v.Cwd = cmp.Or(v.Cwd, p.Cwd)
		if v.Build == nil {
			v.Build = p.Build
		}
		if len(v.Command) == 0 {
			return fmt.Errorf("variant %q: command is missing: the program and its arguments", v.Name)
		}
		v.Side = cmp.Or(v.Side, v.Language, "command")
		v.Name = cmp.Or(v.Name, command.Brief(command.Line(v.Command)))
		if first[v.Side] == "" {
			first[v.Side] = v.Name
		}
	}
	names := slices.Compact(slices.Sorted(maps.Values(first)))
	if p.Baseline == "" && len(names) == 1 {
		p.Baseline = names[0]
	}
	for i := range p.Variants {
		if v := &p.Variants[i]; p.Baseline == "" {
			v.Baseline = cmp.Or(v.Baseline, first[v.Side])
		}
	}
	if ref := p.Answer.Reference; ref != "" && p.VariantOf(ref) == nil && !slices.ContainsFunc(p.Variants, func(v Variant) bool { return v.Name == ref }) {
		return fmt.Errorf("answer: reference is %q, which is no variant", ref)
	}
	for _, name := range command.Names(p.Expect) {
		for i := range p.Variants {
			if v := &p.Variants[i]; !v.Takes(name) {
				return fmt.Errorf("answer: text names {%s}, which variant %q does not read", name, v.Name)
			}
		}
	}
	if len(p.Contrasts) == 0 {
		p.contrast()
	}
	return errors.Join(p.Answer.Check(), p.Time.Check(), p.Metrics.Check())
}

// complete fills in what a parameter of one's own may leave out.
func (q *Param) complete() error {
	if q.Values != nil {
		q.Quick, q.Paper, q.Values = q.Values, q.Values, nil
	}
	if q.Paper == nil {
		q.Paper = q.Quick
	}
	q.Doc = cmp.Or(q.Doc, "of the commands")
	given := list(q.Quick, nil)
	if q.Quick == nil || len(given) == 0 {
		return fmt.Errorf("parameter %q: values is missing: one value, or a list of them to compare", q.Name)
	}
	kinds := map[string]bool{}
	for _, v := range given {
		switch v.(type) {
		case int64:
			kinds["int"] = true
		case float64:
			kinds["float"] = true
		case bool:
			kinds["bool"] = true
		case string:
			kinds["string"] = true
		default:
			return fmt.Errorf("parameter %q: values has %v; a value is a number, a text, true or false", q.Name, v)
		}
	}
	if q.Type == "" && kinds["float"] {
		delete(kinds, "int") // 1 is a number among 0.5 and 1.5
	}
	if q.Type == "" && len(kinds) > 1 {
		return fmt.Errorf("parameter %q: values are of one kind: numbers, or texts, or true and false", q.Name)
	}
	for kind := range kinds {
		q.Type = cmp.Or(q.Type, kind)
	}
	return nil
}

// contrast asks for each variant against its side's baseline, and for each
// side's baseline against the first one's.
func (p *Pair) contrast() {
	first := ""
	for _, v := range p.Variants {
		of, base := v.Side+"/"+v.Name, v.Side+"/"+p.BaselineOf(v.Side, v.Name)
		switch {
		case base != of && p.VariantOf(base) != nil:
			p.Contrasts = append(p.Contrasts, Contrast{Of: of, Against: base})
		case first == "":
			first = of
		default:
			side, _, _ := strings.Cut(first, "/")
			against := strings.TrimPrefix(first, side+"/")
			p.Contrasts = append(p.Contrasts, Contrast{Of: of, Against: first, Says: fmt.Sprintf("against %s's %s, %s", side, against, v.Name)})
		}
	}
}

// checkSide says what is wrong with where a variant belongs, and with its
// command.
func (p *Pair) checkSide(v *Variant) error {
	switch {
	case len(v.Command) > 0 && p.Folder == "":
		return fmt.Errorf("variant %q: a command belongs in the %s of a folder of its own", v.Name, OwnFile)
	case len(v.Command) == 0 && v.Side != Go && v.Side != Python:
		return fmt.Errorf("variant %q: side is %q; it is \"go\" or \"python\"", v.Name, v.Side)
	case len(v.Command) == 0 && (v.Language != "" || v.Build != nil || v.Prepare != nil || v.Cleanup != nil || v.Cwd != "" || v.Stdin != "" || v.Sources != nil || v.Protocol != ""):
		return fmt.Errorf("variant %q: language, build, prepare, cleanup, cwd, stdin, source and protocol are of commands, and it has none", v.Name)
	case len(v.Command) > 0 && v.Processes:
		return fmt.Errorf("variant %q: processes is of Python's variants; a command names parameters of its own", v.Name)
	case strings.ContainsAny(v.Side, "/ "):
		return fmt.Errorf("variant %q: language is %q; it is one word without a slash", v.Name, v.Side)
	case v.Protocol != "" && v.Protocol != "tandem":
		return fmt.Errorf("variant %q: protocol is %q; it is \"tandem\", or left out", v.Name, v.Protocol)
	}
	return p.checkNames(fmt.Sprintf("variant %q", v.Name), v.texts()...)
}

// known says which parameters there are.
func (p *Pair) known() string {
	if len(p.Params) == 0 {
		return "; a parameter is given its values with --sweep NAME=1,2 or [[param]], and {{ stands for a brace"
	}
	var names []string
	for _, q := range p.Params {
		names = append(names, q.Name)
	}
	return "; there are " + strings.Join(names, ", ") + ", and {{ stands for a brace"
}

// texts are those in which a command names parameters.
func (v *Variant) texts() []string {
	return slices.Concat(v.Command, v.Env, v.Prepare, v.Cleanup, []string{v.Stdin})
}

// Dir is the folder in which a command runs.
func (p *Pair) Dir(v *Variant) string {
	if filepath.IsAbs(v.Cwd) {
		return v.Cwd
	}
	return filepath.Join(p.Folder, v.Cwd)
}

// Words are a command's, with parameters filled in.
func (p *Pair) Words(words []string, params map[string]any) []string {
	filled := make([]string, len(words))
	for i, word := range words {
		filled[i] = p.fill(word, params)
	}
	return filled
}

// Program is what the child is asked to run for a variant.
func (p *Pair) Program(v *Variant, params map[string]any) command.Program {
	a := p.Answer
	a.File = p.fill(a.File, params)
	return command.Program{Argv: p.Words(v.Command, params), Stdin: p.fill(v.Stdin, params), Answer: a, Time: p.Time, Metrics: p.Metrics}
}

// Kept is the pair as a run keeps it: with its text and the files to show.
func (p *Pair) Kept() model.OwnPair {
	kept := model.OwnPair{Folder: p.Folder, Text: p.Text, Sources: map[string]string{}}
	for i := range p.Variants {
		v := &p.Variants[i]
		for _, name := range v.Sources {
			path := filepath.Join(p.Dir(v), name)
			if text, err := os.ReadFile(path); err == nil && len(text) <= mostShown {
				kept.Sources[name] = strings.ToValidUTF8(string(text), "\uFFFD")
			}
		}
	}
	return kept
}

// mostShown is how long a file may be that is shown, in bytes.
const mostShown = 256 << 10

// OfRun are the pairs of a run: its own ones, then the catalog's.
func OfRun(own []model.OwnPair, catalog []*Pair) ([]*Pair, error) {
	var pairs []*Pair
	for _, kept := range own {
		p, err := ParseOwn(filepath.Join(kept.Folder, OwnFile), kept.Folder, kept.Text)
		if err != nil {
			return nil, fmt.Errorf("a pair that the run has kept: %w", err)
		}
		pairs = append(pairs, p)
	}
	return append(pairs, catalog...), nil
}
