package sample

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(t, err)
	return text
}

func TestParseStat(t *testing.T) {
	s, err := parseStat(fixture(t, "stat")) // its name holds blanks and parentheses
	require.NoError(t, err)
	require.Equal(t, stat{parent: 4241, group: 4240, session: 4239,
		user: 1230 * time.Millisecond, sys: 450 * time.Millisecond,
		reaped: 170 * time.Millisecond, reapedFaults: 20000, core: 3}, s)

	s, err = parseStat(fixture(t, "stat-kernel-thread"))
	require.NoError(t, err)
	require.Equal(t, stat{parent: 2, sys: 90 * time.Millisecond, core: 1}, s)
}

func TestParseField(t *testing.T) {
	for _, row := range []struct {
		file string
		n    int
		want uint64
	}{
		{"statm", 2, 5120},
		{"statm-zombie", 2, 0},
		{"schedstat", 1, 191191250},
	} {
		v, err := parseField(fixture(t, row.file), row.n)
		require.NoError(t, err)
		require.Equal(t, row.want, v, row.file)
	}
}

func TestParseStatus(t *testing.T) {
	for _, c := range []struct {
		file, name string
		want       uint64
		found      bool
	}{
		{"status", "VmHWM:", 20480, true},
		{"status", "voluntary_ctxt_switches:", 321, true}, // not the program's name
		{"status", "nonvoluntary_ctxt_switches:", 45, true},
		{"status-zombie", "VmHWM:", 0, false},
	} {
		v, found, err := parseLine(fixture(t, c.file), c.name)
		require.NoError(t, err)
		require.Equal(t, c.want, v, c.name)
		require.Equal(t, c.found, found, c.name)
	}
}

func TestParseCores(t *testing.T) {
	busy := make([]time.Duration, 2)
	n, steal, err := parseCores(fixture(t, "cores"), busy)
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, 990*time.Millisecond, steal)
	// user, nice, system, irq and softirq; not idle, iowait, steal or guest
	require.Equal(t, []time.Duration{1370 * time.Millisecond, 2680 * time.Millisecond}, busy)

	busy = []time.Duration{0, 1, 2, 3}
	n, _, err = parseCores(fixture(t, "cores-offline"), busy)
	require.NoError(t, err)
	require.Equal(t, 4, n)
	require.Equal(t, []time.Duration{tick, 1, 2, 2 * tick}, busy, "an offline core keeps its value")
}

func TestParseErrorsQuoteTheText(t *testing.T) {
	for _, c := range []struct {
		name string
		err  func() error
		want string
	}{
		{"no name", func() error { _, err := parseStat([]byte("12 sh S 1")); return err }, `"12 sh S 1"`},
		{"too short", func() error { _, err := parseStat([]byte("12 (sh) S 1 2")); return err }, `field 6 is ""`},
		{"no number", func() error { _, err := parseStat([]byte("12 (sh) S x 2")); return err }, `field 4 is "x"`},
		{"statm", func() error { _, err := parseField([]byte("12 a"), 2); return err }, `"12 a"`},
		{"statm, empty", func() error { _, err := parseField(nil, 2); return err }, `""`},
		{"schedstat", func() error { _, err := parseField([]byte("1e9 0 0"), 1); return err }, `"1e9 0 0"`},
		{"too large", func() error { _, err := parseField([]byte("9223372036854775808"), 1); return err }, `"9223372036854775808"`},
		{"status", func() error { _, _, err := parseLine([]byte("VmHWM: much kB\n"), "VmHWM:"); return err }, `"VmHWM: much kB"`},
		{"no core", func() error { _, _, err := parseCores([]byte("intr 1\n"), nil); return err }, `"intr 1\n"`},
		{"core without number", func() error { _, _, err := parseCores([]byte("cpux 1\n"), nil); return err }, `"cpux 1"`},
		{"core cut short", func() error { _, _, err := parseCores([]byte("cpu0 1 2 3"), nil); return err }, `field 5 is ""`},
	} {
		t.Run(c.name, func(t *testing.T) { require.ErrorContains(t, c.err(), c.want) })
	}
	_, err := parseField(bytes.Repeat([]byte("x"), 5000), 1)
	require.Less(t, len(err.Error()), 400, "a long text is cut")
}

// What the parsers make of this machine's own files agrees with the files'
// other lines.
func TestParseThisProcess(t *testing.T) {
	read := func(name string) []byte {
		text, err := os.ReadFile("/proc/self/" + name)
		require.NoError(t, err)
		return text
	}
	s, err := parseStat(read("stat"))
	require.NoError(t, err)
	require.Equal(t, os.Getppid(), s.parent)
	v, found, err := parseLine(read("status"), "PPid:")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, uint64(s.parent), v)
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"stat", "stat-kernel-thread", "statm", "schedstat", "status", "cores", "cores-offline"} {
		f.Add(fixture(f, name))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := parseStat(text); err == nil {
			require.GreaterOrEqual(t, s.core, 0)
		}
		_, _ = parseField(text, 2)
		_, _, _ = parseLine(text, "VmHWM:")
		busy := make([]time.Duration, 4)
		if n, _, err := parseCores(text, busy); err == nil {
			require.Positive(t, n)
		}
	})
}
