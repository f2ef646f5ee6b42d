// Package runtimes finds what can execute a side: the Go toolchain's pairs
// binary, and the Python interpreters of this machine.
//
// Its one decision: an interpreter is asked, not guessed at. Each candidate
// runs a few lines that say what it is, and from then on the real executable
// is used, so that no shim stands in a timed path.
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
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// OldestPython is the oldest Python that the Python side runs on.
const OldestPython = "3.9"

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

// Python asks the interpreter at path, or of that name on PATH, what it is.
// The error says what was wrong with it and what to do.
func Python(ctx context.Context, path string) (model.Runtime, error) {
	none := model.Runtime{}
	found, err := exec.LookPath(path)
	if err != nil {
		return none, fmt.Errorf("python %q: %w; give a path to an interpreter, `tandem doctor` lists those it finds", path, errors.Unwrap(err))
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, found, "-c", probe)
	cmd.WaitDelay = time.Second
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EMFILE) {
		return none, fmt.Errorf("python %q: asking for its version: %w", path, err) // that says nothing of it
	}
	if err != nil {
		return none, fmt.Errorf("python %q: asked for its version it failed: %w%s; is it a Python interpreter?", path, err, lastLine(stderr.String()))
	}
	var said struct {
		Executable     string          `json:"executable"`
		Version        string          `json:"version"`
		Info           []int           `json:"info"`
		Implementation string          `json:"implementation"`
		GIL            bool            `json:"gil"`
		Free           bool            `json:"free_threaded"`
		StartMethod    string          `json:"start_method"`
		Packages       map[string]bool `json:"packages"`
	}
	if err := json.Unmarshal(out, &said); err != nil || len(said.Info) < 2 {
		return none, fmt.Errorf("python %q: asked for its version it answered %.40q; is it a Python interpreter?", path, out)
	}
	if said.Info[0] < 3 || said.Info[0] == 3 && said.Info[1] < 9 {
		return none, fmt.Errorf("python %q: it is Python %s, which is too old; Python %s or newer is needed", path, said.Version, OldestPython)
	}
	suffix := ""
	if said.Free {
		suffix = "t"
	}
	return model.Runtime{
		ID:      said.Implementation + "-" + said.Version + suffix,
		Side:    catalog.Python,
		Path:    said.Executable,
		Version: said.Version, Implementation: said.Implementation,
		GIL: said.GIL, StartMethod: said.StartMethod, Packages: said.Packages,
	}, nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	return fmt.Sprintf(" (%s)", text[strings.LastIndexByte(text, '\n')+1:])
}

// interpreter matches the file names that Pythons are installed under.
var interpreter = regexp.MustCompile(`^(python3(\.\d+t?)?|pypy3(\.\d+)?)$`)

// Find asks every Python on this machine that it knows how to look for: the
// project's own environment, PATH, and where pyenv, uv and hand-made builds
// put theirs. The same interpreter under two names is listed once.
func Find(ctx context.Context, root string) []model.Runtime {
	var found []model.Runtime
	for _, path := range candidates(root) {
		r, err := Python(ctx, path)
		if err != nil || slices.ContainsFunc(found, func(o model.Runtime) bool { return same(o, r) }) {
			continue
		}
		found = append(found, r)
	}
	return Distinct(found)
}

// same follows links, symbolic and hard.
func same(a, b model.Runtime) bool {
	x, errX := os.Stat(a.Path)
	y, errY := os.Stat(b.Path)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

func candidates(root string) []string {
	paths := []string{filepath.Join(root, ".venv", "bin", "python")}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		entries, err := os.ReadDir(dir)
		if err != nil || !filepath.IsAbs(dir) {
			continue // what it names would depend on where the user stands
		}
		for _, e := range entries {
			if interpreter.MatchString(e.Name()) {
				paths = append(paths, filepath.Join(dir, e.Name()))
			}
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		for _, pattern := range []string{
			".pyenv/versions/*/bin/python3",
			".local/share/uv/python/*/bin/python3",
			".local/python*/bin/python3*",
		} {
			more, _ := filepath.Glob(filepath.Join(home, pattern)) // the patterns are well-formed
			for _, path := range more {
				if interpreter.MatchString(filepath.Base(path)) {
					paths = append(paths, path)
				}
			}
		}
	}
	return paths
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

// Distinct makes the IDs of runtimes unique: the second cpython-3.11.7 becomes
// cpython-3.11.7#2.
func Distinct(all []model.Runtime) []model.Runtime {
	seen := map[string]int{}
	for i := range all {
		id := all[i].ID
		if seen[id]++; seen[id] > 1 {
			all[i].ID = fmt.Sprintf("%s#%d", id, seen[id])
		}
	}
	return all
}
