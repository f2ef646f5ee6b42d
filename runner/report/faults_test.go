package report

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/figure"
	"tandem/runner/format"
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
	lone := func(name string) map[string]bool { // whether it is drawn across
		out := map[string]bool{}
		for _, s := range figureOf(t, in, name).Art.(*figure.Curves).Lines {
			if len(s.Points) == 1 {
				out[s.Label] = s.Constant
			}
		}
		return out
	}
	require.Equal(t, map[string]bool{"sequential": true}, lone("time"), "it does not read workers")
	drawn, there := lone("speedup")["goroutines"]
	require.True(t, there)
	require.False(t, drawn)
}

// All cores are more than one, though they are asked for by 0.
func TestZeroForAllStandsLast(t *testing.T) {
	w := newWorld(t)
	w.only = "counting"
	w.pair(t, "counting").Param("workers").Doc = "chunks; 0: all cores, as many as there are"
	w.sweep = map[string][]any{"workers": {int64(1), int64(0), int64(2)}}
	in := w.input()
	art := figureOf(t, in, "time").Art.(*figure.Curves)
	require.Equal(t, []string{"1", "2", "all cores"}, art.Labels)
	require.Equal(t, []float64{1, 2, 3}, art.Xs)
	for _, c := range art.Lines {
		if c.Label == "goroutines" && c.Panel == "Go 1.26.8" {
			require.Equal(t, figure.Point{At: 2, Est: in.Summary.Pairs[0].Groups[1].Rows[1].Wall}, c.Points[2])
		}
	}
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
	all := tableOf(in, "What the variants measure and count themselves")
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
					require.Contains(t, bare(t, in), "<strong>"+format.Times.Value(r.SpeedUp)+"</strong> <small> "+r.Grade.String()+"</small>")
				}
			}
		}
	}
}
