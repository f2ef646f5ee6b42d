package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/runtimes"
	"tandem/runner/trial"
)

// Every interpreter of this machine, however old, and today's Go run all
// variants of the pair history, or say why not, and are what they say they are.
func TestHistory(t *testing.T) {
	pairs, err := catalog.All(os.DirFS("../catalog"))
	require.NoError(t, err)
	pair := pairs[slices.IndexFunc(pairs, func(p *catalog.Pair) bool { return p.History })]
	python, err := filepath.Abs("../../python/history/history.py")
	require.NoError(t, err)
	_, err = os.ReadFile(python) // go test must know
	require.NoError(t, err)
	program := filepath.Join(t.TempDir(), "history")
	built, err := exec.Command("go", "build", "-o", program, "../../go/history/history.go").CombinedOutput()
	require.NoError(t, err, "%s", built)

	all, _ := runtimes.Find(t.Context(), "../..")
	var names []string
	for _, r := range append(all, runtimes.Go(program)) {
		argv := r.Argv()
		if r.Side == catalog.Python {
			argv = append(argv, python)
		}
		names = append(names, r.Name())
		t.Run(r.ID, func(t *testing.T) {
			for _, v := range pair.Variants {
				if v.Side != r.Side {
					continue
				}
				params := map[string]any{"n": 1001, "workers": 2}
				if len(v.Reads) > 0 {
					params = map[string]any{"n": 1001}
				}
				out := run(t, trial.Spec{
					Argv: argv, Env: append(os.Environ(), v.Env...), Deadline: late,
					Request: trial.Request{Topic: "history", Variant: v.Name, Params: params},
				})
				if out.Status == model.Skipped {
					require.NotEqual(t, "cpython", r.Implementation, out.Message)
					require.Contains(t, out.Message, "this Python has no ")
					continue
				}
				require.Equal(t, model.OK, out.Status, "%s: %s\n%s", v.Name, out.Message, out.Log)
				require.Equal(t, "1001", out.Answer)
				require.Equal(t, r.Version, out.Ready.Version)
				require.Equal(t, r.Implementation, out.Ready.Implementation)
				if out.Ready.GIL != nil {
					require.Equal(t, r.GIL, *out.Ready.GIL)
				}
			}
		})
	}
	t.Log("ran on ", strings.Join(names, "; "))
}

// The Go half is one file without modules: so any Go builds it.
func TestHistoryNeedsNoModule(t *testing.T) {
	source, err := filepath.Abs("../../go/history/history.go")
	require.NoError(t, err)
	cmd := exec.Command(filepath.Join(runtime.GOROOT(), "bin", "go"), "build", "-o", filepath.Join(t.TempDir(), "history"), source)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "GO111MODULE=off", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
