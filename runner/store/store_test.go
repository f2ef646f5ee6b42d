package store

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

// create makes a run in a folder of its own.
func create(t testing.TB) *Run {
	t.Helper()
	r, err := Create(filepath.Join(t.TempDir(), "results", "r1"), model.Manifest{ID: "r1"})
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r
}

// journalOf writes n trials and returns the closed run's folder.
func journalOf(t testing.TB, n int) string {
	t.Helper()
	r := create(t)
	for i := range n {
		require.NoError(t, r.Append(trialOf(i+1)))
	}
	require.NoError(t, r.Close())
	return r.Dir()
}

// trialOf is the least that a trial can be.
func trialOf(round int) model.Trial {
	return model.Trial{Pair: "counting", Side: "go", Variant: "sequential", Runtime: "go1.26.8", Round: round, Status: model.OK}
}

// anyTrial fills every field, so that one which a file loses is seen.
func anyTrial(rng *rand.Rand) model.Trial {
	text := func() string {
		var s strings.Builder
		for range 1 + rng.IntN(12) {
			s.WriteRune([]rune("aé\n\t\"\\<&>\u2028\x00😀 z")[rng.IntN(14)])
		}
		return s.String()
	}
	integer := func() int64 { return rng.Int64N(maxCount) >> rng.IntN(53) }
	float := func() float64 {
		return []float64{math.Abs(math.Float64frombits(rng.Uint64() &^ (1 << 62))), float64(1 + rng.IntN(9)), maxCores, 0.1}[rng.IntN(4)]
	}
	var t model.Trial
	v := reflect.ValueOf(&t).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Interface().(type) {
		case string:
			f.SetString(text())
		case int, int64:
			f.SetInt(integer() | 1)
		case float64:
			f.SetFloat(float())
		case map[string]any:
			f.Set(reflect.ValueOf(map[string]any{
				"int": integer(), "whole": 3.0, "float": float(), "text": text(), "bool": rng.IntN(2) == 0,
				"list": []any{integer(), float(), text(), []any{1.0, int64(1)}},
			}))
		case map[string]float64:
			f.Set(reflect.ValueOf(map[string]float64{"a_ns": float(), text(): float()}))
		case bool:
			f.SetBool(true)
		case map[string]string:
			f.Set(reflect.ValueOf(map[string]string{text(): text()}))
		case time.Time:
			f.Set(reflect.ValueOf(time.Unix(rng.Int64N(1<<34), rng.Int64N(1e9)).UTC()))
		case model.Status:
			f.Set(reflect.ValueOf([]model.Status{model.OK, model.Timeout, model.Crashed, model.WrongAnswer, model.Skipped, model.Interrupted}[rng.IntN(6)]))
		}
	}
	t.Round = rng.IntN(1000) + 1
	return t
}

func TestAnyTrialIsReadBackEqual(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		want := anyTrial(rng)
		want.Schema = Schema
		for i, v := 0, reflect.ValueOf(want); i < v.NumField(); i++ {
			require.False(t, v.Field(i).IsZero(), "the test forgets %s", v.Type().Field(i).Name)
		}
		line, err := encodeTrial(want)
		require.NoError(t, err)
		require.Equal(t, 1, bytes.Count(line, []byte("\n")))
		got, _, err := decodeTrial(bytes.TrimSuffix(line, []byte("\n")))
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestRunIsReadBackByAllThreeWays(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	r := create(t)
	for range 20 {
		require.NoError(t, r.Append(anyTrial(rng)))
	}
	m, trials, warnings, err := Read(r.Dir()) // while it is under way
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, r.Manifest(), m)
	require.Equal(t, r.Trials(), trials)
	require.NoError(t, r.Close())

	again, err := Open(r.Dir())
	require.NoError(t, err)
	require.Empty(t, again.Warnings())
	require.Equal(t, trials, again.Trials())
	require.NoError(t, again.Append(trialOf(1)))
	require.NoError(t, again.Close())
	_, trials, _, err = Read(r.Dir())
	require.NoError(t, err)
	require.Len(t, trials, 21)
}

func TestAppendRefusesWhatCouldNotBeReadAgain(t *testing.T) {
	r := create(t)
	for want, change := range map[string]func(*model.Trial){
		"parameter \"x\" is NaN":              func(t *model.Trial) { t.Params = map[string]any{"x": math.NaN()} },
		"parameter \"x\": want a bool":        func(t *model.Trial) { t.Params = map[string]any{"x": nil} },
		"unknown status \"fine\"":             func(t *model.Trial) { t.Status = "fine" },
		"must all be there":                   func(t *model.Trial) { t.Variant = "" },
		"round -1 is not one of 0 to 1000000": func(t *model.Trial) { t.Round = -1 },
		"do not fit a journal line":           func(t *model.Trial) { t.Answer = strings.Repeat("x", maxLine) },
		"value out of range":                  func(t *model.Trial) { t.Params = map[string]any{"x": uint64(math.MaxUint64)} },
		"year outside of range [0,9999]":      func(t *model.Trial) { t.StartedAt = time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC) },
		"parallelism -1 is not one of":        func(t *model.Trial) { t.Parallelism = -1 },
		"metric \"a\" is +Inf":                func(t *model.Trial) { t.Metrics = map[string]float64{"a": math.Inf(1)} },
		"json: unsupported type: chan int":    func(t *model.Trial) { t.Params = map[string]any{"x": make(chan int)} },
	} {
		bad := trialOf(1)
		change(&bad)
		err := r.Append(bad)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "trials.ndjson:1: writing a trial of counting")
	}
	require.Empty(t, r.Trials())
	require.NoError(t, r.Append(trialOf(1)), "the run goes on")
}

func TestLongLogIsCutNotRefused(t *testing.T) {
	r := create(t)
	long := trialOf(1)
	long.Log = strings.Repeat("\x01", maxLine) + "the end"
	long.Message = "the start" + strings.Repeat("\x01", maxLine)
	require.NoError(t, r.Append(long))
	require.True(t, strings.HasSuffix(r.Trials()[0].Log, "the end"))
	require.True(t, strings.HasPrefix(r.Trials()[0].Message, "the start"))
	_, trials, _, err := Read(r.Dir())
	require.NoError(t, err)
	require.Equal(t, r.Trials(), trials)
}

// A journal that was cut anywhere, as by a crash of the machine, is a valid
// journal of the trials before the cut.
func TestJournalCutAnywhere(t *testing.T) {
	dir := journalOf(t, 2)
	path := filepath.Join(dir, journalName)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for cut := range len(whole) + 1 {
		require.NoError(t, os.WriteFile(path, whole[:cut], 0o666))
		// A line that lacks only its newline is all there.
		complete := bytes.Count(append(bytes.Clone(whole[:cut]), whole[cut:min(cut+1, len(whole))]...), []byte("\n"))
		torn := cut > 0 && whole[cut-1] != '\n' && (cut == len(whole) || whole[cut] != '\n')

		_, trials, warnings, err := Read(dir)
		require.NoError(t, err)
		require.Len(t, trials, complete, "cut at %d", cut)
		require.Equal(t, torn, len(warnings) > 0, "cut at %d: %v", cut, warnings)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, whole[:cut], after, "Read changed the journal")

		// Each Open writes to the disk, so only some of the cuts inside a line.
		if torn && cut%16 != 0 {
			continue
		}
		r, err := Open(dir)
		require.NoError(t, err)
		require.Equal(t, torn, len(r.Warnings()) > 0)
		require.NoError(t, r.Append(trialOf(9)))
		require.NoError(t, r.Close())
		_, trials, warnings, err = Read(dir)
		require.NoError(t, err)
		require.Empty(t, warnings)
		require.Len(t, trials, complete+1)
		require.Equal(t, 9, trials[complete].Round)
	}
}

func TestTornLastLineSaysSo(t *testing.T) {
	dir := journalOf(t, 2)
	path := filepath.Join(dir, journalName)
	// What a crash of the machine leaves on some file systems: a length, no data.
	appendTo(t, path, strings.Repeat("\x00", 300)+"\n")
	_, trials, warnings, err := Read(dir)
	require.NoError(t, err)
	require.Len(t, trials, 2)
	require.Equal(t, []string{path + ": journal line 3 was torn when its run was killed; its 301 bytes are left out"}, warnings)
}

// What a process that is killed in the middle of a replacement leaves behind.
func TestOpenRemovesUnfinishedReplacements(t *testing.T) {
	r := create(t)
	_, err := r.SaveSamples(trialOf(1), model.Samples{})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	left := []string{".manifest.json123", "samples/.00002-x.ndjson.gz"}
	for _, name := range left {
		require.NoError(t, os.WriteFile(filepath.Join(r.Dir(), name), []byte("{"), 0o666))
	}
	again, err := Open(r.Dir())
	require.NoError(t, err)
	require.NoError(t, again.Close())
	for _, name := range left {
		require.NoFileExists(t, filepath.Join(r.Dir(), name))
	}
	for _, name := range []string{manifestName, journalName, lockName, "samples/00001-counting-go-sequential.ndjson.gz"} {
		require.FileExists(t, filepath.Join(r.Dir(), name))
	}
}

func TestManifestIsReplaced(t *testing.T) {
	r := create(t)
	m := r.Manifest()
	m.Seed, m.Complete, m.EndedAt = math.MaxUint64, true, time.Unix(1, 2).UTC()
	m.Plan = []model.Cell{{Pair: "p", Side: "go", Variant: "v", Runtime: "go1", Params: map[string]any{"n": int64(1 << 60), "f": 1.0}}}
	require.NoError(t, r.UpdateManifest(m))
	got, _, _, err := Read(r.Dir())
	require.NoError(t, err)
	m.Schema = Schema
	require.Equal(t, m, got)

	m.ID = "r2"
	require.ErrorContains(t, r.UpdateManifest(m), `run "r1" cannot become run "r2"`)
	left, err := filepath.Glob(filepath.Join(r.Dir(), "*manifest*"))
	require.NoError(t, err)
	require.Len(t, left, 1, "no temporary file stays")
}

func TestCreateNeedsAFolderOfItsOwn(t *testing.T) {
	dir := journalOf(t, 1)
	_, err := Create(dir, model.Manifest{ID: "r2"})
	require.ErrorIs(t, err, fs.ErrExist)
	_, trials, _, err := Read(dir)
	require.NoError(t, err)
	require.Len(t, trials, 1, "what was there is untouched")

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	_, err = Create(file, model.Manifest{ID: "r"})
	require.ErrorContains(t, err, file)
	_, err = Create(t.TempDir(), model.Manifest{})
	require.ErrorContains(t, err, "no ID")

	empty := t.TempDir()
	r, err := Create(empty, model.Manifest{ID: "r"})
	require.NoError(t, err)
	require.NoError(t, r.Close())
}

func TestCreateCleansUpWhenItFails(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "r1")
	_, err := Create(dir, model.Manifest{ID: "r1", Plan: []model.Cell{{Params: map[string]any{"x": math.NaN()}}}})
	require.ErrorContains(t, err, "NaN")
	require.NoDirExists(t, dir)
}

func TestSamplesAreReadBackEqual(t *testing.T) {
	r := create(t)
	for name, s := range map[string]model.Samples{
		"all": {
			Method: "schedstat, 100 ms", AtNS: []int64{10, 20, 30},
			Own: [][]float64{{1, 0, .25}, {0, 1, 0}}, Other: [][]float64{{0, .5, 0}, {0, 0, 1}},
			RSS: []int64{1, 0, 3}, Threads: []int{1, 0, 3},
			Events: []model.Event{{AtNS: 0, Worker: 0, Kind: "start", Label: "A"}, {AtNS: 5, Worker: 1, Kind: "send"}},
		},
		"no cores":    {AtNS: []int64{0}, RSS: []int64{5}},
		"only events": {Events: []model.Event{{Kind: "mark"}}},
		"nothing":     {},
	} {
		path, err := r.SaveSamples(trialOf(1), s)
		require.NoError(t, err, name)
		got, err := ReadSamples(r.Dir(), path)
		require.NoError(t, err, name)
		s.Schema = samplesSchema
		require.Equal(t, s, got, name)
	}
	odd := trialOf(1)
	odd.Pair, odd.Variant = "../../x", "a b"
	path, err := r.SaveSamples(odd, model.Samples{})
	require.NoError(t, err)
	require.Equal(t, "samples/00001-.._.._x-go-a_b.ndjson.gz", path)
	_, err = r.SaveSamples(trialOf(1), model.Samples{AtNS: []int64{1}, Own: [][]float64{{1}, {}}})
	require.ErrorContains(t, err, "1 intervals but 0 of core 1")
	_, err = r.SaveSamples(trialOf(1), model.Samples{AtNS: []int64{1}, RSS: []int64{1, 2}})
	require.ErrorContains(t, err, "1 intervals but 2 of memory")
}

func TestWriteFile(t *testing.T) {
	r := create(t)
	for _, content := range []string{"old", "new"} {
		require.NoError(t, r.WriteFile("figures/counting.svg", []byte(content)))
		data, err := os.ReadFile(filepath.Join(r.Dir(), "figures", "counting.svg"))
		require.NoError(t, err)
		require.Equal(t, content, string(data))
	}
	for _, name := range []string{"", ".", "../x", "/x", "manifest.json", "./trials.ndjson", ".lock", "samples/x"} {
		require.ErrorContains(t, r.WriteFile(name, nil), fmt.Sprintf("%q", name))
	}
}

func TestLatest(t *testing.T) {
	root := t.TempDir()
	for _, id := range []string{"one", "two"} {
		require.NoError(t, Latest(root, id))
		got, err := os.Readlink(filepath.Join(root, "latest"))
		require.NoError(t, err)
		require.Equal(t, id, got)
	}
	left, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Len(t, left, 1)

	root = t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "latest"), []byte("mine"), 0o666))
	require.ErrorContains(t, Latest(root, "one"), "is no link, so it stays")
	require.ErrorContains(t, Latest(filepath.Join(root, "none"), "one"), "its folder is")
}

func TestNewID(t *testing.T) {
	at := time.Date(2026, 11, 21, 3, 24, 15, 0, time.FixedZone("", 2*3600))
	id := NewID(at, 1)
	require.Regexp(t, `^20261121-012415-[0-9a-f]{4}$`, id)
	require.Equal(t, id, NewID(at, 1))
	require.NotEqual(t, id, NewID(at, 2))
	require.NotEqual(t, id, NewID(at.Add(1), 1))
	require.Less(t, id, NewID(at.Add(time.Second), 1))
}

func TestCloseTwice(t *testing.T) {
	r := create(t)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	require.True(t, errors.Is(r.Append(trialOf(1)), os.ErrClosed) || errors.Is(r.Append(trialOf(1)), os.ErrInvalid))
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = f.WriteString(text)
	require.NoError(t, errors.Join(err, f.Close()))
}
