package trial

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/cgroup"
	"tandem/runner/store"
)

// The benchmarks take both sides of a comparison in turns, because the machine
// drifts by more than they differ. Run them with -benchtime 10x or so: one
// iteration is one turn.

// turn is how often each side goes before the other.
const turn = 100

// BenchmarkStart is the cost of a process: own group, death signal, pidfd,
// output to pipes, reaped with its usage, and nothing left behind. Budget:
// "over-us" at most 45, and no slower than hyperfine.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	exit, floor := compile(b, dir, "exit", "-nostartfiles"), compile(b, dir, "floor")
	s := newSupervisor(b)
	spec := Spec{Argv: []string{exit}}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	require.NoError(b, err)
	defer null.Close()
	var ours, bare, least, hyper []float64
	for b.Loop() {
		out, err := exec.Command(floor, strconv.Itoa(turn), exit).Output()
		require.NoError(b, err)
		for word := range strings.FieldsSeq(string(out)) {
			ns, err := strconv.ParseFloat(word, 64)
			require.NoError(b, err)
			least = append(least, ns)
		}
		for range turn {
			ours = append(ours, float64(startAndReap(b, s, &spec)))
			bare = append(bare, float64(forkExec(b, exit, null)))
		}
		hyper = append(hyper, hyperfine(b, dir, turn, exit)...)
	}
	report(b, "ours-us", ours)
	report(b, "forkexec-us", bare)
	report(b, "vfork-us", least)
	report(b, "hyperfine-us", hyper)
	b.ReportMetric((median(ours)-median(least))/1e3, "over-us")
	b.ReportMetric(0, "ns/op")
}

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
					require.Equal(b, store.OK, out.Status, out.Message)
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

// BenchmarkSpin is what a program of 100 ms takes longer than that. Budget:
// "ours-excess-us" at most "hyperfine-excess-us" plus 50.
func BenchmarkSpin(b *testing.B) {
	dir := b.TempDir()
	path := compile(b, dir, "spin")
	const spin = 100 * time.Millisecond
	s := newSupervisor(b)
	spec := Spec{Argv: []string{path, "100"}}
	var ours, hyper []float64
	for b.Loop() {
		for range 5 {
			ours = append(ours, float64(startAndReap(b, s, &spec)-spin))
		}
		for _, ns := range hyperfine(b, dir, 5, path+" 100") {
			hyper = append(hyper, ns-float64(spin))
		}
	}
	report(b, "ours-excess-us", ours)
	report(b, "hyperfine-excess-us", hyper)
	b.ReportMetric(0, "ns/op")
}

// BenchmarkLog is how fast a child can print.
func BenchmarkLog(b *testing.B) {
	s := newSupervisor(b)
	const size = 256 << 20
	b.SetBytes(size)
	for b.Loop() {
		out := s.Run(context.Background(), shell(`head -c `+strconv.Itoa(size)+` /dev/zero; `+good, time.Minute), nil)
		require.Equal(b, store.OK, out.Status, out.Message)
	}
}

// forkExec is the same process from package syscall alone, its output to a
// file: what Go adds to vfork before we add anything.
func forkExec(b *testing.B, path string, null *os.File) time.Duration {
	begin := time.Now()
	attr := syscall.ProcAttr{Files: []uintptr{null.Fd(), null.Fd(), null.Fd()}, Sys: &syscall.SysProcAttr{Setpgid: true}}
	pid, err := syscall.ForkExec(path, []string{path}, &attr)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := syscall.Wait4(pid, nil, 0, nil); err != nil {
		b.Fatal(err)
	}
	return time.Since(begin)
}

// startAndReap does to a process without a word what Run does to a child.
func startAndReap(b *testing.B, s *Supervisor, spec *Spec) time.Duration {
	begin := time.Now()
	t := trial{s: s, ctx: context.Background(), spec: spec, obs: nobody{}, buf: make([]byte, 0, 64), deadline: begin.Add(time.Minute)}
	s.family.remember()
	if err := t.child.start(s, spec); err != nil {
		b.Fatal(err)
	}
	if _, err := t.next(); err != errGone {
		b.Fatal(err)
	}
	t.finish()
	t.child.close()
	return time.Since(begin)
}

func compile(b *testing.B, dir, name string, flags ...string) string {
	b.Helper()
	cc, err := exec.LookPath("cc")
	if err != nil {
		b.Skip("needs a C compiler for the reference: ", err)
	}
	path := filepath.Join(dir, name)
	out, err := exec.Command(cc, append(flags, "-O2", "-static", "-o", path, filepath.Join("testdata", name+".c"))...).CombinedOutput()
	require.NoError(b, err, "%s", out)
	return path
}

// hyperfine returns the nanoseconds of each of some runs, or nothing where it
// is not installed.
func hyperfine(b *testing.B, dir string, runs int, command string) []float64 {
	b.Helper()
	path, err := exec.LookPath("hyperfine")
	if err != nil {
		return nil
	}
	file := filepath.Join(dir, "hyperfine.json")
	out, err := exec.Command(path, "-N", "--style", "none", "--runs", strconv.Itoa(runs), "--export-json", file, command).CombinedOutput()
	require.NoError(b, err, "%s", out)
	text, err := os.ReadFile(file)
	require.NoError(b, err)
	var got struct{ Results []struct{ Times []float64 } }
	require.NoError(b, json.Unmarshal(text, &got))
	times := got.Results[0].Times
	for i := range times {
		times[i] *= 1e9
	}
	return times
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
