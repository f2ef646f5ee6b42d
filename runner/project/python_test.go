package project

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// python runs a Python child of a variant with these arguments instead of a
// conversation.
func python(t *testing.T, v catalog.Variant, args ...string) string {
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	p := Project{Root: root}
	argv := p.Argv(&catalog.Pair{}, model.Runtime{Side: catalog.Python, Path: path}, &v)
	if args[0] == "-c" {
		argv = argv[:len(argv)-1]
	}
	cmd := exec.Command(argv[0], append(argv[1:], args...)...)
	cmd.Env = p.Environ(nil)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimSpace(string(out))
}

// What Python compiles is kept also where the user has told it not to write
// beside the sources.
func TestCompiledOnce(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("HOME", cache)
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("PYTHONDONTWRITEBYTECODE", "1")
	t.Setenv("PYTHONPYCACHEPREFIX", "")
	python(t, catalog.Variant{}, "--list")
	compiled := 0
	require.NoError(t, filepath.WalkDir(cache, func(path string, _ fs.DirEntry, err error) error {
		if ok, _ := filepath.Match("topics.*.pyc", filepath.Base(path)); ok {
			compiled++
		}
		return err
	}))
	require.Equal(t, 1, compiled)
}

// Only a variant that needs a package has Python look for packages; the user's
// own settings reach all.
func TestPackages(t *testing.T) {
	t.Setenv("PYTHONHASHSEED", "7")
	const ask = "import os, sys; print('site' in sys.modules, os.environ['PYTHONHASHSEED'])"
	require.Equal(t, "False 7", python(t, catalog.Variant{}, "-c", ask))
	require.Equal(t, "True 7", python(t, catalog.Variant{Requires: "aiohttp"}, "-c", ask))
}
