package deadlock

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/quick"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// build compiles the program that deadlocks, the way it is shipped.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "deadlock")
	out, err := exec.Command("go", "build", "-o", program, "tandem/go/cmd/deadlock").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

func TestFixed(t *testing.T) {
	all := func(items uint8) bool {
		var mu sync.Mutex
		var received []string
		count := Fixed(int(items), func(worker int, kind, label string) {
			mu.Lock()
			defer mu.Unlock()
			if worker == Receiver {
				received = append(received, label)
			}
		})
		for i, label := range received {
			require.Equal(t, fmt.Sprint(i), label)
		}
		return count == int(items) && len(received) == count
	}
	require.NoError(t, quick.Check(all, &quick.Config{MaxCount: 30}))
}

// The runtime itself ends the broken program and says why; the fixed one ends
// by itself. Both receive all numbers.
func TestWatch(t *testing.T) {
	program := build(t)
	for _, items := range []int{0, 1, 5} {
		for _, variant := range []string{"broken", "fixed"} {
			t.Run(fmt.Sprint(variant, items), func(t *testing.T) {
				var received, stuck []string
				outcome, err := Watch(program, variant, items, func(worker int, kind, label string) {
					switch {
					case worker == Receiver && kind == "received":
						received = append(received, label)
					case kind == "stuck":
						stuck = append(stuck, label)
					}
				})
				require.NoError(t, err)
				require.Equal(t, items, outcome.Received)
				require.Len(t, received, items)
				for i, label := range received {
					require.Equal(t, fmt.Sprint(i), label)
				}
				if variant == "fixed" {
					require.Empty(t, outcome.Report)
					require.Empty(t, stuck)
					return
				}
				// It names the line on which the receiver waits.
				require.Contains(t, outcome.Report, "goroutine 1 [chan receive]")
				require.Contains(t, outcome.Report, "deadlock.go:")
				first, _, _ := strings.Cut(outcome.Report, "\n")
				require.Equal(t, "fatal error: all goroutines are asleep - deadlock!", first)
				require.Equal(t, []string{first}, stuck)
			})
		}
	}
}

func TestWatchFails(t *testing.T) {
	_, err := Watch(filepath.Join(t.TempDir(), "none"), "broken", 1, events.Silent)
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = Watch(build(t), "mended", 1, events.Silent)
	require.ErrorContains(t, err, "running mended: exit status 2")
	require.ErrorContains(t, err, "usage: deadlock broken|fixed")
}

// The two functions stand beside each other and differ in one statement.
func TestOneLineApart(t *testing.T) {
	text, err := os.ReadFile("deadlock.go")
	require.NoError(t, err)
	body := func(name string) []string {
		_, rest, ok := strings.Cut(string(text), "\nfunc "+name+"(")
		require.True(t, ok)
		body, _, ok := strings.Cut(rest, "\n}\n")
		require.True(t, ok)
		return strings.Split(body, "\n")
	}
	broken, fixed := body("Broken"), body("Fixed")
	require.Len(t, fixed, len(broken))
	var differ []string
	for i := range broken {
		if broken[i] != fixed[i] {
			differ = append(differ, strings.TrimSpace(fixed[i]))
		}
	}
	require.Equal(t, []string{"close(numbers)"}, differ)
}
