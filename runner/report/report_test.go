package report

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDump leaves pages for the eye where TANDEM_REPORT_OUT names a folder.
func TestDump(t *testing.T) {
	dir := os.Getenv("TANDEM_REPORT_OUT")
	if dir == "" {
		t.Skip("TANDEM_REPORT_OUT names no folder")
	}
	dump := func(name string, in Input) {
		var b bytes.Buffer
		require.NoError(t, Write(&b, in))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".html"), b.Bytes(), 0o644))
		figures, err := Figures(in)
		require.NoError(t, err)
		for _, f := range figures {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name+"-"+f.Name+".svg"), f.SVG, 0o644))
		}
	}
	w := newWorld(t)
	w.disturbed[3] = true
	dump("plain", w.input())

	w = newWorld(t)
	w.cores = 8
	w.only = "counting"
	w.sweep = map[string][]any{"workers": {int64(1), int64(2), int64(4), int64(8), int64(16)}}
	w.runtimes = append(w.runtimes, noGIL)
	dump("sweep", w.input())

	w = newWorld(t)
	w.rounds = 3
	w.disturbed[2] = true
	dump("few", w.input())
}
