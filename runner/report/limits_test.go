package report

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/model"
	"tandem/runner/store"
)

// A run under limits, and what the source printed for two of its lines.
func limited(t *testing.T, caps ...any) Input {
	w := newWorld(t)
	p := w.pairs[0]
	w.only, w.side = p.ID, catalog.Go
	p.Params = append(p.Params, catalog.Param{Name: "size", Type: "int", Quick: int64(1e9)}, catalog.Param{Name: "cap", Type: "int", Quick: int64(0)})
	p.Limits = &catalog.Limits{Param: "cap", Bytes: "size", Time: "stored_ns", Printed: "paper-table2"}
	w.sweep = map[string][]any{"cap": caps}
	for i := range p.Variants {
		p.Variants[i].Reads = []string{"size", "cap"}
		if p.Variants[i].Name == "sequential" {
			p.Variants[i].PrintedAs = "one after the other"
		}
	}
	w.fail = func(t *model.Trial) {
		t.Metrics["stored_ns"] = 5e8
		if t.Params["cap"] == int64(512<<20) {
			t.Metrics["stored_ns"] = 1e9
		}
		if t.Variant == "worker-pool" {
			*t = model.Trial{Schema: 1, Pair: t.Pair, Side: t.Side, Variant: t.Variant, Runtime: t.Runtime, Params: t.Params, Round: t.Round, Status: model.Skipped, Message: "no control group"}
		}
	}
	in := w.input()
	in.Published["paper-table2"] = store.Published{Schema: 1, Document: "paper", Unit: "MB/s", XLabel: "memory", Notes: "on another machine",
		Values: []store.Value{{Key: "one after the other", X: []float64{2048, 512}, Y: []float64{2991, 1571}}}}
	return in
}

func TestLimitsOfMemory(t *testing.T) {
	in := limited(t, int64(512<<20), int64(0), int64(2<<30))
	table := tableOf(in, "MB/s with less memory")
	require.Equal(t, []string{"variant", "no limit", "2 GiB", "Hassanin, 2 GiB", "512 MiB", "Hassanin, 512 MiB"}, table.Head)
	got := map[string][]string{}
	for _, r := range table.Rows {
		for _, c := range r.Cells {
			got[r.Head] = append(got[r.Head], c.Text)
		}
	}
	require.Equal(t, []string{"2000", "2000", "2991", "1000", "1571"}, got["sequential"])
	require.Equal(t, []string{"2000", "2000", "not printed", "1000", "not printed"}, got["goroutines"])
	require.Equal(t, []string{"skipped", "skipped", "not printed", "skipped", "not printed"}, got["worker-pool"])
	page := bare(t, in)
	parse(t, page)
	has(t, page, "MB/s with less memory")
	has(t, page, "Hassanin: on another machine.")
}

func TestNoLimitNoTable(t *testing.T) {
	in := limited(t, int64(0))
	require.Nil(t, tableOf(in, "MB/s with less memory"))
	plain := cases["plain"](t)
	require.Nil(t, tableOf(plain, "MB/s with less memory"))
}

// A source may print how many times as fast, without any time.
func TestASourceOfRatios(t *testing.T) {
	w := newWorld(t)
	p := w.pairs[0]
	w.only, w.side = p.ID, catalog.Go
	p.Printed = []catalog.Printed{{File: "talk", Key: "one", Side: catalog.Go, Variant: "sequential"}, {File: "talk", Key: "four", Side: catalog.Go, Variant: "goroutines"}}
	in := w.input()
	in.Published = map[string]store.Published{"talk": {Schema: 1, Document: "paper", Unit: "×", Title: "A talk", Values: []store.Value{{Key: "one", Value: 1}, {Key: "four", Value: 4}}}}
	f := figureOf(t, in, "source")
	require.Equal(t, []figure.Cell{{Text: "4× as fast"}, {Text: "0.25×"}, {Text: "not stated", Note: true}}, f.Table.Rows[2].Cells)
	require.Contains(t, f.Finding, "Goroutines took 0.25× the time of sequential there; ")
}

func TestEveryPublishedFigureIsOfAKnownDocument(t *testing.T) {
	pairs, err := catalog.All(os.DirFS("../catalog"))
	require.NoError(t, err)
	all, err := store.ReadPublished(os.DirFS("../../results/published"))
	require.NoError(t, err)
	require.NotEmpty(t, all)
	for name, pub := range all {
		require.True(t, slices.ContainsFunc(catalog.Documents(pairs), func(d *model.Document) bool { return d.ID == pub.Document }), name)
	}
}
