// Package runtimes finds what can execute a side: Go toolchains and the Python
// interpreters of this machine.
//
// Its one decision: an interpreter is asked, not guessed at, and asked each
// time. Each candidate runs a few lines that say what it is, and from then on
// the real executable is used, so that no shim stands in a timed path.
package runtimes

import (
	"context"
	"debug/buildinfo"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// OldestPython is the oldest Python that the Python side runs on. Older ones
// run the pair history.
const OldestPython = "3.9"

// How long an interpreter may take to say what it is: one that is only come
// across, one that the user names, and one that Java must start first.
const (
	patience      = 3 * time.Second
	namedPatience = 15 * time.Second
	javaPatience  = 30 * time.Second
)

var errSlow = errors.New("asked for its version it did not answer")

//go:embed probe.py
var probe string

// Go describes the toolchain that built the pairs binary at path; this
// program's own, where the binary does not say.
func Go(path string) model.Runtime {
	version := runtime.Version()
	if info, err := buildinfo.ReadFile(path); err == nil {
		version, _, _ = strings.Cut(info.GoVersion, " ")
	}
	return model.Runtime{
		ID: version, Side: catalog.Go, Path: path,
		Version: strings.TrimPrefix(version, "go"), Implementation: runtime.Compiler,
	}
}

// GoBy describes the toolchain that a user names and that built the program at
// path, in this version and with these settings. An old one built the pair
// history alone.
func GoBy(name, path, version, settings string, old bool) model.Runtime {
	r := Go(path)
	r.Build = settings
	if name != "local" {
		r.ID, r.Version, r.Toolchain, r.Old = version, strings.TrimPrefix(version, "go"), name, old
	}
	return r
}

// Python asks the interpreter at path, or of that name on PATH, what it is.
// The error says what was wrong with it and what to do.
func Python(ctx context.Context, path string) (model.Runtime, error) {
	return ask(ctx, command{name: path}, namedPatience)
}

// A command is what a user may type to name an interpreter.
type command struct {
	env  []string // "NAME=value"
	name string   // a path, or looked up on PATH
	args []string
}

func (c command) String() string {
	return strings.Join(slices.Concat(c.env, []string{c.name}, c.args), " ")
}

// probed is what an interpreter says of itself.
type probed struct {
	Executable     string          `json:"executable"`
	Version        string          `json:"version"`
	Info           []int           `json:"info"`
	Implementation string          `json:"implementation"`
	Release        string          `json:"release"`
	GIL            bool            `json:"gil"`
	Free           bool            `json:"free_threaded"`
	Settings       []string        `json:"settings"`
	Packages       map[string]bool `json:"packages"`
}

// alike says whether two answers may be one interpreter's.
func (s *probed) alike(o *probed) bool {
	return s.Executable == o.Executable && s.Version == o.Version && s.Implementation == o.Implementation &&
		s.GIL == o.GIL && slices.Equal(s.Settings, o.Settings)
}

// ask finds out what a command runs.
func ask(ctx context.Context, c command, within time.Duration) (model.Runtime, error) {
	none := model.Runtime{}
	found, err := exec.LookPath(c.name)
	if err != nil {
		return none, fmt.Errorf("python %q: %w; give a path to an interpreter, `tandem doctor` lists those it finds", c, errors.Unwrap(err))
	}
	if found, err = filepath.Abs(found); err != nil {
		return none, err
	}
	answer, err := c.say(ctx, found, within)
	if err != nil {
		return none, err
	}
	// What stands behind a shim is used itself; a wrapper that sets something is
	// part of what is to be run.
	if behind := answer.Executable; behind != found && executable(behind) {
		if direct, err := c.say(ctx, behind, within); err == nil && direct.alike(answer) {
			found = behind
		}
	}
	r := model.Runtime{
		Side: catalog.Python, Path: found, Args: c.args, Env: c.env,
		Version: answer.Version, Implementation: answer.Implementation,
		GIL: answer.GIL, FreeThreaded: answer.Free, Packages: answer.Packages,
		Old: model.CompareVersion(answer.Version, OldestPython) < 0,
	}
	if slices.Contains([]string{"pypy", "graalpy", "rustpython", "micropython"}, answer.Implementation) {
		r.Release = answer.Release
	}
	identify(&r)
	return r, nil
}

// executable says whether path is a program by itself: GraalPy's
// sys.executable is a command line.
func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && filepath.IsAbs(path) && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// say asks the program at path, with the command's flags and variables.
func (c command) say(ctx context.Context, path string, within time.Duration) (*probed, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, slices.Concat(c.args, []string{"-c", probe})...)
	cmd.Env = append(os.Environ(), c.env...)
	// What it started, such as the interpreter behind a shim, ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 100 * time.Millisecond
	var out, stderr bounded
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("python %q: %w within %v; is it a Python interpreter?", c, errSlow, within)
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EMFILE): // that says nothing of it
		return nil, fmt.Errorf("python %q: asking for its version: %w", c, err)
	case err != nil:
		return nil, fmt.Errorf("python %q: asked for its version it failed: %w%s; is it a Python interpreter?", c, err, lastLine(string(stderr.text)))
	}
	var answer probed
	if err := json.Unmarshal(out.text, &answer); err != nil || len(answer.Info) < 2 || answer.Version == "" {
		return nil, fmt.Errorf("python %q: asked for its version it answered %.40q; is it a Python interpreter?", c, out.text)
	}
	return &answer, nil
}

// bounded keeps what a program prints, and takes no more than an answer has.
type bounded struct{ text []byte }

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.text)+len(p) > 64<<10 {
		return 0, errors.New("it prints too much")
	}
	b.text = append(b.text, p...)
	return len(p), nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", text[strings.LastIndexByte(text, '\n')+1:])
}

// identify gives a runtime the ID and label that follow from what it is.
func identify(r *model.Runtime) {
	version := r.Version
	if r.FreeThreaded {
		version += "t"
	}
	own := slices.Concat(r.Env, r.Args)
	r.ID = strings.Join(append([]string{r.Implementation + "-" + version}, own...), ",")
	if r.Implementation == "jython" && len(own) == 2 && own[0] == "-jar" { // no choice of the user's
		r.ID, own = "jython-"+version, nil
	}
	r.Label = strings.Join(own, " ")
}

// Default is the Python that runs where none is named: the project's own
// environment, else python3 on PATH.
func Default(ctx context.Context, root string) (model.Runtime, error) {
	own := filepath.Join(root, ".venv", "bin", "python")
	if _, err := os.Stat(own); !errors.Is(err, fs.ErrNotExist) {
		return Python(ctx, own)
	}
	return Python(ctx, "python3")
}

// Distinct makes the IDs of runtimes unique, and their names: the second
// cpython-3.11.7 becomes cpython-3.11.7#2, and both are told apart by their
// place. The same command twice is one runtime.
func Distinct(all []model.Runtime) []model.Runtime {
	var kept []model.Runtime
	for _, r := range all {
		if !slices.ContainsFunc(kept, func(o model.Runtime) bool { return same(o, r) }) {
			kept = append(kept, r)
		}
	}
	seen, named := map[string]int{}, map[string]int{}
	for _, r := range kept {
		named[r.Name()]++
	}
	for i := range kept {
		r := &kept[i]
		if named[r.Name()] > 1 {
			where := place(r.Path)
			if r.Side == catalog.Go { // its program is ours; the toolchain is not
				where = place(r.Spec())
			}
			r.Label = strings.TrimSpace(r.Label + " " + where)
		}
		id := r.ID
		if seen[id]++; seen[id] > 1 {
			r.ID = fmt.Sprintf("%s#%d", id, seen[id])
		}
	}
	return kept
}

// place is a path as its owner knows it.
func place(path string) string {
	if home, err := os.UserHomeDir(); err == nil {
		if rel, err := filepath.Rel(home, path); err == nil && !strings.HasPrefix(rel, "..") {
			return filepath.Join("~", rel)
		}
	}
	return path
}

// same says whether two runtimes are one command. It follows links, symbolic
// and hard.
func same(a, b model.Runtime) bool {
	if !slices.Equal(a.Args, b.Args) || !slices.Equal(a.Env, b.Env) || a.Side != b.Side {
		return false
	}
	x, errX := os.Stat(a.Path)
	y, errY := os.Stat(b.Path)
	return errX == nil && errY == nil && os.SameFile(x, y)
}
