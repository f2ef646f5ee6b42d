package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// sumName is the file beside the built programs that says from which sources
// they were built, and what they were then.
const sumName = "pairs.sum"

// A Build is the Go side, ready to run.
type Build struct {
	Path     string // of the pairs binary
	Settings string // of the compiler, as the binary itself has them
	Warning  string // why it may not be what its sources say; may be empty
}

// BuildPairs compiles the Go side and the programs that it runs, with flags of
// its own: what the user's environment says of other builds changes no figure.
// It does nothing where the programs were built from these very sources. Where
// it cannot build, programs that are newer than every source are taken.
func (p Project) BuildPairs(ctx context.Context) (Build, error) {
	b := Build{Path: p.Path("bin", "pairs")}
	want, err := p.goSum()
	if err != nil {
		return b, err
	}
	if !p.built(want) {
		if err := p.build(ctx); err != nil {
			if ctx.Err() != nil || !p.newer(b.Path) {
				return b, err
			}
			b.Warning = fmt.Sprintf("%v; going on with %s, which is newer than its sources", err, b.Path)
		}
	}
	b.Settings, err = buildSettings(b.Path)
	return b, err
}

func (p Project) build(ctx context.Context) error {
	fail := func(err error, said []byte) error {
		if said = bytes.TrimSpace(said); len(said) > 0 {
			err = fmt.Errorf("%w\n%s", err, said)
		}
		return fmt.Errorf("building the Go side: %w", err)
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		return fail(fmt.Errorf("%w; install Go, or run with --side python", err), nil)
	}
	if err := os.MkdirAll(p.Path("bin"), 0o777); err != nil {
		return fail(err, nil)
	}
	// Beside the old programs, which may be running: then they are replaced at
	// once.
	dir, err := os.MkdirTemp(p.Path("bin"), ".build")
	if err != nil {
		return fail(err, nil)
	}
	defer os.RemoveAll(dir)
	want := ""
	for _, args := range [][]string{
		{"generate", "./go/cmd/pairs"}, // the list of topics
		{"build", "-trimpath", "-buildvcs=false", "-o", dir + "/", "./go/cmd/..."},
	} {
		if want, err = p.goSum(); err != nil {
			return fail(err, nil)
		}
		cmd := exec.CommandContext(ctx, goCommand, args...)
		cmd.Dir = p.Root
		cmd.Env = buildEnviron(os.Environ())
		if said, err := cmd.CombinedOutput(); err != nil {
			return fail(err, said)
		}
	}
	sum, err := sumOf(dir, want)
	if err != nil {
		return fail(err, nil)
	}
	programs, err := os.ReadDir(dir)
	if err != nil {
		return fail(err, nil)
	}
	for _, e := range programs {
		if err := os.Rename(filepath.Join(dir, e.Name()), p.Path("bin", e.Name())); err != nil {
			return fail(err, nil)
		}
	}
	// Without it they are built again the next time, and nothing else.
	unfinished := filepath.Join(dir, sumName)
	if os.WriteFile(unfinished, sum, 0o666) == nil {
		_ = os.Rename(unfinished, p.Path("bin", sumName))
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
func (p Project) goSum() (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, runtime.Version())
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
func (p Project) built(want string) bool {
	have, err := os.ReadFile(p.Path("bin", sumName))
	if err != nil {
		return false
	}
	now, err := sumOf(p.Path("bin"), want, programs(have)...)
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
