package store

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

// sum adds its checksum to a line.
func sum(line string) string { return string(seal([]byte(strings.TrimSuffix(line, "}")), lineSeal)) }

// Whatever is wrong with a journal, other than a torn last line, is refused
// with its place, by Read and Open alike, and stays as it is.
func TestDamagedJournal(t *testing.T) {
	const good = `{"schema":2,"run":"r1","pair":"p","side":"go","variant":"v","runtime":"go1","round":1,"status":"ok"}`
	for name, c := range map[string]struct {
		line string // the second of three
		is   error
		want string
	}{
		"not JSON":          {`{"schema":1,]`, ErrDamaged, "trials.ndjson:2:13: journal line 2 is damaged: invalid character ']'"},
		"empty line":        {``, ErrDamaged, "trials.ndjson:2: journal line 2 is damaged"},
		"two values":        {good + good, ErrDamaged, "journal line 2 is damaged: invalid character '{' after top-level value"},
		"an array":          {`[]`, ErrDamaged, "journal line 2 is damaged: json: cannot unmarshal array"},
		"wrong type":        {sum(strings.Replace(good, `"round":1`, `"round":"one"`, 1)), ErrDamaged, "trials.ndjson:2:89: journal line 2 is damaged: field \"round\": json: cannot unmarshal string"},
		"number as text":    {sum(strings.Replace(good, `"round":1`, `"round":1,"capacity":"two"`, 1)), ErrDamaged, `field "capacity": json: cannot unmarshal string`},
		"unknown field":     {sum(strings.Replace(good, `"round"`, `"lap":1,"round"`, 1)), ErrDamaged, `unknown field "lap"`},
		"nested parameters": {sum(strings.Replace(good, `"round"`, `"params":{"a":{}},"round"`, 1)), ErrDamaged, `parameter "a": want a bool`},
		"not UTF-8":         {sum(strings.Replace(good, `"v"`, "\"\xff\"", 1)), ErrDamaged, "not UTF-8"},
		"no schema":         {sum(`{"round":1}`), ErrDamaged, "schema 0 instead of 2"},
		"nothing in it":     {sum(`{"schema":2}`), ErrDamaged, "run, pair, side, variant and runtime must all be there"},
		"unknown status":    {sum(strings.Replace(good, `"ok"`, `"fine"`, 1)), ErrDamaged, `unknown status "fine"`},
		"too long":          {strings.Repeat(" ", maxLine) + good, ErrDamaged, "trials.ndjson:2: journal line 2 is damaged: it is longer than 1048576 bytes"},
		"newer":             {sum(strings.Replace(good, `"schema":2`, `"schema":3,"lap":7`, 1)), ErrSchema, "journal line 2: of another schema version: it is schema 3 and this tandem reads 2; use the tandem that wrote it"},
		"no checksum":       {good, ErrDamaged, "trials.ndjson:2: journal line 2 is damaged: its checksum does not fit it, so something changed it; delete it"},
		"of schema 1":       {strings.Replace(good, `"schema":2`, `"schema":1`, 1), ErrSchema, "journal line 2: of another schema version: it is schema 1 and this tandem reads 2"},
		"of another run":    {sum(strings.Replace(good, `"r1"`, `"r0"`, 1)), ErrForeign, `trials.ndjson:2: journal line 2 is of another run: it says "r0" and the manifest says "r1"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := journalOf(t, 0)
			path := filepath.Join(dir, journalName)
			text := sum(good) + "\n" + c.line + "\n" + sum(good) + "\n"
			require.NoError(t, os.WriteFile(path, []byte(text), 0o666))
			_, trials, _, err := Read(dir)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.want)
			require.Nil(t, trials)
			_, err = Open(dir)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.want)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, text, string(after))
		})
	}
}

// A last line that is whole but wrong was not torn: nothing may cut it off.
func TestLastLineThatIsWholeIsNeverCutOff(t *testing.T) {
	dir := journalOf(t, 2)
	appendTo(t, filepath.Join(dir, journalName), `{"schema":3}`)
	_, err := Open(dir)
	require.ErrorIs(t, err, ErrSchema)
}

func TestDamagedManifest(t *testing.T) {
	signed := func(text string) string { return string(seal([]byte(text), manifestSeal)) }
	for name, c := range map[string]struct {
		text string
		is   error
		want string
	}{
		"empty":         {``, ErrDamaged, "manifest.json: the manifest is damaged: unexpected end of JSON input"},
		"torn":          {"{\n  \"schema\": 1,\n  \"id\"", ErrDamaged, "manifest.json:3:6: the manifest is damaged: unexpected end"},
		"not JSON":      {"{\n\"schema\": 1,\n\"id\": r1\n}", ErrDamaged, "manifest.json:3:7: the manifest is damaged: invalid character 'r'"},
		"wrong type":    {signed("{\"schema\": 2,\n\"id\": 5"), ErrDamaged, "manifest.json:2:"},
		"unknown field": {signed(`{"schema":2,"id":"r1","colour":"red"`), ErrDamaged, `unknown field "colour"; restore it, or start a new run`},
		"in a cell":     {signed(`{"schema":2,"id":"r1","plan":[{"colour":"red"}]`), ErrDamaged, `unknown field "colour"`},
		"no schema":     {`{"id":"r1"}`, ErrDamaged, "schema and id must be there"},
		"older":         {`{"schema":1,"id":"r1"}`, ErrSchema, "manifest.json: of another schema version: it is schema 1 and this tandem reads 2"},
		"newer":         {`{"schema":3,"colour":"red"}`, ErrSchema, "manifest.json: of another schema version: it is schema 3 and this tandem reads 2"},
		"no checksum":   {`{"schema":2,"id":"r1"}`, ErrDamaged, "manifest.json: the manifest is damaged: its checksum does not fit it"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := journalOf(t, 1)
			require.NoError(t, os.WriteFile(filepath.Join(dir, manifestName), []byte(c.text), 0o666))
			_, _, _, err := Read(dir)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.want)
			_, err = Open(dir)
			require.ErrorIs(t, err, c.is)
		})
	}
}

func TestFolderThatIsNoRun(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	empty := t.TempDir()
	file := filepath.Join(empty, "file")
	open := func(dir string) error { _, err := Open(dir); return err }
	read := func(dir string) error { _, _, _, err := Read(dir); return err }
	for _, f := range []func(string) error{open, read} {
		require.ErrorIs(t, f(missing), fs.ErrNotExist)
		require.ErrorIs(t, f(empty), ErrNotRun)
		left, err := os.ReadDir(empty)
		require.NoError(t, err)
		require.Empty(t, left, "looking must not leave a lock behind")

		require.NoError(t, os.WriteFile(file, nil, 0o666))
		require.ErrorContains(t, f(file), "file")
		require.NoError(t, os.Remove(file))
		lost := journalOf(t, 1)
		require.NoError(t, os.Remove(filepath.Join(lost, journalName)))
		err = f(lost)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, journalName)
	}
}

func TestDamagedSamples(t *testing.T) {
	r := create(t)
	name, err := r.SaveSamples(trialOf(1), model.Samples{Method: "m", AtNS: []int64{1, 2}, RSS: []int64{3, 4}})
	require.NoError(t, err)
	path := filepath.Join(r.Dir(), name)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	zip := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, err := z.Write([]byte(text))
		require.NoError(t, errors.Join(err, z.Close()))
		return b.Bytes()
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-6] ^= 1 // in the checksum
	const head = `{"schema":1,"method":"m"}` + "\n"
	for title, c := range map[string]struct {
		data []byte
		is   error
		want string
	}{
		"empty":        {nil, ErrDamaged, "samples are left out: damaged"},
		"not gzip":     {[]byte("hello, world"), ErrDamaged, "invalid header"},
		"torn":         {whole[:len(whole)-9], ErrDamaged, "unexpected EOF"},
		"flipped":      {flipped, ErrDamaged, "invalid checksum"},
		"no head":      {zip(""), ErrDamaged, "line 1 is damaged: unexpected EOF"},
		"no newline":   {zip(head + `{"at_ns":1}`), ErrDamaged, "line 2 is damaged: unexpected EOF"},
		"not JSON":     {zip(head + "{]\n"), ErrDamaged, "line 2 is damaged: invalid character"},
		"unknown":      {zip(head + `{"colour":1}` + "\n"), ErrDamaged, `unknown field "colour"`},
		"too long":     {zip(head + strings.Repeat(" ", maxLine+1)), ErrDamaged, "line 2 is damaged: bufio: buffer full"},
		"uneven cores": {zip(head + `{"own":[1,1]}` + "\n" + `{"own":[1]}` + "\n"), ErrDamaged, "2 intervals but 1 of core 1"},
		"newer":        {zip(`{"schema":2,"colour":1}` + "\n"), ErrSchema, "line 1: of another schema version"},
		"no schema":    {zip("{}\n"), ErrDamaged, "no schema version"},
	} {
		t.Run(title, func(t *testing.T) {
			require.NoError(t, os.WriteFile(path, c.data, 0o666))
			_, err := ReadSamples(r.Dir(), name)
			var samples *SamplesError
			require.ErrorAs(t, err, &samples)
			require.Equal(t, path, samples.Path)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.want)
		})
	}
	require.NoError(t, os.Remove(path))
	for bad, is := range map[string]error{name: fs.ErrNotExist, "": ErrDamaged, "../x": ErrDamaged, "samples/../../x": ErrDamaged, "manifest.json": ErrDamaged} {
		_, err := ReadSamples(r.Dir(), bad)
		var samples *SamplesError
		require.ErrorAs(t, err, &samples, bad)
		require.ErrorIs(t, err, is, bad)
		require.Equal(t, bad != name, strings.Contains(err.Error(), "is no file below samples"), bad)
	}
}

func TestPublishedFiles(t *testing.T) {
	all, err := ReadPublished(os.DirFS("../../results/published"))
	require.NoError(t, err)
	v, ok := all["paper-fig2"].Find("threads")
	require.True(t, ok)
	require.Equal(t, 4.355177640914917, v.Value)
	_, ok = all["paper-fig2"].Find("goroutines")
	require.False(t, ok)
}

const published = `schema = 1
document = "paper"
title = "Something"
`

func TestPublishedCurvesAndListings(t *testing.T) {
	p, err := parsePublished("f", []byte(published+`x_label = "workers"
[[value]]
key = "curve"
x = [1, 2, 4]
y = [3.5, 2, 1]
[[value]]
key = "listing"
lines = ["one", "two"]
[[value]]
key = "zero"
value = 0
`))
	require.NoError(t, err)
	require.Equal(t, []Value{
		{Key: "curve", X: []float64{1, 2, 4}, Y: []float64{3.5, 2, 1}},
		{Key: "listing", Lines: []string{"one", "two"}},
		{Key: "zero"},
	}, p.Values)
}

func TestPublishedMistakes(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no TOML":         {"schema = 1\ndocument paper\n", "results/published/f.toml:2:10: "},
		"unknown key":     {published + "colour = 1\n", `results/published/f.toml:4:1: unknown key "colour"`},
		"unknown in row":  {published + "[[value]]\nkey = \"a\"\nvalue = 1\ncolour = 1\n", `results/published/f.toml:7:1: unknown key "value.colour"`},
		"key twice":       {published + "document = \"paper\"\n", "results/published/f.toml:4:1: "},
		"row twice":       {published + "[[value]]\nkey = \"a\"\nvalue = 1\n[[value]]\nkey = \"a\"\nvalue = 2\n", `results/published/f.toml:7: key "a" is there twice`},
		"wrong type":      {published + "[[value]]\nkey = \"a\"\nvalue = \"1\"\n", "results/published/f.toml:6:"},
		"not a number":    {published + "[[value]]\nkey = \"a\"\nvalue = nan\n", "results/published/f.toml:4: NaN is nothing"},
		"no number":       {published + "[[value]]\nkey = \"a\"\n", `f.toml:4: key "a" must have one of value, x with y, or lines`},
		"two kinds":       {published + "[[value]]\nkey = \"a\"\nvalue = 1\nlines = [\"x\"]\n", "must have one of"},
		"uneven curve":    {published + "[[value]]\nkey = \"a\"\nx = [1]\ny = [1, 2]\n", `f.toml:4: key "a" has 1 x but 2 y`},
		"no key":          {published + "[[value]]\nvalue = 1\n", "f.toml:4: a value without a key"},
		"no row":          {published, "at least one [[value]]"},
		"no schema":       {"document = \"paper\"\n", "f.toml: damaged: no schema version"},
		"newer":           {"schema = 2\ncolour = 1\n", "f.toml: of another schema version: it is schema 2"},
		"schema of words": {"schema = \"one\"\n", "results/published/f.toml:1:"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ReadPublished(fstest.MapFS{"f.toml": {Data: []byte(c.text)}})
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := ReadPublished(os.DirFS(filepath.Join(t.TempDir(), "none")))
	require.ErrorIs(t, err, fs.ErrNotExist)
}
