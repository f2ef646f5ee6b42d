package trial

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/cgroup"
	"tandem/runner/model"
)

// The benchmarks take both sides of a comparison in turns, because the machine
// drifts by more than they differ. Run them with -benchtime 10x or so: one
// iteration is one turn.

// turn is how often each side goes before the other.
const turn = 100

// BenchmarkTrial is a whole trial of a program that speaks the protocol and
// does nothing. Budget: 5 ms with sampling and its journal line, which are not
// in it. "alone-us" is the same program with its pipes written beforehand,
// started by os/exec: what it costs without supervision.
func BenchmarkTrial(b *testing.B) {
	empty := filepath.Join(b.TempDir(), "empty")
	out, err := exec.Command("go", "build", "-o", empty, "./testdata/empty").CombinedOutput()
	require.NoError(b, err, "%s", out)
	for _, grouped := range []bool{false, true} {
		b.Run("cgroup="+strconv.FormatBool(grouped), func(b *testing.B) {
			var o Options
			if grouped {
				if o.Group, err = cgroup.New("bench"); err != nil {
					b.Skip(err)
				}
				defer func() { require.NoError(b, o.Group.Remove()) }()
			}
			s, err := New(o)
			require.NoError(b, err)
			defer func() { require.NoError(b, s.Close()) }()
			spec := Spec{Argv: []string{empty}, Request: Request{Topic: "t", Variant: "v"}, Deadline: time.Minute}
			var ours, startup, alone []float64
			for b.Loop() {
				for range turn {
					begin := time.Now()
					out := s.Run(context.Background(), spec, nil)
					ours = append(ours, float64(time.Since(begin)))
					require.Equal(b, model.OK, out.Status, out.Message)
					startup = append(startup, float64(out.Startup))

					begin = time.Now()
					cmd := exec.Command(empty)
					null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
					require.NoError(b, err)
					cmd.ExtraFiles = []*os.File{null}
					require.NoError(b, cmd.Run())
					null.Close()
					alone = append(alone, float64(time.Since(begin)))
				}
			}
			report(b, "trial-us", ours)
			report(b, "startup-us", startup)
			report(b, "alone-us", alone)
			b.ReportMetric(0, "ns/op")
		})
	}
}

// BenchmarkSpawn/100 is the whole of Supervisor.Run on a program that spins for
// 100 ms: its own process group, death signal, pidfd, pipes, the reaping and the
// look for what it left behind; the conversation is not in it. In turns with it
// goes the least that the kernel asks for. Both programs are runner/bench/spawn's,
// which hyperfine starts too.
func BenchmarkSpawn(b *testing.B) {
	bin := filepath.Join("..", "..", "bin", "bench")
	program, floor := filepath.Join(bin, "spin"), filepath.Join(bin, "floor")
	for ms, times := range map[string]int{"0": 100, "100": 3} {
		b.Run(ms, func(b *testing.B) {
			s, err := New(Options{})
			require.NoError(b, err)
			defer func() { require.NoError(b, s.Close()) }()
			spec := Spec{Argv: []string{program, ms}, Deadline: time.Minute}
			var ours, over []float64
			for range b.N * times {
				begin := time.Now()
				out := s.Run(context.Background(), spec, nil)
				ours = append(ours, time.Since(begin).Seconds())
				require.Equal(b, model.Skipped, out.Status, out.Message)
				said, err := exec.Command(floor, program, ms).Output()
				require.NoError(b, err)
				least, err := strconv.ParseFloat(strings.TrimSpace(string(said)), 64)
				require.NoError(b, err)
				over = append(over, ours[len(ours)-1]-least)
			}
			b.ReportMetric(median(ours), "s/spawn")
			b.ReportMetric(1e6*median(over), "us-over-floor")
		})
	}
}

// BenchmarkLog is how fast a child can print.
func BenchmarkLog(b *testing.B) {
	s := newSupervisor(b)
	const size = 256 << 20
	b.SetBytes(size)
	for b.Loop() {
		out := s.Run(context.Background(), shell(`head -c `+strconv.Itoa(size)+` /dev/zero; `+good, time.Minute), nil)
		require.Equal(b, model.OK, out.Status, out.Message)
	}
}

func median(ns []float64) float64 {
	if len(ns) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(ns))
	return sorted[len(sorted)/2]
}

func report(b *testing.B, unit string, ns []float64) {
	if len(ns) > 0 {
		b.ReportMetric(median(ns)/1e3, unit)
	}
}
