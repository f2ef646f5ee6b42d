package claims

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/summary"
)

// Each claim needs as narrow an interval as its margin asks for; what is exact
// needs none, and what was not measured is waited for no longer.
func TestNeeds(t *testing.T) {
	p := load(t, claim(longer)+`
[[claim]]
id = "P2"
says = "."
test = [
  { measure = "metric:same", of = "python/one", is = "equal", bound = 5, exact = true },
  { measure = "wall", of = "go/many", is = "below", bound = 2, margin = 0 },
  { measure = "wall", of = "go/many", at = { workers = 8 }, is = "below", bound = 2 },
]`)
	cell := func(side, variant, runtime string) model.Cell {
		params := map[string]any{"n": int64(10)}
		if variant == "many" {
			params["workers"] = int64(2)
		}
		return model.Cell{Pair: "p", Side: side, Variant: variant, Runtime: runtime, Params: params}
	}
	pyMany, pyOne, goMany := cell("python", "many", py313.ID), cell("python", "one", py313.ID), cell("go", "many", golang.ID)
	m := model.Manifest{Runtimes: []model.Runtime{golang, py313}, Plan: []model.Cell{pyMany, pyOne, goMany}}
	var trials []model.Trial
	for round := 1; round <= 6; round++ {
		for i, c := range m.Plan {
			trials = append(trials, model.Trial{
				Pair: "p", Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params, Round: round, Status: model.OK,
				Answer: "10", WallNS: int64(1e9 + i*round*3e7), Metrics: map[string]float64{"same": 5},
			})
		}
	}
	needs := func(trials []model.Trial) (widths []float64, cells [][]model.Cell, met []bool) {
		s := summary.Of(m, trials, []*catalog.Pair{p})
		for _, n := range Needs(m, &s.Pairs[0], p, 0.07) {
			widths, cells, met = append(widths, n.Width), append(cells, n.Cells), append(met, n.Met())
		}
		return widths, cells, met
	}
	widths, cells, met := needs(trials)
	require.Equal(t, []float64{0.05, 0.07}, widths)
	require.Equal(t, [][]model.Cell{{pyMany, pyOne}, {goMany}}, cells)
	require.Equal(t, []bool{false, false}, met)
	_, _, met = needs(nil)
	require.Equal(t, []bool{true, true}, met)
}
