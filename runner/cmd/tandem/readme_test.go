package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadme runs every command of the README, in its order, as written. A run
// is cut to one round on a machine however noisy: what is tested is that the
// command works, not what it measures. `make test` is left out, for this is it.
func TestReadme(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)

	results := t.TempDir() // of all commands: a later one reports what an earlier one ran
	commands := 0
	for _, block := range regexp.MustCompile("(?s)```console\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(block[1]) {
			command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
			require.True(t, ok, "a console block holds commands alone: %q", line)
			commands++
			switch {
			case command == "make test":
				continue
			case command == "make":
				command = "make RUN='counting urlcheck --rounds 1 --patience 0'"
			case (strings.Contains(command, "tandem run ") || strings.Contains(command, "tandem compare ")) && !strings.Contains(command, "--rounds"):
				command += " --rounds 1 --patience 0"
			}
			cmd := exec.Command("sh", "-c", command)
			cmd.Dir = root
			cmd.Env = append(os.Environ(), "TANDEM_RESULTS="+results)
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s\n%s", command, out)
		}
	}
	require.Greater(t, commands, 5, "the README has lost its commands")
}
