package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Find makes the first word of a command the path of what is to be executed, as
// a shell in dir would find it. A shim (pyenv's and the like) costs more to start
// than most programs take, so the program behind it is taken; where nobody tells
// which that is, warning says so.
func Find(ctx context.Context, argv []string, dir string) (found []string, warning string, err error) {
	name := argv[0]
	if strings.ContainsRune(name, filepath.Separator) && !filepath.IsAbs(name) {
		name = filepath.Join(dir, name)
	}
	if name == "" {
		return nil, "", errors.New("command \"\": the program's name is empty")
	}
	path, err := exec.LookPath(name)
	if err != nil {
		why := errors.Unwrap(err)
		if info, e := os.Stat(name); e == nil && !info.IsDir() {
			why = errors.New("it is not executable; chmod +x makes it so, or name the program that runs it")
		}
		return nil, "", fmt.Errorf("command %q: %w", argv[0], why)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, "", err
	}
	real, err := behind(ctx, path, dir)
	if err != nil {
		real, warning = path, fmt.Sprintf("%s starts %s by a detour, which is in every time: %v; give the path of the program itself", path, filepath.Base(path), err)
	}
	return append([]string{real}, argv[1:]...), warning, nil
}

// shim finds the manager that a shim of pyenv and its relatives hands over to.
var shim = regexp.MustCompile(`(?m)^exec "?([^" ]*(?:pyenv|rbenv|nodenv|goenv|plenv|jenv|asdf))"? exec `)

// behind is the program behind a shim; path itself, where that is none.
func behind(ctx context.Context, path, dir string) (string, error) {
	manager := ""
	if link, err := filepath.EvalSymlinks(path); err == nil && link != path && slices.Contains([]string{"mise", "rustup"}, filepath.Base(link)) {
		manager = link
	} else if f, err := os.Open(path); err == nil {
		head := make([]byte, 2<<10)
		n, _ := f.Read(head) // a file that cannot be read is no script
		f.Close()
		if text := head[:n]; bytes.HasPrefix(text, []byte("#!")) {
			if found := shim.FindSubmatch(text); found != nil {
				manager = string(found[1])
			}
		}
	}
	if manager == "" {
		return path, nil
	}
	cmd := exec.CommandContext(ctx, manager, "which", filepath.Base(path))
	cmd.Dir = dir
	out, err := cmd.Output()
	if real := strings.TrimSpace(string(out)); err == nil && filepath.IsAbs(real) {
		return real, nil
	}
	return "", fmt.Errorf("%s which %s does not tell where it is", manager, filepath.Base(path))
}

// Build runs a command that makes a program, once.
func Build(ctx context.Context, argv []string, dir string, env []string) error {
	found, _, err := Find(ctx, argv, dir)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, found[0], found[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building with %q: %w\n%s", strings.Join(argv, " "), err, bytes.TrimSpace(out))
	}
	return nil
}

// flags of the go command that stand alone; all others have a value.
var alone = regexp.MustCompile(`^--?(a|n|v|x|race|msan|asan|cover|work|trimpath|linkshared|modcacherw)$|=`)

// GoRun takes `go run` apart, which compiles and links every time: into what
// builds the program at a path, and what then runs it. It is false for any other
// command.
func GoRun(argv []string, path string) (build, run []string, ok bool) {
	if len(argv) < 3 || filepath.Base(argv[0]) != "go" || argv[1] != "run" {
		return nil, nil, false
	}
	at := 2
	for at < len(argv) && strings.HasPrefix(argv[at], "-") {
		if alone.MatchString(argv[at]) {
			at++
		} else {
			at += 2
		}
	}
	first := at
	for at < len(argv) && (at == first || strings.HasSuffix(argv[first], ".go") && strings.HasSuffix(argv[at], ".go")) {
		at++
	}
	if at > len(argv) || first >= at {
		return nil, nil, false
	}
	build = slices.Concat([]string{argv[0], "build", "-o", path}, argv[2:at])
	return build, append([]string{path}, argv[at:]...), true
}
