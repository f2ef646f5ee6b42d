package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"tandem/runner/model"
)

// sumName is the file beside the built programs that says from which sources
// they were built, and what they were then.
const sumName = "pairs.sum"

// A Build is the Go side, ready to run.
type Build struct {
	Path     string // of the pairs binary
	Settings string // of the compiler, as the binary itself has them
	Go       string // what built it, as --go takes it
	Version  string // of that, such as "go1.26.8"
	Old      bool   // it built the pair history alone
	Warning  string // why it may not be what its sources say; may be empty
}

// BuildWith compiles the Go side and the programs that it runs, with flags of
// its own: what the user's environment says of other builds changes no figure.
// It does nothing where the programs were built from these very sources. Where
// it cannot build, programs that are newer than every source are taken.
//
// The toolchain is as a user names it: Local, a version that the go command can
// fetch (go1.27.3), or the path of another go command. Each has its own programs.
// One that is older than the checkout wants builds the pair history alone.
func (p Project) BuildWith(ctx context.Context, name string) (Build, error) {
	t, err := p.toolchain(ctx, name)
	if err != nil {
		return Build{}, fmt.Errorf("go %q: %w", name, err)
	}
	b := Build{Path: filepath.Join(t.bin, "pairs"), Go: name, Version: t.version, Old: t.old}
	if t.old {
		b.Path = filepath.Join(t.bin, "history")
	}
	want, err := p.goSum(t.version)
	if err != nil {
		return b, err
	}
	if !built(t.bin, want) {
		if err := p.build(ctx, t); err != nil {
			if ctx.Err() != nil || !p.newer(b.Path) {
				return b, err
			}
			b.Warning = fmt.Sprintf("%v; going on with %s, which is newer than its sources", err, b.Path)
		}
	}
	b.Settings, err = buildSettings(b.Path)
	if err != nil && t.old { // binaries did not say so before Go 1.13
		b.Settings, err = t.version, nil
	}
	return b, err
}

// Local is the Go that built the runner too.
const Local = "local"

// A toolchain is what builds the Go side.
type toolchain struct {
	command string   // a path, or go
	env     []string // which Go the command shall be
	version string   // "go1.26.8"
	bin     string   // where its programs are
	old     bool     // it cannot build the checkout
}

// goVersion matches what the go command can fetch.
var goVersion = regexp.MustCompile(`^(go)?1(\.[0-9]+)+([a-z]+[0-9]+)?$`)

// toolchain finds what a user names.
func (p Project) toolchain(ctx context.Context, name string) (toolchain, error) {
	t := toolchain{command: "go", version: runtime.Version(), bin: p.Path("bin")}
	switch {
	case name == Local:
		return t, nil
	case goVersion.MatchString(name):
		t.env = []string{"GOTOOLCHAIN=go" + strings.TrimPrefix(name, "go")}
	case strings.ContainsRune(name, filepath.Separator):
		path, err := filepath.Abs(name)
		if err != nil {
			return t, err
		}
		t.command, t.env = path, []string{"GOTOOLCHAIN=local", "GOROOT="}
	default:
		return t, errors.New("it is neither local, nor a version such as go1.27.3, nor the path of a go command")
	}
	// Not in the checkout, whose go.mod may ask for a newer one.
	output, err := t.run(ctx, os.TempDir(), "version")
	if err != nil {
		return t, err
	}
	words := strings.Fields(string(output)) // go version go1.26.8 linux/amd64
	if len(words) < 3 || !goVersion.MatchString(words[2]) {
		return t, fmt.Errorf("asked for its version it answered %.60q; is it a go command?", bytes.TrimSpace(output))
	}
	t.version = words[2]
	if want := strings.TrimPrefix(t.env[0], "GOTOOLCHAIN="); want != Local && want != t.version {
		return t, fmt.Errorf("the go command ran %s instead", t.version)
	}
	own := sha256.Sum256([]byte(name))
	t.bin = p.Path("bin", fmt.Sprintf("%s-%x", t.version, own[:4]))
	mod, err := os.ReadFile(p.Path("go.mod"))
	if err != nil {
		return t, err
	}
	for line := range strings.Lines(string(mod)) {
		if least, ok := strings.CutPrefix(line, "go "); ok {
			t.old = model.CompareVersion(strings.TrimPrefix(t.version, "go"), strings.TrimSpace(least)) < 0
		}
	}
	return t, nil
}

// run runs the go command.
func (t toolchain) run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	command, err := exec.LookPath(t.command)
	if err != nil {
		return nil, fmt.Errorf("%w; install Go, or run with --side python", err)
	}
	cmd := exec.CommandContext(ctx, command, args...)
	cmd.Dir = dir
	cmd.Env = append(buildEnviron(os.Environ()), t.env...)
	if t.old { // before there were modules, and after
		cmd.Env = append(cmd.Env, "GO111MODULE=off", "GOFLAGS=")
	}
	output, err := cmd.CombinedOutput()
	if output := bytes.TrimSpace(output); err != nil && len(output) > 0 {
		err = fmt.Errorf("%w\n%s", err, output)
	}
	return output, err
}

func (p Project) build(ctx context.Context, t toolchain) error {
	fail := func(err error) error { return fmt.Errorf("building the Go side: %w", err) }
	if err := os.MkdirAll(t.bin, 0o777); err != nil {
		return fail(err)
	}
	// Beside the old programs, which may be running: then they are replaced at
	// once.
	dir, err := os.MkdirTemp(t.bin, ".build")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	steps := [][]string{
		{"generate", "./go/cmd/pairs"}, // the list of topics
		{"build", "-trimpath", "-buildvcs=false", "-o", dir + "/", "./go/cmd/...", "./go/history/..."},
	}
	if t.old {
		steps = [][]string{{"build", "-o", filepath.Join(dir, "history"), p.Path("go", "history", "history.go")}}
	}
	want := ""
	for _, args := range steps {
		if want, err = p.goSum(t.version); err != nil {
			return fail(err)
		}
		if _, err := t.run(ctx, p.Root, args...); err != nil {
			return fail(err)
		}
	}
	sum, err := sumOf(dir, want)
	if err != nil {
		return fail(err)
	}
	programs, err := os.ReadDir(dir)
	if err != nil {
		return fail(err)
	}
	for _, e := range programs {
		if err := os.Rename(filepath.Join(dir, e.Name()), filepath.Join(t.bin, e.Name())); err != nil {
			return fail(err)
		}
	}
	// Without it they are built again the next time, and nothing else.
	unfinished := filepath.Join(dir, sumName)
	if os.WriteFile(unfinished, sum, 0o666) == nil {
		_ = os.Rename(unfinished, filepath.Join(t.bin, sumName))
	}
	return nil
}

// buildEnviron is env with nothing in it that changes what the compiler makes.
// What Go says elsewhere (go env -w) yields to what is set here.
func buildEnviron(env []string) []string {
	keep := []string{
		"GOPATH", "GOCACHE", "GOMODCACHE", "GOROOT", "GOENV", "GOTMPDIR", "GOCACHEPROG", "GOTELEMETRY", "GOTELEMETRYDIR",
		"GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOVCS", "GOAUTH",
	}
	env = slices.DeleteFunc(slices.Clone(env), func(pair string) bool {
		name, _, _ := strings.Cut(pair, "=")
		return (strings.HasPrefix(name, "GO") || strings.HasPrefix(name, "CGO_")) && !slices.Contains(keep, name)
	})
	// Linked with C, as net is otherwise, a child would start later.
	return append(env, "GOFLAGS=-mod=readonly", "GOWORK=off", "CGO_ENABLED=0",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH, "GOAMD64=v1", "GOARM64=v8.0")
}

// buildSettings are the compiler's settings that a binary was made with.
func buildSettings(binary string) (string, error) {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "", fmt.Errorf("reading how the Go side was built: %w; delete %s to build it again", err, binary)
	}
	parts := []string{info.GoVersion}
	for _, s := range info.Settings {
		if s.Value != "" && !strings.HasPrefix(s.Key, "vcs") {
			parts = append(parts, s.Key+"="+s.Value)
		}
	}
	return strings.Join(parts, " "), nil
}

// goSum names the sources that the Go side is built from, and the toolchain.
func (p Project) goSum(version string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, version)
	if err := p.addSources(sum, "go"); err != nil {
		return "", fmt.Errorf("reading the sources of the Go side: %w", err)
	}
	pairs, err := filepath.Glob(p.Path("runner", "catalog", "*.toml"))
	if err != nil {
		return "", err
	}
	for _, path := range pairs { // the list of topics is made of them
		fmt.Fprintln(sum, filepath.Base(path))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(p.Path(name))
		if err != nil {
			return "", fmt.Errorf("reading the sources of the Go side: %w", err)
		}
		sum.Write(text)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// built says whether what is there was built from the sources of that name.
func built(bin, want string) bool {
	have, err := os.ReadFile(filepath.Join(bin, sumName))
	if err != nil {
		return false
	}
	now, err := sumOf(bin, want, programs(have)...)
	return err == nil && bytes.Equal(have, now)
}

// programs are those that a sum names.
func programs(sum []byte) (names []string) {
	for line := range strings.Lines(string(sum)) {
		if kind, rest, _ := strings.Cut(line, " "); kind == "program" {
			name, _, _ := strings.Cut(rest, " ")
			names = append(names, filepath.Base(name))
		}
	}
	return names
}

// sumOf is the content of the sum file for the programs in dir, all where none
// is named.
func sumOf(dir, sources string, names ...string) ([]byte, error) {
	if len(names) == 0 {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	text := fmt.Appendf(nil, "sources %s\n", sources)
	for _, name := range names {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		f.Close() // only read
		if err != nil {
			return nil, err
		}
		text = fmt.Appendf(text, "program %s %x\n", name, sum.Sum(nil))
	}
	return text, nil
}

// newer says whether a program is newer than every source of the Go side.
func (p Project) newer(program string) bool {
	info, err := os.Stat(program)
	if err != nil {
		return false
	}
	var last time.Time
	err = filepath.WalkDir(p.Path("go"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !isSource(path, entry) {
			return err
		}
		source, err := entry.Info()
		if err == nil && source.ModTime().After(last) {
			last = source.ModTime()
		}
		return err
	})
	return err == nil && info.ModTime().After(last)
}

// BuildCommand compiles the child that runs commands, or takes the one that is
// there where it cannot.
func (p Project) BuildCommand(ctx context.Context) (string, error) {
	binary := p.Path("bin", "tandem-command")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", binary, "./runner/cmd/tandem-command")
	cmd.Dir, cmd.Env = p.Root, buildEnviron(os.Environ())
	output, err := cmd.CombinedOutput()
	if _, there := os.Stat(binary); err != nil && (there != nil || ctx.Err() != nil) {
		return "", fmt.Errorf("building the child that runs commands: %w\n%s", err, bytes.TrimSpace(output))
	}
	return binary, nil
}
