package answer

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/project"
	"tandem/runner/runtimes"
	"tandem/runner/session"
	"tandem/runner/summary"
)

func TestReply(t *testing.T) {
	choices := []string{"half as long", "as long", "twice as long"}
	decided := Outcome{First: 1, Last: 1, Here: "CPython 3.13: threads take 1.06 times as long (0.93 to 1.29)", Source: 2, Printed: "Hassanin printed 1.97x"}
	require.Equal(t, "You said: as long. So it is here. Hassanin printed 1.97x. CPython 3.13: threads take 1.06 times as long (0.93 to 1.29).", decided.Reply(choices, 1))
	require.Equal(t, "You said: twice as long, as Hassanin printed 1.97x. Here it is not: as long. CPython 3.13: threads take 1.06 times as long (0.93 to 1.29).", decided.Reply(choices, 2))
	open := Outcome{First: 1, Last: 2, Here: "Go: it stays open", Source: -1}
	require.Equal(t, "You said: twice as long. Here that stays open: as long or twice as long. Go: it stays open.", open.Reply(choices, 2))
	require.Equal(t, "You said: half as long. Here it is not: as long or twice as long. Go: it stays open.", open.Reply(choices, 0))
}

func TestVotes(t *testing.T) {
	choices := []string{"half as long", "as long", "twice as long"}
	decided := Outcome{First: 1, Last: 1, Here: "CPython 3.13: threads make no difference", Source: 2, Printed: "Hassanin printed 1.97 times the time"}
	require.Equal(t, "3 of 25 hands were right: as long. 18 said “twice as long”, as Hassanin printed 1.97 times the time. CPython 3.13: threads make no difference.", decided.Votes(choices, []int{4, 3, 18}))
	require.Empty(t, decided.Votes(choices, []int{0, 0, 0}))
	open := Outcome{First: 1, Last: 2, Here: "Go: it stays open", Source: -1}
	require.Equal(t, "21 of 25 hands may be right, for here it stays open: as long or twice as long. Go: it stays open.", open.Votes(choices, []int{4, 3, 18}))
	open.First = 0
	require.Equal(t, "Which of 25 hands are right stays open here. Go: it stays open.", open.Votes(choices, []int{4, 3, 18}))
}

func TestChoice(t *testing.T) {
	rising, falling := catalog.Predict{Bounds: []float64{0.7, 1.4}}, catalog.Predict{Bounds: []float64{0.75, 0.37}}
	require.Equal(t, []int{0, 1, 2}, []int{rising.Choice(0.5), rising.Choice(1), rising.Choice(1.97)})
	require.Equal(t, []int{0, 1, 2}, []int{falling.Choice(1), falling.Choice(0.5), falling.Choice(0.25)})
}

// Every prediction of the catalog is decided by what its programs really say.
func TestEveryPredictionIsDecided(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the programs of every pair")
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	require.NoError(t, err)
	p := project.Project{Root: root}
	pairs, err := p.Catalog()
	require.NoError(t, err)
	python, err := runtimes.Default(t.Context(), root)
	require.NoError(t, err)
	of := map[string]model.Runtime{catalog.Go: runtimes.Go(p.Path("bin", "pairs")), catalog.Python: python}
	for _, pair := range pairs {
		about := pair.Predict.About
		side, variant, _ := strings.Cut(about.Of, "/")
		variants := []string{variant}
		if _, base, ok := strings.Cut(about.Against, "/"); ok && base != variant {
			variants = append(variants, base)
		}
		run, err := session.New(t.Context(), p, session.Options{
			Plan: plan.Selection{
				Pairs: []*catalog.Pair{pair}, Profile: catalog.Quick, Sides: []string{side}, Variants: variants, Runtimes: []model.Runtime{of[side]},
			},
			Catalog: []*catalog.Pair{pair}, Folder: filepath.Join(t.TempDir(), "run"), Bounds: session.Bounds{Rounds: 1},
		}, nobody{})
		require.NoError(t, err, pair.ID)
		require.NoError(t, run.Run(t.Context()), pair.ID)
		table := summary.Of(run.Manifest(), run.Trials(), []*catalog.Pair{pair})
		o, decided := Predicted(run.Manifest(), &table.Pairs[0], pair)
		require.True(t, decided, "%s: %s %s", pair.ID, about.Of, about.Measure)
		require.Less(t, o.Last, len(pair.Predict.Choices), pair.ID)
		run.Close()
	}
}

// nobody is told how a run gets on.
type nobody struct{}

func (nobody) Pair(int, int, *catalog.Pair)                {}
func (nobody) Trial(model.Cell, int, int, []time.Duration) {}
func (nobody) Ended(*model.Trial)                          {}
func (nobody) Measured(*catalog.Pair)                      {}
func (nobody) Note(string, ...any)                         {}
