package internals

import (
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if Child() {
		return
	}
	goleak.VerifyTestMain(m)
}

// The runtime keeps the threads of blocked workers for others, so that only the
// first look in a process, as a trial's is, sees them come.
var looked bool

// What the language promises, or has had for many releases.
func TestLook(t *testing.T) {
	var seen []string
	facts, err := Look(Params{100, 1000}, func(worker int, kind, label string) {
		seen = append(seen, kind+" "+label)
	})
	require.NoError(t, err)
	for name, want := range map[string]float64{
		"default_gomaxprocs":           facts["usable_cores"],
		"preempted":                    1,
		"main_returns_kills":           1,
		"stored_unbuffered":            0,
		"stored_capacity_one":          1,
		"receiver_close_panics_sender": 1,
		"pointer_sent_is_shared":       1,
		"unclosed_channel_is_freed":    1,
		"direction_mistakes_found":     3,
		"waitgroup_methods":            4,
		"parked_workers":               1000,
	} {
		require.Contains(t, facts, name)
		if name == "default_gomaxprocs" {
			// A control group may allow fewer cores than there are.
			require.LessOrEqual(t, facts[name], want)
			continue
		}
		require.Equal(t, want, facts[name], name)
	}
	require.GreaterOrEqual(t, facts["stack_bytes_per_worker"], 2048.0)
	require.Greater(t, facts["memory_bytes_per_worker"], facts["stack_bytes_per_worker"])
	if runtime.GOOS == "linux" {
		// Threads that idle may be taken first, and a few may be started
		// for other things.
		require.InDelta(t, 0, facts["threads_per_parked_worker"], 0.2)
		if !looked {
			require.InDelta(t, 1, facts["threads_per_blocked_worker"], 0.2)
			looked = true
		}
		require.Less(t, facts["threads_while_parked"], 1000.0)
	}
	require.Contains(t, seen, "start preemption")
	require.Contains(t, seen, "finish preemption")
}

// The settings of this process are what they were.
func TestNothingStays(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	Cores()
	Preemption()
	require.Equal(t, 3, runtime.GOMAXPROCS(0))
}

// A system that does not count threads leaves that out.
func TestAbsent(t *testing.T) {
	require.Empty(t, perWorker("x", 0, 7, 1))
	require.Equal(t, Facts{"x": 0.5}, perWorker("x", 3, 4, 2))
	if _, err := os.Stat("/proc/self/task"); err == nil {
		require.Positive(t, ThreadCount())
	}
}
