package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What `tandem new` writes into a checkout runs, and agrees, without another
// line: nothing is registered.
func TestNewPairRuns(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	copied := t.TempDir()
	for _, part := range []string{"go", "python", "runner/catalog", "results/published"} {
		require.NoError(t, os.CopyFS(filepath.Join(copied, part), os.DirFS(filepath.Join(root, part))))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(copied, name), text, 0o666))
	}
	tandem := func(args ...string) string {
		cmd := exec.Command("tandem", args...)
		cmd.Dir, cmd.Env = copied, append(os.Environ(), "TANDEM_ROOT="+copied)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%v: %s", args, out)
		return string(out)
	}
	require.Contains(t, tandem("new", "my-sum"), "run it: tandem run my-sum")
	said := tandem("run", "my-sum", "--param", "n=1000", "--rounds", "1", "--patience", "0")
	for _, row := range []string{`Go .* sequential`, `Go .* goroutines`, `Python .* sequential`, `Python .* threads`, "with start-up"} {
		require.Regexp(t, row, said)
	}
	require.Contains(t, tandem("list", "my-sum"), "Remainders added up")

	// The catalog is read as it is now, not as it was built.
	path := filepath.Join(copied, "runner", "catalog", "my-sum.toml")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, []byte(string(text)+"\nwrong = 1\n"), 0o666))
	cmd := exec.Command("tandem", "list")
	cmd.Env = append(os.Environ(), "TANDEM_ROOT="+copied)
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.Regexp(t, `my-sum.toml:\d+: unknown key "variant.wrong"`, string(out))
}
