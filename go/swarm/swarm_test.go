package swarm

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"tandem/go/events"
	"tandem/go/internals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var variants = map[string]func(Params, events.Note) (Facts, error){
	"parked": Parked, "threads": Threads, "blocked": Blocked,
	"handover": Handover, "handover-threads": HandoverThreads, "grown": Grown,
}

// of has the same number for everything.
func of(n int) Params { return Params{n, n, n, n} }

func TestSwarm(t *testing.T) {
	for _, name := range []string{"parked", "threads", "blocked"} {
		t.Run(name, func(t *testing.T) {
			const workers = 100
			marks := 0
			facts, err := variants[name](of(workers), func(_ int, kind, label string) {
				if kind == events.Mark {
					require.Equal(t, "waiting", label)
					marks++
				}
			})
			require.NoError(t, err)
			require.Equal(t, 1, marks)
			require.Equal(t, float64(workers), facts["waiting_workers"])
			require.Equal(t, 1.0, facts["others_ran"])
			require.Positive(t, facts["start_ns_per_worker"])
			if resident() > 0 { // else the system does not say
				require.Contains(t, facts, "memory_bytes_per_worker")
			}
		})
	}
}

// Who waits in a system call, or is locked to a thread, takes one; who waits
// for a channel takes none. Go keeps the threads of one swarm for the next, so
// each is counted in a process of its own: this test runs itself.
func TestThreadsPerWorker(t *testing.T) {
	const which = "TANDEM_SWARM"
	if f := variants[os.Getenv(which)]; f != nil {
		facts, err := f(of(100), events.Silent)
		require.NoError(t, err)
		fmt.Println("threads per worker:", facts["threads_per_worker"])
		return
	}
	if internals.ThreadCount() == 0 {
		t.Skip("this system does not say how many threads there are")
	}
	for name, want := range map[string]float64{"parked": 0, "threads": 1, "blocked": 1} {
		cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), which+"="+name)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, string(out))
		var got float64
		_, err = fmt.Sscanf(string(out), "threads per worker: %g", &got)
		require.NoError(t, err, string(out))
		require.InDelta(t, want, got, 0.2, name) // the runtime has some spare
	}
}

// Stacks grow by what is called, and shrink when the collector finds them
// empty.
func TestGrown(t *testing.T) {
	facts, err := Grown(of(100), events.Silent)
	require.NoError(t, err)
	require.Greater(t, facts["grown_stack_bytes_per_worker"], 512.0*depth)
	require.Less(t, facts["stack_bytes_per_worker"], 8192.0)
}

func TestHandover(t *testing.T) {
	for _, name := range []string{"handover", "handover-threads"} {
		facts, err := variants[name](of(50), events.Silent)
		require.NoError(t, err)
		require.Positive(t, facts["switch_ns"], name)
	}
}

func BenchmarkParked(b *testing.B) {
	if _, err := Parked(of(b.N), events.Silent); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkThreads(b *testing.B) {
	for b.Loop() {
		if _, err := Threads(of(100), events.Silent); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHandover(b *testing.B) {
	for name, f := range map[string]func(Params, events.Note) (Facts, error){"goroutines": Handover, "threads": HandoverThreads} {
		b.Run(name, func(b *testing.B) {
			if _, err := f(of(b.N), events.Silent); err != nil {
				b.Fatal(err)
			}
		})
	}
}
