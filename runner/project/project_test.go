package project

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/runtimes"
)

// checkout makes the least that a checkout can be, last edited an hour ago.
func checkout(t *testing.T) Project {
	t.Helper()
	p := Project{t.TempDir()}
	for name, text := range map[string]string{
		"go.mod":                    "module tandem\n\ngo 1.24\n",
		"go.sum":                    "",
		"go/cmd/pairs/main.go":      "package main\n\nfunc main() { println(\"one\") }\n",
		"go/cmd/other/main.go":      "package main\n\nfunc main() {}\n",
		"go/history/history.go":     "package main\n\nfunc main() {}\n",
		"python/tandem/x.py":        "x = 1\n",
		"python/history/history.py": "x = 1\n",
		"runner/catalog/x.toml":     "x = 1\n",
		"runner/catalog/x_test.go":  "package catalog\n",
		"runner/catalog/catalog.go": "package catalog\n",
	} {
		write(t, p.Path(name), text)
	}
	return p
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
	hourAgo := time.Now().Add(-time.Hour)
	require.NoError(t, os.Chtimes(path, hourAgo, hourAgo))
}

// withoutGo takes the go command away.
func withoutGo(t *testing.T) { t.Setenv("PATH", t.TempDir()) }

// Whatever the user's environment says of other builds, figures do not hang on
// it; and what the binary was built with is known from the binary.
func TestBuildHasSettingsOfItsOwn(t *testing.T) {
	p := checkout(t)
	t.Setenv("GOFLAGS", "-race -tags=x -trimpath=false -buildvcs=true")
	t.Setenv("GOAMD64", "v3")
	t.Setenv("GOEXPERIMENT", "nogreenteagc")
	t.Setenv("GOTOOLCHAIN", "go1.4")
	t.Setenv("GOOS", "plan9")
	t.Setenv("GOWORK", "/nonexistent/go.work")
	t.Setenv("CGO_ENABLED", "1")
	t.Setenv("CGO_CFLAGS", "-O0")
	b, err := p.BuildPairs(t.Context())
	require.NoError(t, err)
	require.Empty(t, b.Warning)
	require.Equal(t, p.Path("bin", "pairs"), b.Path)
	require.FileExists(t, p.Path("bin", "other"))
	for _, not := range []string{"-race", "-tags", "nogreenteagc", "plan9", "CGO_CFLAGS"} {
		require.NotContains(t, b.Settings, not)
	}
	require.Contains(t, b.Settings, "-trimpath=true")
	require.Contains(t, b.Settings, "CGO_ENABLED=0")
	require.True(t, strings.HasPrefix(b.Settings, "go1."), b.Settings)
	require.Contains(t, b.Settings, runtimes.Go(b.Path).ID)
}

// A trial waits for no compiler where nothing has changed, and needs none.
func TestBuildOnlyWhatChanged(t *testing.T) {
	p := checkout(t)
	first, err := p.BuildPairs(t.Context())
	require.NoError(t, err)
	t.Run("nothing changed", func(t *testing.T) {
		withoutGo(t)
		again, err := p.BuildPairs(t.Context())
		require.NoError(t, err)
		require.Equal(t, first, again)
		left, err := filepath.Glob(p.Path("bin", ".build*"))
		require.NoError(t, err)
		require.Empty(t, left)
	})
	t.Run("a test changed", func(t *testing.T) {
		withoutGo(t)
		write(t, p.Path("go", "cmd", "pairs", "main_test.go"), "package main\n")
		again, err := p.BuildPairs(t.Context())
		require.NoError(t, err)
		require.Empty(t, again.Warning)
	})
	t.Run("the binary was replaced", func(t *testing.T) {
		was, err := os.ReadFile(first.Path)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(first.Path, []byte("made with -race"), 0o777))
		_, err = p.BuildPairs(t.Context())
		require.NoError(t, err)
		now, err := os.ReadFile(first.Path)
		require.NoError(t, err)
		require.Equal(t, was, now)
	})
	t.Run("a source changed", func(t *testing.T) {
		was, err := os.ReadFile(first.Path)
		require.NoError(t, err)
		write(t, p.Path("go", "cmd", "pairs", "main.go"), "package main\n\nfunc main() { println(\"two\") }\n")
		_, err = p.BuildPairs(t.Context())
		require.NoError(t, err)
		now, err := os.ReadFile(first.Path)
		require.NoError(t, err)
		require.NotEqual(t, was, now)
	})
}

// Trouble with Go stops nothing where a binary is there that can be trusted.
func TestBuildTroubleIsSaid(t *testing.T) {
	for name, break_ := range map[string]func(*testing.T, Project){
		"no go command": func(t *testing.T, _ Project) { withoutGo(t) },
		"no HOME": func(t *testing.T, _ Project) {
			for _, name := range []string{"HOME", "GOCACHE", "XDG_CACHE_HOME", "GOPATH", "GOENV"} {
				t.Setenv(name, "") // to have it back afterwards
				os.Unsetenv(name)
			}
		},
		"a newer Go is wanted": func(t *testing.T, p Project) {
			write(t, p.Path("go.mod"), "module tandem\n\ngo 1.999\n")
			t.Setenv("GOPROXY", "off")
		},
		"it does not compile": func(t *testing.T, p Project) { write(t, p.Path("go", "cmd", "pairs", "x.go"), "package go\n") },
		"bin is a read-only folder": func(t *testing.T, p Project) {
			if os.Geteuid() == 0 {
				t.Skip("root may write everywhere")
			}
			require.NoError(t, os.Chmod(p.Path("bin"), 0o555))
			t.Cleanup(func() { os.Chmod(p.Path("bin"), 0o777) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := checkout(t)
			_, err := p.BuildPairs(t.Context())
			require.NoError(t, err)
			require.NoError(t, os.Remove(p.Path("bin", sumName))) // as after go build
			break_(t, p)
			b, err := p.BuildPairs(t.Context())
			require.NoError(t, err)
			require.Contains(t, b.Warning, "building the Go side: ")
			require.Contains(t, b.Warning, "going on with "+b.Path+", which is newer than its sources")

			old := time.Now().Add(-2 * time.Hour)
			require.NoError(t, os.Chtimes(b.Path, old, old))
			_, err = p.BuildPairs(t.Context())
			require.ErrorContains(t, err, "building the Go side: ")
			require.NoError(t, os.Chmod(p.Path("bin"), 0o777))
			require.NoError(t, os.Remove(b.Path))
			break_(t, p)
			_, err = p.BuildPairs(t.Context())
			require.ErrorContains(t, err, "building the Go side: ")
		})
	}
}

// A checkout that was moved has the sources that it had.
func TestSourcesMove(t *testing.T) {
	p := checkout(t)
	was, err := p.Sources()
	require.NoError(t, err)
	require.Len(t, was, 3)
	moved := Project{filepath.Join(t.TempDir(), "elsewhere")}
	require.NoError(t, os.Rename(p.Root, moved.Root))
	now, err := moved.Sources()
	require.NoError(t, err)
	require.Equal(t, was, now)
	require.NoError(t, os.Rename(moved.Path("python", "tandem", "x.py"), moved.Path("python", "tandem", "y.py")))
	now, err = moved.Sources()
	require.NoError(t, err)
	require.NotEqual(t, was["python"], now["python"], "names count")
	require.Equal(t, was["go"], now["go"])
}

// Programs of the checkout are run, so where the user stands is none.
func TestAStrangersFolderIsNoCheckout(t *testing.T) {
	strangers := checkout(t)
	t.Chdir(strangers.Root)
	t.Setenv("TANDEM_ROOT", "")
	p, err := Find() // this test's binary lies in no checkout
	require.ErrorContains(t, err, "set TANDEM_ROOT to one that you trust", "found %s", p.Root)
	t.Setenv("TANDEM_ROOT", strangers.Path("go"))
	p, err = Find()
	require.NoError(t, err)
	require.Equal(t, strangers.Root, p.Root)
}

// Each toolchain has programs of its own, and says what it is. One that is older
// than the checkout wants builds the pair history alone.
func TestBuildWithAnotherGo(t *testing.T) {
	p := checkout(t)
	path, err := exec.LookPath("go")
	require.NoError(t, err)
	local, err := p.BuildPairs(t.Context())
	require.NoError(t, err)
	other, err := p.BuildWith(t.Context(), path)
	require.NoError(t, err)
	require.NotEqual(t, local.Path, other.Path)
	require.Equal(t, local.Version, other.Version)
	require.Equal(t, path, other.Go)
	require.FileExists(t, filepath.Join(filepath.Dir(other.Path), "history"))
	require.Contains(t, other.Settings, other.Version)

	write(t, p.Path("go.mod"), "module tandem\n\ngo 1.999\n")
	old, err := p.BuildWith(t.Context(), path)
	require.NoError(t, err)
	require.True(t, old.Old)
	require.Equal(t, "history", filepath.Base(old.Path))
	require.FileExists(t, old.Path)

	for name, says := range map[string]string{
		"go1.999.1":        `go "go1.999.1": `,
		"golang":           "neither local",
		"/nonexistent/go":  "no such file",
		script(t, "hello"): `answered "hello"; is it a go command?`,
	} {
		t.Setenv("GOPROXY", "off")
		_, err := p.BuildWith(t.Context(), name)
		require.ErrorContains(t, err, says)
	}
}

// The go command fetches the toolchain that is asked for.
func TestBuildWithAFetchedGo(t *testing.T) {
	const version = "go1.27.3"
	if testing.Short() {
		t.Skip("fetches a toolchain")
	}
	cmd := exec.Command("go", "version")
	cmd.Dir, cmd.Env = t.TempDir(), append(os.Environ(), "GOTOOLCHAIN="+version)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("%s is not to be had here: %s", version, out)
	}
	b, err := checkout(t).BuildWith(t.Context(), version)
	require.NoError(t, err)
	require.Equal(t, version, b.Version)
	require.Contains(t, b.Settings, version)
}

func script(t *testing.T, says string) string {
	path := filepath.Join(t.TempDir(), "go")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\necho "+says+"\n"), 0o755))
	return path
}

// Of the checkout that is under test, the report shows all that a topic is made
// of, and each file with one pair.
func TestAllSourcesAreShown(t *testing.T) {
	p := Project{filepath.Join("..", "..")}
	pairs, err := p.Catalog()
	require.NoError(t, err)
	var shown []string
	for _, pair := range pairs {
		for side, own := range map[string]string{catalog.Go: "/" + strings.ReplaceAll(pair.ID, "-", "") + ".go", catalog.Python: "/" + strings.ReplaceAll(pair.ID, "-", "_") + ".py"} {
			names, text, err := p.Source(pair.ID, side)
			require.NoError(t, err)
			files := strings.Split(names, ", ")
			require.True(t, strings.HasSuffix(files[0], own), "%s is not the first of %s", own, names)
			for _, file := range files {
				code, err := os.ReadFile(p.Path(file))
				require.NoError(t, err)
				require.Contains(t, text, string(code))
			}
			shown = append(shown, files...)
		}
	}
	var there []string
	for _, pattern := range []string{"go/*/*.go", "python/tandem/*.py", "python/history/*.py"} {
		found, err := fs.Glob(os.DirFS(p.Root), pattern)
		require.NoError(t, err)
		there = append(there, found...)
	}
	plumbing := regexp.MustCompile(`^go/(trial|events)/|_test\.go$|^python/tandem/(__.*__|cores|events|interpreters|lazy|processes|topics|trial|wire)\.py$`)
	require.ElementsMatch(t, slices.DeleteFunc(there, plumbing.MatchString), shown)
}
