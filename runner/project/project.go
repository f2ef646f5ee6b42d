// Package project is the checkout that everything lives in: the topics, the
// Python modules, the catalog, the built programs and the results.
//
// Its one decision: it is found from where the user stands, or from the binary,
// so that tandem works from anywhere and nothing is installed.
package project

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/store"
)

// A Project is such a checkout.
type Project struct{ Root string }

// Find looks upwards from $TANDEM_ROOT where that is set, else from the
// working directory and then from the binary, so that tandem works from
// anywhere.
func Find() (Project, error) {
	var starts []string
	if dir := os.Getenv("TANDEM_ROOT"); dir != "" {
		starts = append(starts, dir)
	} else if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if exe, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(exe))
	}
	for _, dir := range starts {
		for ; ; dir = filepath.Dir(dir) {
			text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
			if err == nil && bytes.HasPrefix(text, []byte("module tandem\n")) {
				return Project{dir}, nil
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return Project{}, fmt.Errorf("looking for Tandem's checkout above %s: no go.mod of module tandem there; run tandem inside its checkout, or set TANDEM_ROOT to it", strings.Join(starts, " and "))
}

func (p Project) Path(parts ...string) string {
	return filepath.Join(append([]string{p.Root}, parts...)...)
}

// Results is where runs go: $TANDEM_RESULTS, else results/ in the checkout.
func (p Project) Results() string {
	if dir := os.Getenv("TANDEM_RESULTS"); dir != "" {
		return dir
	}
	return p.Path("results")
}

// Run turns what the user typed (an id, a folder, or "latest") into a run's
// folder.
func (p Project) Run(name string) string {
	if strings.ContainsRune(name, filepath.Separator) {
		return name
	}
	if _, err := os.Stat(filepath.Join(name, "manifest.json")); err == nil {
		return name
	}
	return filepath.Join(p.Results(), name)
}

// BuildPairs compiles the Go side and the programs that it runs, so that an edit of a topic always counts.
// The go command's cache makes it cheap where nothing changed.
func (p Project) BuildPairs(ctx context.Context) (string, error) {
	return p.build(ctx, "pairs", [][]string{
		{"generate", "./go/cmd/pairs"}, // the list of topics
		// Linked with C, as net is otherwise, a child starts later.
		{"build", "-tags", "netgo", "-o", p.Path("bin") + "/", "./go/cmd/..."},
	})
}

// BuildCommand compiles the child that runs commands.
func (p Project) BuildCommand(ctx context.Context) (string, error) {
	return p.build(ctx, "tandem-command", [][]string{{"build", "-o", p.Path("bin") + "/", "./runner/cmd/tandem-command"}})
}

// build makes a program of bin/, or takes the one that is there where there is
// no Go.
func (p Project) build(ctx context.Context, program string, steps [][]string) (string, error) {
	binary := p.Path("bin", program)
	goCommand, err := exec.LookPath("go")
	if err != nil {
		if _, err := os.Stat(binary); err == nil {
			return binary, nil
		}
		return "", fmt.Errorf("building %s: %w; install Go, or run with --side python", program, err)
	}
	for _, args := range steps {
		cmd := exec.CommandContext(ctx, goCommand, args...)
		cmd.Dir = p.Root
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", program, err, bytes.TrimSpace(out))
		}
	}
	return binary, nil
}

// Sources has the SHA-256 of what the trials execute or are judged by, so that
// a run is not resumed with other code.
func (p Project) Sources() (map[string]string, error) {
	sums := map[string]string{}
	for name, dir := range map[string]string{"go": "go", "python": "python/tandem", "catalog": "runner/catalog"} {
		sum := sha256.New()
		err := filepath.WalkDir(p.Path(dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(path, "_test.go") || !slices.Contains([]string{".go", ".py", ".toml"}, filepath.Ext(path)) {
				return err
			}
			text, err := os.ReadFile(path)
			fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("reading the sources that will be measured: %w", err)
		}
		sums[name] = hex.EncodeToString(sum.Sum(nil))
	}
	return sums, nil
}

// Source returns a topic's code on one side, for the report.
func (p Project) Source(pair, side string) (name, text string, err error) {
	module := strings.ReplaceAll(pair, "-", "")
	name = filepath.Join("go", module, module+".go")
	if side == catalog.Python {
		name = filepath.Join("python", "tandem", strings.ReplaceAll(pair, "-", "_")+".py")
	}
	code, err := os.ReadFile(p.Path(name))
	return filepath.ToSlash(name), string(code), err
}

// ECharts is the charting library's script, nil where it was not fetched.
func (p Project) ECharts() ([]byte, error) {
	script, err := os.ReadFile(p.Path("node_modules", "echarts", "dist", "echarts.min.js"))
	if os.IsNotExist(err) {
		return nil, nil
	}
	return script, err
}

// Catalog is every pair that the checkout has, as its files are now.
func (p Project) Catalog() ([]*catalog.Pair, error) {
	return catalog.All(os.DirFS(p.Path("runner", "catalog")))
}

func (p Project) Published() (map[string]store.Published, error) {
	return store.ReadPublished(p.publishedFS())
}

func (p Project) publishedFS() fs.FS { return os.DirFS(p.Path("results", "published")) }

// Argv is the command that runs a variant's children. One that needs no
// package is spared the search for them, which can take longer than the
// interpreter itself to start.
func (p Project) Argv(r model.Runtime, v *catalog.Variant) []string {
	if r.Side == catalog.Go {
		return []string{r.Path}
	}
	main := p.Path("python", "tandem", "__main__.py")
	if v.Requires == "" {
		return []string{r.Path, "-S", main}
	}
	return []string{r.Path, main}
}

// Environ is what children see: the user's own environment, so that GOMAXPROCS
// or PYTHONHASHSEED reach them, with a variant's settings and some of ours in
// the place of what stood there.
func (p Project) Environ(settings []string) []string {
	settings = append(append([]string{"PYTHONPATH=" + p.Path("python"), "NO_PROXY=*"}, p.compiled()...), settings...)
	env := os.Environ()
	for _, set := range settings {
		name, _, _ := strings.Cut(set, "=")
		env = slices.DeleteFunc(env, func(old string) bool { return strings.HasPrefix(old, name+"=") })
	}
	return append(env, settings...)
}

// compiled has Python keep what it compiles in the user's cache where it must
// not, or cannot, do so beside the sources: or else each child compiles all
// anew.
func (p Project) compiled() []string {
	readOnly := unix.Access(p.Path("python", "tandem"), unix.W_OK) != nil
	if os.Getenv("PYTHONDONTWRITEBYTECODE") == "" && !readOnly || os.Getenv("PYTHONPYCACHEPREFIX") != "" {
		return nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil
	}
	return []string{"PYTHONDONTWRITEBYTECODE=", "PYTHONPYCACHEPREFIX=" + filepath.Join(cache, "tandem", "python")}
}
