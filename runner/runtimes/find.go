package runtimes

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tandem/runner/model"
)

// atOnce is how many interpreters are asked at the same time. One that hangs
// keeps the others waiting for no more than its share.
const atOnce = 4

// interpreter matches the file names that Pythons are installed under.
var interpreter = regexp.MustCompile(`^(python([23](\.\d+t?)?)?|pypy[23]?(\.\d+)?|graalpy|jython|rustpython|micropython)$`)

// Find asks every Python on this machine that it knows how to look for: the
// project's own environment, PATH, and where pyenv, uv and others put theirs,
// from old to new. The same interpreter under two names is listed once. What
// looked like one and is none is in the errors.
func Find(ctx context.Context, root string) ([]model.Runtime, []error) {
	found, problems := find(ctx, root, patience)
	return Distinct(found), problems
}

func find(ctx context.Context, root string, patience time.Duration) (found []model.Runtime, problems []error) {
	all := candidates(root)
	answers := make([]model.Runtime, len(all))
	failed := make([]error, len(all))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, c := range all {
		group.Go(func() error {
			within := patience
			if len(c.args) > 0 {
				within = javaPatience
			}
			answers[i], failed[i] = ask(ctx, c, within)
			return nil
		})
	}
	_ = group.Wait() // none returns an error
	for i, r := range answers {
		switch {
		case failed[i] != nil:
			problems = append(problems, failed[i])
		case !slices.ContainsFunc(found, func(o model.Runtime) bool { return same(o, r) }):
			found = append(found, r)
		}
	}
	slices.SortStableFunc(found, model.Runtime.Compare)
	return found, problems
}

// candidates are the commands that may be interpreters, those that the user
// would get first before others.
func candidates(root string) (all []command) {
	var seen []os.FileInfo
	add := func(path string) {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() || slices.ContainsFunc(seen, func(o os.FileInfo) bool { return os.SameFile(o, info) }) {
			return
		}
		seen = append(seen, info)
		all = append(all, command{name: path})
	}
	add(filepath.Join(root, ".venv", "bin", "python"))
	for _, dir := range places() {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			if interpreter.MatchString(e.Name()) {
				add(filepath.Join(dir, e.Name()))
			}
		}
	}
	return append(all, jythons()...)
}

// places are the folders that hold interpreters: those of PATH, but for shims,
// which lead to what a manager has in a folder of its own, and these.
func places() (dirs []string) {
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		// What a relative one names would depend on where the user stands.
		if filepath.Base(dir) != "shims" && filepath.IsAbs(dir) {
			dirs = append(dirs, dir)
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return dirs
	}
	or := func(name, otherwise string) string {
		if dir := os.Getenv(name); dir != "" {
			return dir
		}
		return filepath.Join(home, otherwise)
	}
	for _, pattern := range []string{
		filepath.Join(or("PYENV_ROOT", ".pyenv"), "versions/*/bin"),
		filepath.Join(or("UV_PYTHON_INSTALL_DIR", ".local/share/uv/python"), "*/bin"),
		filepath.Join(or("ASDF_DATA_DIR", ".asdf"), "installs/python/*/bin"),
		filepath.Join(or("MISE_DATA_DIR", ".local/share/mise"), "installs/python/*/bin"),
		filepath.Join(home, ".local/python*/bin"),
		filepath.Join(home, "*conda*/bin"), filepath.Join(home, "*conda*/envs/*/bin"),
	} {
		more, _ := filepath.Glob(pattern) // the patterns are well-formed
		dirs = append(dirs, more...)
	}
	for _, pattern := range prefixes {
		more, _ := filepath.Glob(pattern)
		dirs = append(dirs, more...)
	}
	return dirs
}

// prefixes are the machine's own places, on PATH or not.
var prefixes = []string{
	"/usr/local/bin", "/usr/bin", "/opt/homebrew/bin", "/opt/*/bin",
	"/Library/Frameworks/Python.framework/Versions/*/bin",
}

// jythons are the jars that Maven keeps, run by the Java that is there.
func jythons() (all []command) {
	java, err := exec.LookPath("java")
	if err != nil {
		return nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	jars, _ := filepath.Glob(filepath.Join(home, ".m2/repository/org/python/jython-standalone/*/jython-standalone-*[0-9].jar"))
	for _, jar := range jars {
		all = append(all, command{name: java, args: []string{"-jar", jar}})
	}
	return all
}

// All is what --python takes for every interpreter there is.
const All = "all"

// Pythons finds the interpreters that a user names, in that order: by path, by a
// name on PATH (pypy3), by a version (3.13t), or all; several with commas; each
// with flags after it and variables before it, as a shell has them
// ("PYTHON_GIL=1 3.13t -X dev").
func Pythons(ctx context.Context, root string, texts []string) ([]model.Runtime, error) {
	var once, again sync.Once
	var there []model.Runtime
	slow := false
	around := func(patiently bool) []model.Runtime {
		once.Do(func() {
			var problems []error
			there, problems = find(ctx, root, patience)
			slow = slices.ContainsFunc(problems, func(err error) bool { return errors.Is(err, errSlow) })
		})
		if patiently && slow {
			again.Do(func() { there, _ = find(ctx, root, namedPatience) })
		}
		return there
	}
	var found []model.Runtime
	for _, text := range texts {
		commands, err := parse(text)
		if err != nil {
			return nil, err
		}
		for _, c := range commands {
			more, err := c.find(ctx, around)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
	}
	return Distinct(found), nil
}

// version is what names an interpreter by its version alone.
var version = regexp.MustCompile(`^\d+(\.\d+)*[a-z0-9]*$`)

// find finds what a command names; around is what is there, where asked to after
// a longer wait for what did not answer.
func (c command) find(ctx context.Context, around func(patiently bool) []model.Runtime) ([]model.Runtime, error) {
	var fit func(r model.Runtime) bool
	switch {
	case c.name == All:
		var all []model.Runtime
		for _, r := range around(false) {
			more, err := c.of(ctx, r)
			if err == nil { // a flag that one does not have leaves it out
				all = append(all, more)
			}
		}
		if len(all) == 0 {
			return nil, fmt.Errorf("python %q: none was found that runs so; tandem doctor says what to install", c)
		}
		return all, nil
	case version.MatchString(c.name):
		fit = func(r model.Runtime) bool { return r.Implementation == "cpython" && isVersion(r, c.name) }
	default:
		r, err := ask(ctx, c, namedPatience)
		if err == nil || strings.ContainsRune(c.name, filepath.Separator) || ctx.Err() != nil {
			return []model.Runtime{r}, err
		}
		// A shim may lead nowhere, and a name may not be on PATH.
		var newest *model.Runtime
		for _, dir := range places() {
			if !interpreter.MatchString(c.name) {
				break
			}
			there := command{c.env, filepath.Join(dir, c.name), c.args}
			if r, err := ask(ctx, there, patience); err == nil && (newest == nil || newest.Compare(r) < 0) {
				newest = &r
			}
		}
		switch {
		case newest != nil:
			return []model.Runtime{*newest}, nil
		case c.name != "jython":
			return nil, err
		}
		fit = func(r model.Runtime) bool { return r.Implementation == c.name }
	}
	var there []string
	for _, patiently := range []bool{false, true} { // what is there may be slow on a busy machine
		there = nil
		var newest *model.Runtime
		for _, r := range around(patiently) {
			there = append(there, r.Name())
			// Of several of one version the first is the one that the user would get.
			if fit(r) && (newest == nil || newest.Compare(r) < 0) {
				newest = &r
			}
		}
		if newest != nil {
			r, err := c.of(ctx, *newest)
			return []model.Runtime{r}, err
		}
	}
	return nil, fmt.Errorf("python %q: not found on this machine; there are %s; tandem doctor says what to install", c, strings.Join(there, ", "))
}

// of is a found runtime with the command's flags and variables.
func (c command) of(ctx context.Context, r model.Runtime) (model.Runtime, error) {
	if len(c.args) == 0 && len(c.env) == 0 {
		return r, nil
	}
	return ask(ctx, command{c.env, r.Path, slices.Concat(r.Args, c.args)}, namedPatience)
}

// isVersion says whether a runtime is of a version as a user types it: 3.13t is
// any 3.13 without a lock.
func isVersion(r model.Runtime, typed string) bool {
	number, free := strings.CutSuffix(typed, "t")
	return r.FreeThreaded == free && strings.HasPrefix(r.Version+".", number+".")
}

// parse reads what --python takes: commands with commas between, in words as a
// shell has them. A text that is the path of a file is just that.
func parse(text string) (all []command, err error) {
	if info, err := os.Stat(text); err == nil && info.Mode().IsRegular() {
		return []command{{name: text}}, nil
	}
	var words []string
	var word strings.Builder
	inWord, quote := false, rune(0)
	endWord := func() {
		if inWord {
			words = append(words, word.String())
		}
		word.Reset()
		inWord = false
	}
	endCommand := func() error {
		endWord()
		var c command
		for len(words) > 0 && assignment.MatchString(words[0]) {
			c.env, words = append(c.env, words[0]), words[1:]
		}
		if len(words) == 0 {
			return fmt.Errorf("python %q: names no interpreter; write a version, a name or a path, with commas between several", text)
		}
		c.name = words[0]
		if len(words) > 1 {
			c.args = words[1:]
		}
		all, words = append(all, c), nil
		return nil
	}
	for _, r := range text {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ',':
			if err := endCommand(); err != nil {
				return nil, err
			}
		case r == ' ' || r == '\t':
			endWord()
		default:
			inWord = true
			word.WriteRune(r)
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("python %q: a quotation mark is not closed", text)
	}
	return all, endCommand()
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)
