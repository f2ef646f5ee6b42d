package store

import (
	"bytes"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

// A changed byte is found wherever it is, in the journal and the manifest: it
// is refused, or what it tore off the journal's end is said to be missing.
func TestNoChangedBytePassesUnseen(t *testing.T) {
	r := create(t)
	require.NoError(t, r.Append(usual()))
	require.NoError(t, r.Append(usual()))
	require.NoError(t, r.Close())
	read := func(name string) []byte {
		data, err := os.ReadFile(filepath.Join(r.Dir(), name))
		require.NoError(t, err)
		return data
	}
	changed := func(whole []byte, look func(data []byte, at int)) {
		for at := range whole {
			for _, flip := range []byte{1, 0x20, 0x80, whole[at] ^ '\n', whole[at] ^ '0'} {
				if flip != 0 {
					data := bytes.Clone(whole)
					data[at] ^= flip
					look(data, at)
				}
			}
		}
	}
	manifest := read(manifestName)
	m, _, err := decodeManifest(manifest)
	require.NoError(t, err)
	changed(manifest, func(data []byte, at int) {
		_, _, err := decodeManifest(data)
		require.Error(t, err, "byte %d of %q became %q", at, manifest[at], data[at])
	})
	journal := read(journalName)
	changed(journal, func(data []byte, at int) {
		j, err := readJournal(bytes.NewReader(data), journalName, m)
		if err == nil {
			require.NotEmpty(t, j.warning, "byte %d of %q became %q", at, journal[at], data[at])
			require.Less(t, len(j.trials), 2)
		}
	})
}

// What no machine measures, and what no reader could draw, is refused with its
// line, and never written.
func TestEveryNumberHasABound(t *testing.T) {
	for want, change := range map[string]func(*model.Trial){
		"parallelism 1.7e+308 is not one of 0 to 4096 cores": func(t *model.Trial) { t.Parallelism = 1.7e308 },
		"foreign_cpu -1 is":                     func(t *model.Trial) { t.ForeignCPU = -1 },
		"steal_cpu":                             func(t *model.Trial) { t.StealCPU = 1e9 },
		"runner_cpu":                            func(t *model.Trial) { t.RunnerCPU = 1e9 },
		"capacity":                              func(t *model.Trial) { t.Capacity = 1e9 },
		"wall_ns -1 is":                         func(t *model.Trial) { t.WallNS = -1 },
		"startup_ns":                            func(t *model.Trial) { t.StartupNS = math.MaxInt64 },
		"cpu_user_ns":                           func(t *model.Trial) { t.CPUUserNS = math.MaxInt64 },
		"cpu_sys_ns":                            func(t *model.Trial) { t.CPUSysNS = -5 },
		"peak_rss_bytes":                        func(t *model.Trial) { t.PeakRSSBytes = -5 },
		"peak_threads":                          func(t *model.Trial) { t.PeakThreads = -5 },
		"ctx_voluntary":                         func(t *model.Trial) { t.CtxVoluntary = -5 },
		"ctx_involuntary":                       func(t *model.Trial) { t.CtxInvoluntary = -5 },
		"round 2000000 is":                      func(t *model.Trial) { t.Round = 2_000_000 },
		`metric "a" is 1e+300`:                  func(t *model.Trial) { t.Metrics = map[string]float64{"a": 1e300} },
		"20000 metrics are more than 100":       func(t *model.Trial) { t.Metrics = numbers(20_000) },
		"20000 methods":                         func(t *model.Trial) { t.Methods = map[string]string{}; names(20_000, t.Methods) },
		"101 parameters":                        func(t *model.Trial) { t.Params = map[string]any{}; names(101, t.Params) },
		`parameter "x" is 1e+300`:               func(t *model.Trial) { t.Params = map[string]any{"x": 1e300} },
		"metric \"nnnnnnnnnnnnnnnnnnnn\"... is": func(t *model.Trial) { t.Metrics = map[string]float64{strings.Repeat("n", 201): 1} },
		"variant \"vvvvvvvvvvvvvvvvvvvv\"... is longer than 200": func(t *model.Trial) { t.Variant = strings.Repeat("v", 201) },
	} {
		r := create(t)
		require.NoError(t, r.Append(trialOf(1)))
		bad := trialOf(2)
		change(&bad)
		require.ErrorContains(t, r.Append(bad), want)
		bad.Schema, bad.Run = Schema, "r1"
		line, err := bad.MarshalJSON()
		require.NoError(t, err)
		line = append(seal(bytes.TrimSuffix(line, []byte("}")), lineSeal), '\n')
		require.NoError(t, r.Close())
		appendTo(t, filepath.Join(r.Dir(), journalName), string(line))
		_, _, _, err = Read(r.Dir())
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, "trials.ndjson:2: journal line 2 is damaged: ")
		require.ErrorContains(t, err, want)
	}
}

// numbers are so many metrics.
func numbers(n int) map[string]float64 {
	all := map[string]float64{}
	names(n, all)
	return all
}

func names[T any](n int, into map[string]T) {
	for i := range n {
		var v any = fmt.Sprint(i)
		one, _ := v.(T)
		into[v.(string)] = one
	}
}

// Each trial may have few metrics and all of them many.
func TestMetricsAreCountedOverAJournal(t *testing.T) {
	r := create(t)
	add := func(round int) error {
		one := trialOf(round)
		one.Metrics = map[string]float64{fmt.Sprint(round): 1}
		require.Equal(t, round > maxMetrics, r.Check(one) != nil)
		return r.Append(one)
	}
	for round := range maxMetrics {
		require.NoError(t, add(round+1))
	}
	require.ErrorContains(t, add(maxMetrics+1), `metric "101" of counting is one more than 100`)
	require.NoError(t, r.Append(trialOf(1)))
}

func TestEveryCountOfAManifestHasABound(t *testing.T) {
	cells := func(n, pairs int) (all []model.Cell) {
		for i := range n {
			all = append(all, model.Cell{Pair: fmt.Sprint(i % pairs), Side: "go", Variant: "v", Runtime: "r"})
		}
		return all
	}
	for want, change := range map[string]func(*model.Manifest){
		"its plan has more than 500 cells of 0":                  func(m *model.Manifest) { m.Plan = cells(3000, 1) },
		"its plan has 20001 cells and the most are 10000":        func(m *model.Manifest) { m.Plan = cells(20_001, 100) },
		"1000 runtimes are more than":                            func(m *model.Manifest) { m.Runtimes = make([]model.Runtime, 1000) },
		"1000000000 cores that can do 0 is not one of 0 to 4096": func(m *model.Manifest) { m.Machine.Cores = 1e9 },
		"0 cores that can do 1e+300":                             func(m *model.Manifest) { m.Machine.Capacity = 1e300 },
		"1000000000 rounds is not one of":                        func(m *model.Manifest) { m.Rounds = 1e9 },
		"-1 is no width":                                         func(m *model.Manifest) { m.StopWidth = -1 },
		"is longer than 200 bytes":                               func(m *model.Manifest) { m.Runtimes = []model.Runtime{{ID: strings.Repeat("r", 201)}} },
	} {
		r := create(t)
		m := r.Manifest()
		change(&m)
		require.ErrorContains(t, r.UpdateManifest(m), want)
		data, err := model.Marshal(m)
		require.NoError(t, err)
		sealed := seal(bytes.TrimSuffix(data, []byte("}")), manifestSeal)
		require.NoError(t, os.WriteFile(r.path(manifestName), sealed, 0o666))
		_, _, _, err = Read(r.Dir())
		require.ErrorIs(t, err, ErrDamaged)
		require.ErrorContains(t, err, want)
	}
}

func TestSamplesHaveBounds(t *testing.T) {
	for want, s := range map[string]model.Samples{
		"interval 1 has +Inf of core 0":  {AtNS: []int64{1}, Own: [][]float64{{math.Inf(1)}}},
		"interval 1 has 1e+300 of":       {AtNS: []int64{1}, Other: [][]float64{{1e300}}},
		"interval 1 ends at -1 ns":       {AtNS: []int64{-1}},
		"interval 1 has -1 bytes":        {AtNS: []int64{1}, RSS: []int64{-1}},
		"interval 1 has -1 threads":      {AtNS: []int64{1}, Threads: []int{-1}},
		`event 1 ("a" "" of worker 2000`: {Events: []model.Event{{Kind: "a", Worker: 2_000_000}}},
	} {
		_, err := create(t).SaveSamples(trialOf(1), s)
		require.ErrorContains(t, err, want)
	}
}

// Whatever links and pipes somebody put into a run's folder: nothing outside of
// it is read or written, and nothing waits.
func TestNothingLeavesTheFolder(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret")
	r := create(t)
	require.NoError(t, r.Append(trialOf(1)))
	saved, err := r.SaveSamples(trialOf(2), model.Samples{Method: "m"})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	dir := r.Dir()
	for _, name := range []string{journalName, manifestName, lockName, saved} {
		path := filepath.Join(dir, name)
		own, err := os.ReadFile(path)
		require.NoError(t, err)
		for kind, put := range map[string]func() error{
			"link": func() error { return os.Symlink(secret, path) },
			"pipe": func() error { return syscall.Mkfifo(path, 0o666) },
		} {
			require.NoError(t, os.WriteFile(secret, own, 0o666))
			require.NoError(t, os.Remove(path))
			require.NoError(t, put())
			err := within(t, func() error {
				if name == saved {
					_, err := ReadSamples(dir, name)
					return err
				}
				run, err := Open(dir)
				if err == nil {
					run.Close()
				}
				return err
			})
			require.Error(t, err, "%s is a %s", name, kind)
			if name == journalName || name == manifestName {
				require.Error(t, within(t, func() error { _, _, _, err := Read(dir); return err }), "%s is a %s", name, kind)
			}
			after, err := os.ReadFile(secret)
			require.NoError(t, err)
			require.Equal(t, own, after, "%s", name)
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.WriteFile(path, own, 0o666))
		}
	}

	// What is written replaces a link and follows none.
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o666))
	require.NoError(t, os.Symlink(secret, filepath.Join(dir, "report.html")))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, "figures")))
	require.NoError(t, WriteFile(dir, "report.html", []byte("page")))
	require.Error(t, WriteFile(dir, "figures/secret", []byte("figure")))
	require.NoError(t, os.RemoveAll(filepath.Join(dir, samplesName)))
	require.NoError(t, os.Symlink(outside, filepath.Join(dir, samplesName)))
	run, err := Open(dir)
	require.NoError(t, err)
	defer run.Close()
	_, err = run.SaveSamples(trialOf(2), model.Samples{})
	require.Error(t, err)
	got, err := os.ReadFile(secret)
	require.NoError(t, err)
	require.Equal(t, "secret", string(got))
	left, err := os.ReadDir(outside)
	require.NoError(t, err)
	require.Len(t, left, 1)
}

// within runs f, which must not wait for what never comes.
func within(t *testing.T, f func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		require.FailNow(t, "it waits")
		return nil
	}
}

// A folder that is moved takes the run along.
func TestMovedFolder(t *testing.T) {
	r := create(t)
	require.NoError(t, r.Append(trialOf(1)))
	was := r.Dir()
	moved := filepath.Join(t.TempDir(), "moved")
	require.NoError(t, os.Rename(was, moved))
	require.NoError(t, r.Append(trialOf(2)))
	require.NoError(t, r.WriteFile("report.html", []byte("page")))
	_, err := r.SaveSamples(trialOf(3), model.Samples{})
	require.NoError(t, err)
	require.NoError(t, r.UpdateManifest(r.Manifest()))
	require.Equal(t, moved, r.Dir())
	require.NoDirExists(t, was)
	_, trials, _, err := Read(moved)
	require.NoError(t, err)
	require.Len(t, trials, 2)
	require.FileExists(t, filepath.Join(moved, "report.html"))
}

// A folder that is deleted takes the run's files, and not what was measured.
func TestDeletedFolder(t *testing.T) {
	r := create(t)
	require.NoError(t, r.Append(trialOf(1)))
	require.NoError(t, os.RemoveAll(filepath.Dir(r.Dir())))
	err := r.Append(trialOf(2))
	require.ErrorIs(t, err, ErrGone)
	require.ErrorContains(t, err, "trials.ndjson:2: writing a trial")
	dir, err := r.Rescue()
	require.NoError(t, err)
	require.Equal(t, r.Dir(), dir)
	require.NoError(t, r.Append(trialOf(2)))

	// Something else is there by now: only the journal was deleted.
	require.NoError(t, os.Remove(filepath.Join(dir, journalName)))
	require.True(t, r.Gone())
	dir, err = r.Rescue()
	require.NoError(t, err)
	require.Equal(t, r.Dir(), dir)
	require.True(t, strings.HasSuffix(dir, "-rescued"))
	require.NoError(t, r.Close())
	_, trials, _, err := Read(r.Dir())
	require.NoError(t, err)
	require.Len(t, trials, 2)
	_, err = os.Stat(filepath.Join(r.Dir(), lockName))
	require.NotErrorIs(t, err, fs.ErrNotExist)
}
