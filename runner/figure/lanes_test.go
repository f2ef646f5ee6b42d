package figure

import (
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
)

func TestAPanelShowsWhatWasSampled(t *testing.T) {
	s := model.Samples{
		AtNS:  []int64{0, 10e6, 40e6}, // the first ends as the work begins
		Own:   [][]float64{{0.9, 1, 0.5}, {0, 0, 0.25}},
		Other: [][]float64{{0, 0, 0.75}, {0, 1, 0}},
	}
	p := NewPanel(s, 0.041)
	require.Equal(t, []float64{0, 0.01, 0.04}, p.Edges)
	require.Equal(t, [][]float64{{1, 0.5}, {0, 0.25}}, p.Own)
	require.Equal(t, [][]float64{{0, 0.5}, {1, 0}}, p.Other, "a core is never more than full")
	require.InDelta(t, (1*0.01+0.75*0.03)/0.04, p.Used(p.Own), 1e-9)

	require.NotEmpty(t, NewPanel(model.Samples{}, 0.001).Empty)
	require.NotEmpty(t, NewPanel(model.Samples{AtNS: []int64{0}, Own: [][]float64{{1}}}, 0.001).Empty)
}

// A long trial is drawn in few steps, and by what it did in all of them.
func TestAPanelIsBounded(t *testing.T) {
	var s model.Samples
	s.Own, s.Other = make([][]float64, 100), make([][]float64, 100)
	for i := range 100_000 {
		s.AtNS = append(s.AtNS, int64(i+1)*1e6)
		for core := range s.Own {
			busy := 0.0
			if core == 77 {
				busy = float64(i % 2)
			}
			s.Own[core] = append(s.Own[core], busy)
			s.Other[core] = append(s.Other[core], 0)
		}
	}
	p := NewPanel(s, 100)
	require.Len(t, p.Edges, mostSteps+1)
	require.Len(t, p.core, mostLanes)
	require.Contains(t, p.core, 77)
	require.InDelta(t, 0.5, p.Used(p.Own), 0.001)
	require.InDelta(t, 100, p.Edges[mostSteps], 1e-9)
}
