package claims

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/summary"
)

// The quick profile reaches every claim that a laptop can decide, every contrast
// of an answer, and what decides each prediction. What is left needs a privilege
// and gigabytes (F4), another interpreter (P8, P8b), or a million goroutines (P22b).
func TestTheQuickProfileReachesEveryClaim(t *testing.T) {
	pairs, err := catalog.All(os.DirFS("../catalog"))
	require.NoError(t, err)
	m := model.Manifest{Profile: catalog.Quick, Machine: model.Machine{Cores: 2}, Runtimes: []model.Runtime{
		{ID: "go1", Side: catalog.Go, Implementation: "gc", Version: "1.26.0"},
		{ID: "py", Side: catalog.Python, Implementation: "cpython", Version: "3.11.0", GIL: true},
	}}
	m.Plan, err = plan.Build(plan.Selection{Pairs: pairs, Profile: catalog.Quick, Runtimes: m.Runtimes})
	require.NoError(t, err)
	s := summary.Of(m, nil, pairs)
	var unreached []string
	for _, j := range Judge(m, s, pairs) {
		if strings.Contains(j.Why, "this run has") {
			unreached = append(unreached, j.ID)
		}
	}
	require.ElementsMatch(t, []string{"F4", "P8", "P8b", "P22b"}, unreached)
	for i, p := range pairs {
		require.NotEmpty(t, p.Predict.Bounds, "%s: no number decides its prediction", p.ID)
		for k, c := range append(slices.Clone(p.Contrasts), p.Predict.About) {
			for _, r := range m.Runtimes {
				if strings.HasPrefix(c.Of, r.Side) {
					require.Empty(t, Read(m, &s.Pairs[i], p, c.Test(), r).Missing, "%s, contrast %d", p.ID, k+1)
				}
			}
		}
	}
}
