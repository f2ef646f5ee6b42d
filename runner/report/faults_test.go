package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// A point alone is drawn as one: only the catalog says that a variant does not
// read the parameter.
func TestALonePointIsNoFlatLine(t *testing.T) {
	w := newWorld(t)
	w.only = "counting"
	w.sweep = map[string][]any{"workers": {int64(1), int64(2), int64(4)}}
	in := w.input()
	p := &in.Summary.Pairs[0]
	for gi := range p.Groups { // of goroutines, one point is left
		for ri := range p.Groups[gi].Rows {
			if r := &p.Groups[gi].Rows[ri]; r.Variant == "goroutines" && gi != 1 {
				r.SpeedUp = model.Estimate{}
			}
		}
	}
	d := newBuilder(in)
	lines := d.curves(p, d.time(p))
	flat := map[string]bool{}
	for _, s := range lines.series {
		flat[s.label] = s.flat(lines)
	}
	require.True(t, flat["sequential"], "it does not read workers")
	lines = d.curves(p, d.speedUp(p))
	for _, s := range lines.series {
		if s.label == "goroutines" {
			require.Len(t, s.points, 1)
			require.False(t, s.flat(lines))
		}
	}
}

// All cores are more than one, though they are asked for by 0.
func TestZeroForAllStandsLast(t *testing.T) {
	w := newWorld(t)
	w.only = "counting"
	w.pair(t, "counting").Param("workers").Doc = "chunks; 0: all cores, as many as there are"
	w.sweep = map[string][]any{"workers": {int64(1), int64(0), int64(2)}}
	in := w.input()
	_, xs, labels, at := newBuilder(in).sweepAxis(&in.Summary.Pairs[0])
	require.Equal(t, []string{"1", "2", "all cores"}, labels)
	require.Equal(t, []float64{1, 2, 3}, xs)
	require.Equal(t, []int{0, 2, 1}, at)
}

func (w *world) pair(t *testing.T, id string) *catalog.Pair {
	for _, p := range w.pairs {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("no pair %q", id)
	return nil
}

// To wait is not to work.
func TestASenderWhoWaitsIsDrawnThin(t *testing.T) {
	s := newTrace([]model.Event{
		{AtNS: 0, Worker: 0, Kind: "sending", Label: "A"}, {AtNS: 50e6, Worker: 0, Kind: "sent", Label: "A"},
		{AtNS: 50e6, Worker: 1, Kind: "received", Label: "A"}}, 0.1)
	require.True(t, s.lanes[0].spans[0].faint)
	require.Equal(t, waiting, s.lanes[0].spans[0].what)
}

// A worker that names its steps works from a step's name to its end.
func TestStepsLast(t *testing.T) {
	s := newTrace([]model.Event{
		{AtNS: 0, Worker: 0, Kind: "load", Label: "A"}, {AtNS: 10e6, Worker: 0, Kind: "finish", Label: "A"},
		{AtNS: 20e6, Worker: 0, Kind: "move", Label: "A"}, {AtNS: 50e6, Worker: 0, Kind: "finish", Label: "A"}}, 0.1)
	require.Len(t, s.lanes[0].spans, 2)
	require.Equal(t, span{from: 0.02, to: 0.05, what: "move", label: "move", colour: workerColour(0), n: 1}, s.lanes[0].spans[1])
}

// Workers have the colours of neither language.
func TestWorkersHaveTheirOwnColours(t *testing.T) {
	for i := range workerColours {
		for _, side := range []string{"go", "py"} {
			for n := range coloursPerSide {
				require.NotEqual(t, hex(side+"-"+string(rune('0'+n))), hex(workerColour(i).name))
			}
		}
		require.NotContains(t, []string{"#2f4a9e", "#8a4b00", "#0e6275"}, hex(workerColour(i).name), "nor what looks like them")
	}
}

func hex(name string) string {
	for _, p := range palette {
		if p.name == name {
			return p.light
		}
	}
	return ""
}

// What is 0 or 1 is said in words, and what has a unit has it.
func TestMetricsAreOneTable(t *testing.T) {
	w := newWorld(t)
	w.only = "counting"
	w.fail = func(t *model.Trial) {
		if t.Metrics != nil {
			t.Metrics["stuck"], t.Metrics["held_bytes"] = float64(t.Round%2), 2e6
			if t.Side == catalog.Go {
				t.Metrics["stuck"] = 1
			}
		}
	}
	in := w.input()
	all := newBuilder(in).metrics(&in.Summary.Pairs[0])
	text := map[string]string{}
	group := ""
	for _, r := range all.Rows {
		if r.Group != "" {
			group = r.Group
		}
		text[group+"/"+r.Head] = r.Cells[0].Text
	}
	require.Equal(t, "yes", text["Stuck/sequential in Go"])
	require.Equal(t, "in 5 of 10 rounds", text["Stuck/sequential in CPython"])
	require.Equal(t, "2.00 MB", text["Held, bytes/sequential in Go"])
	require.NotContains(t, bare(t, in), `id="counting/metric`, "no figure each")
}

// Every number that was measured is printed, and how sure it is.
func TestEveryRatioIsPrinted(t *testing.T) {
	w := newWorld(t)
	w.rounds = 3
	in := w.input()
	for _, p := range in.Summary.Pairs {
		for _, g := range p.Groups {
			for _, r := range g.Rows {
				if r.SpeedUp.N > 0 {
					require.Contains(t, bare(t, in), "<strong>"+times.value(r.SpeedUp)+"</strong> <small> "+r.Grade.String()+"</small>")
				}
			}
		}
	}
}
