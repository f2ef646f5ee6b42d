package runtimes

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestPythonSaysWhatItIs(t *testing.T) {
	r, err := Python(t.Context(), "python3")
	require.NoError(t, err)
	require.Equal(t, "python", r.Side)
	require.True(t, filepath.IsAbs(r.Path), r.Path)
	require.Contains(t, r.ID, r.Version)
	require.Contains(t, []string{"fork", "spawn", "forkserver"}, r.StartMethod)
	require.Contains(t, r.Packages, "aiohttp")
}

func TestPythonLooksBehindAShim(t *testing.T) {
	direct, err := Python(t.Context(), "python3")
	require.NoError(t, err)
	shim := script(t, "exec python3 \"$@\"")
	behind, err := Python(t.Context(), shim)
	require.NoError(t, err)
	require.Equal(t, direct.Path, behind.Path)
}

func TestPythonRefusesWhatIsNone(t *testing.T) {
	for name, c := range map[string]struct{ path, says string }{
		"missing":      {"/nonexistent/python3", "no such file"},
		"not on PATH":  {"python-that-nobody-has", "executable file not found"},
		"not a Python": {script(t, "echo hello"), "is it a Python interpreter?"},
		"fails":        {script(t, "echo broken install >&2; exit 3"), "broken install"},
		"too old":      {script(t, `echo '{"version":"2.7.18","info":[2,7,18]}'`), "too old; Python 3.9 or newer is needed"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Python(t.Context(), c.path)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, c.path)
		})
	}
}

func TestFindListsEachInterpreterOnce(t *testing.T) {
	all := Find(t.Context(), t.TempDir())
	require.NotEmpty(t, all)
	seen := map[string]bool{}
	for _, r := range all {
		require.False(t, seen[r.ID], "%s twice", r.ID)
		seen[r.ID] = true
	}
}

func TestDefaultPrefersTheProjectsOwn(t *testing.T) {
	root := t.TempDir()
	bin := filepath.Join(root, ".venv", "bin")
	require.NoError(t, os.MkdirAll(bin, 0o755))
	python := filepath.Join(bin, "python")
	require.NoError(t, os.WriteFile(python, []byte("#!/bin/sh\nexit 9\n"), 0o755))
	_, err := Default(t.Context(), root)
	require.ErrorContains(t, err, python, "a broken environment is named, not passed over")
	require.NoError(t, os.RemoveAll(filepath.Join(root, ".venv")))
	r, err := Default(t.Context(), root)
	require.NoError(t, err)
	require.NotEmpty(t, r.ID)
}

func TestDistinct(t *testing.T) {
	all := Distinct([]model.Runtime{{ID: "a"}, {ID: "b"}, {ID: "a"}})
	require.Equal(t, []string{"a", "b", "a#2"}, []string{all[0].ID, all[1].ID, all[2].ID})
}

func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python3")
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755))
	return path
}

// Where the user stands may be a stranger's folder: no module of it is run.
func TestPythonIsAskedWithoutTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, module := range []string{"json", "multiprocessing", "sysconfig", "importlib", "ast"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, module+".py"), []byte("open('ran', 'w')\n"), 0o666))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\necho >ran\n"), 0o777))
	t.Chdir(dir)
	_, err := Python(t.Context(), "python3")
	require.NoError(t, err)
	require.NoFileExists(t, "ran")
	t.Setenv("PATH", ".:"+os.Getenv("PATH"))
	for _, path := range candidates(t.TempDir()) {
		require.True(t, filepath.IsAbs(path), path)
	}
}
