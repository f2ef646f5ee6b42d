package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/model"
)

// ofMany is a run of six interpreters, named in no order.
func ofMany(t *testing.T) (*world, []string) {
	w := newWorld(t)
	w.only = "counting"
	add := func(implementation, version, release string, free, gil bool) {
		w.runtimes = append(w.runtimes, model.Runtime{ID: fmt.Sprint(implementation, version, free, gil), Side: catalog.Python, Implementation: implementation, Version: version, Release: release, FreeThreaded: free, GIL: gil})
	}
	w.runtimes = []model.Runtime{goRuntime}
	add("pypy", "3.9.16", "7.3.11", false, true)
	add("cpython", "3.13.0", "", true, false)
	add("cpython", "3.9.18", "", false, true)
	add("cpython", "3.13.0", "", true, true)
	add("jython", "2.7.4", "", false, false)
	add("cpython", "3.13.0", "", false, true)
	i := slices.IndexFunc(w.pairs, func(p *catalog.Pair) bool { return p.ID == "counting" })
	w.pairs[i].Figures = []catalog.Figure{{ID: "lock", Title: "The lock’s history", Note: "{workers} at once.", Show: []catalog.Contrast{
		{Of: "python/threads", Against: "python/sequential", Measure: "wall", Says: "{workers} threads"},
		{Of: "python/sequential", Measure: "startup", Says: "an interpreter"},
	}}}
	return w, []string{"CPython 3.9.18", "CPython 3.13.0", "free-threaded CPython 3.13.0 with its lock on", "free-threaded CPython 3.13.0", "Jython 2.7.4", "PyPy 7.3.11, Python 3.9"}
}

// Runtimes stand from old to new whatever order they were named in, the build
// without its lock last of its version, with what the source printed above them.
func TestRuntimesBesideEachOther(t *testing.T) {
	w, order := ofMany(t)
	f := figureOf(t, w.input(), "lock")
	var labels []string
	var printed figure.Row
	for _, r := range f.Art.(*figure.Rows).Rows {
		if strings.HasSuffix(r.Label, " printed") {
			printed = r
		} else {
			labels = append(labels, r.Label)
			require.NotEmpty(t, r.Value+r.Note)
		}
	}
	require.Equal(t, slices.Concat(order, order), labels)
	require.Equal(t, "2.0×", printed.Value)
	require.Contains(t, f.Note, "at once.")
	require.Contains(t, f.Finding, " threads: from ")

	// One runtime alone is beside no other.
	w, _ = ofMany(t)
	w.runtimes = w.runtimes[:2]
	for _, f := range first(w.input()).Figures() {
		require.NotEqual(t, "counting-lock", f.ID)
	}
}

// However many runtimes ran, every row is drawn: a panel for each variant, with
// one row a runtime, and of the cores one trial a runtime.
func TestManyRuntimesAreAllDrawn(t *testing.T) {
	w, order := ofMany(t)
	for _, f := range first(w.input()).Figures() {
		require.NotContains(t, f.Note, "not drawn", f.ID)
		switch art := f.Art.(type) {
		case *figure.Rows:
			if f.ID != "counting-speedup" {
				continue
			}
			at := slices.IndexFunc(art.Rows, func(r figure.Row) bool { return r.Heading == "Python, threads" })
			for i, name := range order {
				require.Equal(t, "Python, threads", art.Rows[at+i].Heading)
				require.Equal(t, name, art.Rows[at+i].Label)
			}
		case *figure.Lanes:
			require.Len(t, art.Panels, len(w.runtimes))
		}
	}
	w.sweep = map[string][]any{"workers": {int64(1), int64(2), int64(4)}}
	for _, f := range first(w.input()).Figures() {
		require.NotContains(t, f.Note, "not drawn", f.ID)
	}
}
