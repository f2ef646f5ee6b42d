package store

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

// childEnv makes the test binary a child that appends to the run it names.
const childEnv = "TANDEM_STORE_TEST_APPEND"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childEnv); dir != "" {
		appendForever(dir)
	}
	os.Exit(m.Run())
}

// appendForever prints the number of each trial once it is in the journal.
func appendForever(dir string) {
	r, err := Open(dir)
	for i := 1; err == nil; i++ {
		n := len(r.Trials()) + 1
		if err = r.Append(numbered(n)); err == nil {
			fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// numbered is the nth trial, long and short ones in turn.
func numbered(n int) model.Trial {
	t := trialOf(n)
	t.Log = strings.Repeat(strconv.Itoa(n)+" ", n*n*7919%5000)
	return t
}

// A run whose process is killed at any moment still has every trial that was
// reported to be safe, and can be gone on with.
func TestKilledRun(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	dir := journalOf(t, 0)
	safe := 0
	for range 8 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), childEnv+"="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		lines := bufio.NewScanner(out)
		for range 1 + rng.IntN(30) {
			require.True(t, lines.Scan())
			safe, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		_, err = Open(dir)
		require.ErrorIs(t, err, ErrLocked)
		require.ErrorContains(t, err, fmt.Sprintf("(process %d)", child.Process.Pid))

		require.NoError(t, child.Process.Kill())
		for lines.Scan() { // what it had reported by then counts too
			safe, err = strconv.Atoi(lines.Text())
			require.NoError(t, err)
		}
		require.Error(t, child.Wait())

		_, trials, _, err := Read(dir)
		require.NoError(t, err)
		require.GreaterOrEqual(t, len(trials), safe)
		require.LessOrEqual(t, len(trials), safe+1)
		for i, got := range trials {
			want := numbered(i + 1)
			want.Schema, want.Run = Schema, "r1"
			require.Equal(t, want, got)
		}
	}
}
