package plan

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

var (
	goRuntime = model.Runtime{ID: "go1", Side: catalog.Go}
	oldPython = model.Runtime{ID: "cpython-3.9", Side: catalog.Python}
	newPython = model.Runtime{ID: "cpython-3.13", Side: catalog.Python}
)

func selection(t *testing.T, set ...string) Selection {
	t.Helper()
	pairs, err := catalog.All(os.DirFS("../catalog"))
	require.NoError(t, err)
	for _, p := range pairs {
		if p.ID == "counting" {
			return Selection{Pairs: []*catalog.Pair{p}, Profile: catalog.Quick, Runtimes: []model.Runtime{goRuntime, newPython}, Set: set}
		}
	}
	t.Fatal("no pair counting")
	return Selection{}
}

func names(cells []model.Cell) (all []string) {
	for _, c := range cells {
		all = append(all, c.Side+"/"+c.Variant+" "+model.ParamsKey(c.Params))
	}
	return all
}

func TestBuildRunsEveryVariantOnce(t *testing.T) {
	s := selection(t, "n=100")
	s.Profile = catalog.Paper
	cells, err := Build(s)
	require.NoError(t, err)
	require.Len(t, cells, len(s.Pairs[0].Variants))
}

func TestBuildSweepsButNotWhatAVariantDoesNotRead(t *testing.T) {
	s := selection(t, "n=100", "workers=1,2,4")
	s.Variants = []string{"sequential", "goroutines"}
	s.Sides = []string{catalog.Go}
	cells, err := Build(s)
	require.NoError(t, err)
	require.Equal(t, []string{
		"go/sequential n=100",
		"go/goroutines n=100 workers=1",
		"go/goroutines n=100 workers=2",
		"go/goroutines n=100 workers=4",
	}, names(cells))
}

// A profile may sweep too, and a side may have values of its own; what the
// user sets holds for both.
func TestBuildSweepsWithTheProfile(t *testing.T) {
	n := catalog.Param{
		Name: "n", Type: "int", Quick: []any{int64(1), int64(2)}, Paper: int64(40),
		Override: map[string]*catalog.Override{catalog.Python: {Paper: []any{int64(20), int64(30)}}},
	}
	s := Selection{
		Pairs: []*catalog.Pair{{ID: "p", Params: []catalog.Param{n}, Variants: []catalog.Variant{
			{Side: catalog.Go, Name: "v"}, {Side: catalog.Python, Name: "v"},
		}}},
		Runtimes: []model.Runtime{goRuntime, newPython},
	}
	for _, test := range []struct {
		profile string
		set     []string
		want    []string
	}{
		{catalog.Quick, nil, []string{"go/v n=1", "python/v n=1", "go/v n=2", "python/v n=2"}},
		{catalog.Paper, nil, []string{"go/v n=40", "python/v n=20", "python/v n=30"}},
		{catalog.Paper, []string{"n=7"}, []string{"go/v n=7", "python/v n=7"}},
	} {
		s.Profile, s.Set = test.profile, test.set
		cells, err := Build(s)
		require.NoError(t, err)
		require.Equal(t, test.want, names(cells))
	}
}

// A cell of its own stands beside the sweep, also of a variant that the profile
// leaves out, unless the user says where to measure.
func TestBuildAddsCellsOfTheirOwn(t *testing.T) {
	n := catalog.Param{Name: "n", Type: "int", Quick: []any{int64(1), int64(2)}, Paper: int64(40)}
	k := catalog.Param{Name: "k", Type: "int", Quick: int64(3), Paper: int64(4)}
	s := Selection{
		Pairs: []*catalog.Pair{{ID: "p", Params: []catalog.Param{n, k},
			Variants: []catalog.Variant{
				{Side: catalog.Go, Name: "v", Reads: []string{"n"}}, {Side: catalog.Go, Name: "w", Profiles: []string{catalog.Paper}},
			},
			Cells: []catalog.Cell{
				{Variants: []string{"go/w", "go/v"}, At: map[string]any{"n": int64(7)}, Profiles: []string{catalog.Quick}},
				{Variants: []string{"go/v"}, At: map[string]any{"n": int64(1)}}, // the sweep has it
			}}},
		Runtimes: []model.Runtime{goRuntime, newPython},
	}
	for _, test := range []struct {
		profile       string
		set, variants []string
		want          []string
	}{
		{catalog.Quick, nil, nil, []string{"go/v n=1", "go/v n=2", "beside go/w k=3 n=7", "beside go/v n=7"}},
		{catalog.Quick, nil, []string{"v"}, []string{"go/v n=1", "go/v n=2", "beside go/v n=7"}},
		{catalog.Quick, []string{"k=5"}, nil, []string{"go/v n=1", "go/v n=2"}},
		{catalog.Paper, nil, nil, []string{"go/v n=40", "go/w k=4 n=40", "beside go/v n=1"}},
	} {
		s.Profile, s.Set, s.Variants = test.profile, test.set, test.variants
		cells, err := Build(s)
		require.NoError(t, err)
		got := names(cells)
		for i, c := range cells {
			if c.Beside {
				got[i] = "beside " + got[i]
			}
		}
		require.Equal(t, test.want, got)
	}
}

func TestBuildRunsEachPython(t *testing.T) {
	s := selection(t)
	s.Runtimes = []model.Runtime{oldPython, newPython}
	s.Variants = []string{"threads"}
	cells, err := Build(s)
	require.NoError(t, err)
	require.Equal(t, "cpython-3.9", cells[0].Runtime)
	require.Equal(t, "cpython-3.13", cells[1].Runtime)
	require.Len(t, cells, 2)
}

func TestBuildNamesTheMistake(t *testing.T) {
	for set, says := range map[string]string{
		"workers=0":   `pair counting: parameter workers: "0" is below the least, 1`,
		"n=-1":        `parameter n: "-1" is below the least, 0`,
		"workers=1,x": `parameter workers: "x" is no whole number`,
		"speed=1":     `unknown parameter "speed"; there are n, start, workers`,
		"workers":     `parameter "workers": write it as name=value`,
		"workers=":    `parameter "workers=": write it as name=value`,
	} {
		_, err := Build(selection(t, set))
		require.ErrorContains(t, err, says)
	}
	_, err := Build(selection(t, "n=1", "n=2"))
	require.ErrorContains(t, err, "parameter n stands there twice")

	s := selection(t)
	s.Variants = []string{"fibers"}
	_, err = Build(s)
	require.ErrorContains(t, err, `unknown variant "fibers"; there are executor-processes, `)

	s = selection(t)
	s.Sides, s.Variants = []string{catalog.Go}, []string{"threads"}
	_, err = Build(s)
	require.ErrorContains(t, err, `unknown variant "threads"; there are goroutines, sequential, worker-pool`)

	s = selection(t)
	s.Profile = "slow"
	_, err = Build(s)
	require.ErrorContains(t, err, `unknown profile "slow"; there are quick and paper`)
}
