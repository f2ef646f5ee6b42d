package runtimes

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestPythonSaysWhatItIs(t *testing.T) {
	r, err := Python(t.Context(), "python3")
	require.NoError(t, err)
	require.Equal(t, "python", r.Side)
	require.True(t, filepath.IsAbs(r.Path), r.Path)
	require.Contains(t, r.ID, r.Version)
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

// A wrapper that sets something is what is run: behind it stands something else.
func TestPythonKeepsWhatAWrapperSets(t *testing.T) {
	for _, body := range []string{`exec python3 -X dev "$@"`, `PYTHONHASHSEED=7 exec python3 "$@"`} {
		wrapper := script(t, body)
		r, err := Python(t.Context(), wrapper)
		require.NoError(t, err)
		require.Equal(t, wrapper, r.Path, body)
	}
}

func TestPythonRefusesWhatIsNone(t *testing.T) {
	for name, c := range map[string]struct{ path, says string }{
		"missing":        {"/nonexistent/python3", "no such file"},
		"not on PATH":    {"python-that-nobody-has", "executable file not found"},
		"not executable": {text(t, "plain", 0o644, "#!/bin/sh\n"), "permission denied"},
		"not a Python":   {script(t, "echo hello"), "is it a Python interpreter?"},
		"fails":          {script(t, "echo broken install >&2; exit 3"), "broken install"},
		"never ends":     {script(t, "exec yes"), "is it a Python interpreter?"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Python(t.Context(), c.path)
			require.ErrorContains(t, err, c.says)
			require.ErrorContains(t, err, c.path)
		})
	}
}

// One that hangs is given up, with what it started.
func TestAskIsBounded(t *testing.T) {
	left := filepath.Join(t.TempDir(), "left")
	require.NoError(t, os.WriteFile(left, nil, 0o644))
	hanging := script(t, "tail -f "+left+" &\nwait")
	_, err := ask(t.Context(), command{name: hanging}, 200*time.Millisecond)
	require.ErrorContains(t, err, "did not answer within 200ms")
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	for _, path := range all {
		if line, err := os.ReadFile(path); err == nil {
			require.NotContains(t, string(line), left, path)
		}
	}
}

// fake writes an interpreter that says what it is given.
func fake(t *testing.T, dir, name string, facts map[string]any) string {
	said := map[string]any{"info": []int{3, 13, 1}, "implementation": "cpython", "version": "3.13.1", "gil": true}
	for k, v := range facts {
		said[k] = v
	}
	line, err := json.Marshal(said)
	require.NoError(t, err)
	return textIn(t, dir, name, 0o755, "#!/bin/sh\necho '"+string(line)+"'\n")
}

// machine makes this test's machine: what is on PATH, and a home.
func machine(t *testing.T) (bin, home string) {
	bin, home = t.TempDir(), t.TempDir()
	t.Setenv("PATH", bin)
	was := prefixes
	prefixes = nil
	t.Cleanup(func() { prefixes = was })
	t.Setenv("HOME", home)
	for _, name := range []string{"PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "ASDF_DATA_DIR", "MISE_DATA_DIR"} {
		t.Setenv(name, filepath.Join(home, "none"))
	}
	return bin, home
}

func TestFindOnAMachineOfFakes(t *testing.T) {
	bin, home := machine(t)
	t.Setenv("PYENV_ROOT", filepath.Join(home, ".pyenv"))
	versions := filepath.Join(home, ".pyenv/versions")
	fake(t, bin, "python3.98", map[string]any{"version": "3.98.0", "info": []int{3, 98, 0}})
	fake(t, bin, "python3.98t", map[string]any{"version": "3.98.0", "info": []int{3, 98, 0}, "free_threaded": true, "gil": false})
	fake(t, bin, "python2.7", map[string]any{"version": "2.7.98", "info": []int{2, 7, 98}})
	fake(t, bin, "pypy3", map[string]any{"version": "3.97.9", "implementation": "pypy", "release": "98.3.11"})
	fake(t, filepath.Join(versions, "one/bin"), "python3", map[string]any{"version": "3.97.1", "info": []int{3, 97, 1}})
	fake(t, filepath.Join(versions, "two/bin"), "python3", map[string]any{"version": "3.97.1", "info": []int{3, 97, 1}})
	textIn(t, bin, "python3.96", 0o755, "#!/bin/sh\necho garbage\n")
	textIn(t, bin, "python3.95", 0o644, "#!/bin/sh\n")
	textIn(t, filepath.Join(home, ".pyenv/shims"), "python3.97", 0o755, "#!/bin/sh\nexit 127\n")
	require.NoError(t, os.Symlink(filepath.Join(bin, "python3.98"), filepath.Join(bin, "python3")))
	t.Setenv("PATH", filepath.Join(home, ".pyenv/shims")+":"+os.Getenv("PATH"))

	all, problems := Find(t.Context(), t.TempDir())
	var names, ids []string
	for _, r := range all {
		names, ids = append(names, r.Name()), append(ids, r.ID)
	}
	require.Equal(t, []string{
		"CPython 2.7.98",
		"CPython 3.97.1 (~/.pyenv/versions/one/bin/python3)", "CPython 3.97.1 (~/.pyenv/versions/two/bin/python3)",
		"CPython 3.98.0", "free-threaded CPython 3.98.0",
		"PyPy 98.3.11, Python 3.97",
	}, names)
	require.Equal(t, []string{"cpython-2.7.98", "cpython-3.97.1", "cpython-3.97.1#2", "cpython-3.98.0", "cpython-3.98.0t", "pypy-3.97.9"}, ids)
	said := fmt.Sprint(problems)
	require.Contains(t, said, "python3.96")
	require.Contains(t, said, "python3.95")
	require.NotContains(t, said, "shims", "what a shim leads to is looked for where it is")

	// By name, version and path; the shim leads nowhere.
	for spec, want := range map[string][]string{
		"3.98":               {"cpython-3.98.0"},
		"3.98t":              {"cpython-3.98.0t"},
		"2.7":                {"cpython-2.7.98"},
		"3.97,pypy3":         {"cpython-3.97.1", "pypy-3.97.9"},
		"python3.98 , 3.98t": {"cpython-3.98.0", "cpython-3.98.0t"},
		filepath.Join(versions, "two/bin/python3"): {"cpython-3.97.1"},
		"PYTHON_GIL=1 3.98t -X 'a b'":              {"cpython-3.98.0t,PYTHON_GIL=1,-X,a b"},
		"3.98,3.98":                                {"cpython-3.98.0"},
	} {
		found, err := Pythons(t.Context(), t.TempDir(), []string{spec})
		require.NoError(t, err, spec)
		var got []string
		for _, r := range found {
			got = append(got, r.ID)
		}
		require.Equal(t, want, got, spec)
		again, err := Pythons(t.Context(), t.TempDir(), []string{found[0].Spec()})
		require.NoError(t, err, found[0].Spec())
		require.Equal(t, found[0].Argv(), again[0].Argv(), "what it is called in a command leads back to it")
		require.Equal(t, found[0].Env, again[0].Env)
	}
	_, err := Pythons(t.Context(), t.TempDir(), []string{"3.94"})
	require.ErrorContains(t, err, `python "3.94": not found on this machine; there are `)
	for _, bad := range []string{"", "3.98,", "A=1", "3.98 'x"} {
		_, err := Pythons(t.Context(), t.TempDir(), []string{bad})
		require.Error(t, err, bad)
	}

	// Nothing is kept from one time to the next.
	fake(t, bin, "python3.98", map[string]any{"version": "3.98.1", "info": []int{3, 98, 1}})
	found, err := Pythons(t.Context(), t.TempDir(), []string{"3.98"})
	require.NoError(t, err)
	require.Equal(t, "3.98.1", found[0].Version)
}

// On a busy machine what is asked for by its version may answer late.
func TestWhatIsSlowIsAskedAgain(t *testing.T) {
	bin, home := machine(t)
	fake(t, home, "behind", map[string]any{"version": "3.98.0", "info": []int{3, 98, 0}})
	asked := filepath.Join(home, "asked")
	textIn(t, bin, "python3.98", 0o755, "#!/bin/sh\n[ -e "+asked+" ] && exec "+filepath.Join(home, "behind")+" \"$@\"\n>"+asked+"\nexec /bin/sleep 60\n")
	found, err := Pythons(t.Context(), t.TempDir(), []string{"3.98"})
	require.NoError(t, err)
	require.Equal(t, "3.98.0", found[0].Version)
}

// A shim that leads nowhere does not hide what it would lead to.
func TestAShimThatFails(t *testing.T) {
	_, home := machine(t)
	root := filepath.Join(home, ".pyenv")
	t.Setenv("PYENV_ROOT", root)
	textIn(t, filepath.Join(root, "shims"), "python3.97", 0o755, "#!/bin/sh\nexit 127\n")
	real := fake(t, filepath.Join(root, "versions/3.97.1/bin"), "python3.97", nil)
	t.Setenv("PATH", filepath.Join(root, "shims"))
	found, err := Pythons(t.Context(), t.TempDir(), []string{"python3.97"})
	require.NoError(t, err)
	require.Equal(t, real, found[0].Path)
}

// Every interpreter that this machine has is listed once, and answers to its
// version.
func TestFindOnThisMachine(t *testing.T) {
	all, _ := Find(t.Context(), t.TempDir())
	require.NotEmpty(t, all)
	seen := map[string]bool{}
	var names []string
	for i, r := range all {
		require.False(t, seen[r.ID] || seen[r.Name()], "%s twice", r.ID)
		seen[r.ID], seen[r.Name()] = true, true
		names = append(names, r.Name())
		require.False(t, i > 0 && all[i-1].Compare(r) > 0, "from old to new")
	}
	t.Log("this machine has ", strings.Join(names, "; "))
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

// The lock of a free-threaded build is part of what is run.
func TestTheLockIsPartOfARuntime(t *testing.T) {
	found, err := Pythons(context.WithoutCancel(t.Context()), "../..", []string{"3.13t", "3.13t -X gil=1", "PYTHON_GIL=1 3.13t"})
	if err != nil {
		t.Skip(err)
	}
	require.Len(t, found, 3)
	require.False(t, found[0].GIL)
	require.True(t, found[1].GIL)
	require.True(t, found[2].GIL)
	require.Equal(t, "free-threaded CPython "+found[1].Version+" with its lock on (-X gil=1)", found[1].Name())
	require.Negative(t, found[1].Compare(found[0]))
}

func TestDistinct(t *testing.T) {
	all := Distinct([]model.Runtime{{ID: "a", Path: "/1"}, {ID: "b", Path: "/2"}, {ID: "a", Path: "/3"}})
	require.Equal(t, []string{"a", "b", "a#2"}, []string{all[0].ID, all[1].ID, all[2].ID})
	all = Distinct([]model.Runtime{GoBy("local", "/bin/pairs", "go1.26.8", "", false), GoBy("/opt/go/bin/go", "/bin/x/pairs", "go1.26.8", "", false)})
	require.Equal(t, []string{"Go 1.26.8 (local)", "Go 1.26.8 (/opt/go/bin/go)"}, []string{all[0].Name(), all[1].Name()})
	require.Equal(t, []string{"local", "/opt/go/bin/go"}, []string{all[0].Spec(), all[1].Spec()})
	python := func(path string) model.Runtime {
		return model.Runtime{ID: "cpython-3.11.7", Side: "python", Implementation: "cpython", Version: "3.11.7", GIL: true, Path: path}
	}
	all = Distinct([]model.Runtime{python("/a/python"), {ID: "b"}, python("/b/python")})
	require.Equal(t, "CPython 3.11.7 (/a/python)", all[0].Name())
	require.Equal(t, "CPython 3.11.7 (/b/python)", all[2].Name())
	require.Equal(t, "CPython 3.11.7", Distinct([]model.Runtime{python("/a/python")})[0].Name())
}

func script(t *testing.T, body string) string {
	t.Helper()
	return text(t, "python3", 0o755, "#!/bin/sh\n"+body+"\n")
}

func text(t *testing.T, name string, mode os.FileMode, content string) string {
	t.Helper()
	return textIn(t, t.TempDir(), name, mode, content)
}

func textIn(t *testing.T, dir, name string, mode os.FileMode, content string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(content), mode))
	return path
}

// Where the user stands may be a stranger's folder: no module of it is run.
func TestPythonIsAskedWithoutTheWorkingDirectory(t *testing.T) {
	dir := t.TempDir()
	for _, module := range []string{"json", "platform", "sysconfig", "importlib", "ast"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, module+".py"), []byte("open('ran', 'w')\n"), 0o666))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\necho >ran\n"), 0o777))
	t.Chdir(dir)
	_, err := Python(t.Context(), "python3")
	require.NoError(t, err)
	require.NoFileExists(t, "ran")
	t.Setenv("PATH", ".:"+os.Getenv("PATH"))
	for _, c := range candidates(t.TempDir()) {
		require.True(t, filepath.IsAbs(c.name), c.name)
	}
}
