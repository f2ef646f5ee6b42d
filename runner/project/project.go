// Package project is the checkout that everything lives in: the topics, the
// Python modules, the catalog, the built programs and the results.
//
// Its one decision: it is the checkout that the running binary was built in, or
// the one that the user names in TANDEM_ROOT. So tandem works from anywhere,
// nothing is installed, and no folder that a user only stands in is trusted.
package project

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
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

// Find looks upwards from $TANDEM_ROOT where that is set, else from the binary.
// Where the user stands does not count: what lies there may be a stranger's,
// and programs of the checkout are run.
func Find() (Project, error) {
	start := os.Getenv("TANDEM_ROOT")
	if start == "" {
		exe, err := os.Executable()
		if err == nil {
			exe, err = filepath.EvalSymlinks(exe)
		}
		if err != nil {
			return Project{}, fmt.Errorf("looking for Tandem's checkout: %w; set TANDEM_ROOT to it", err)
		}
		start = filepath.Dir(exe)
	}
	start, err := filepath.Abs(start)
	if err != nil {
		return Project{}, fmt.Errorf("looking for Tandem's checkout: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && bytes.HasPrefix(text, []byte("module tandem\n")) {
			return Project{dir}, nil
		}
		if dir == filepath.Dir(dir) {
			return Project{}, fmt.Errorf("looking for Tandem's checkout above %s: no go.mod of module tandem there; run bin/tandem of a checkout, or set TANDEM_ROOT to one that you trust", start)
		}
	}
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
	path := filepath.Join(p.Results(), name)
	if to, err := os.Readlink(path); err == nil && filepath.IsLocal(to) {
		return filepath.Join(p.Results(), to) // what is the latest now will not be for long
	}
	return path
}

// Sources has the SHA-256 of what the trials execute or are judged by, so that
// a run is not resumed with other code.
func (p Project) Sources() (map[string]string, error) {
	sums := map[string]string{}
	for name, dirs := range map[string][]string{"go": {"go"}, "python": {"python/tandem", "python/history"}, "catalog": {"runner/catalog"}} {
		sum := sha256.New()
		for _, dir := range dirs {
			if err := p.addSources(sum, dir); err != nil {
				return nil, fmt.Errorf("reading the sources that will be measured: %w", err)
			}
		}
		sums[name] = hex.EncodeToString(sum.Sum(nil))
	}
	return sums, nil
}

// addSources adds the sources below dir to a sum. Their names count from the
// checkout, which may be moved.
func (p Project) addSources(sum io.Writer, dir string) error {
	files := os.DirFS(p.Root)
	return fs.WalkDir(files, dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !isSource(path, entry) {
			return err
		}
		text, err := fs.ReadFile(files, path)
		fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
		return err
	})
}

func isSource(path string, entry fs.DirEntry) bool {
	return !entry.IsDir() && !strings.HasSuffix(path, "_test.go") && slices.Contains([]string{".go", ".py", ".toml"}, filepath.Ext(path))
}

// Source returns a topic's code on one side, for the report: the file that is
// named after it, then those beside it.
func (p Project) Source(pair, side string) (name, text string, err error) {
	names, err := p.files(pair, side)
	for _, name := range names {
		code, err := os.ReadFile(p.Path(name))
		if err != nil {
			return "", "", err
		}
		text += string(code) + "\n"
	}
	return strings.Join(names, ", "), text, err
}

func (p Project) files(pair, side string) (names []string, err error) {
	stem := strings.ReplaceAll(pair, "-", "_")
	folder, main, beside := "python/tandem", stem+".py", stem+"_*.py"
	if module := strings.ReplaceAll(pair, "-", ""); side == catalog.Go {
		folder, main, beside = "go/"+module, module+".go", "*.go"
	} else if pair == "history" {
		folder = "python/history"
	}
	found, err := fs.Glob(os.DirFS(p.Path(folder)), beside)
	names = []string{folder + "/" + main}
	for _, file := range found {
		if file != main && !strings.HasSuffix(file, "_test.go") && (side == catalog.Go || !p.ofLonger(file, pair)) {
			names = append(names, folder+"/"+file)
		}
	}
	return names, err
}

// ofLonger says whether a Python file belongs to a pair whose name begins with
// this one's, as sieve_segmented.py does.
func (p Project) ofLonger(file, pair string) bool {
	name := strings.ReplaceAll(strings.TrimSuffix(file, ".py"), "_", "-")
	for ; len(name) > len(pair); name = name[:strings.LastIndexByte(name, '-')] {
		if _, err := os.Stat(p.Path("runner", "catalog", name+".toml")); err == nil {
			return true
		}
	}
	return false
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
func (p Project) Argv(pair *catalog.Pair, r model.Runtime, v *catalog.Variant) []string {
	switch {
	case pair.History && r.Side == catalog.Go:
		return []string{filepath.Join(filepath.Dir(r.Path), "history")}
	case pair.History:
		return append(r.Argv(), p.Path("python", "history", "history.py"))
	case r.Side == catalog.Go:
		return r.Argv()
	}
	main := p.Path("python", "tandem", "__main__.py")
	if v.Requires == "" {
		return append(r.Argv(), "-S", main)
	}
	return append(r.Argv(), main)
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
