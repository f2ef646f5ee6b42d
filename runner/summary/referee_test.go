package summary

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

// Who is right among variants that answer differently.
func TestReferee(t *testing.T) {
	p := params{"n": int64(100), "workers": int64(2)}
	cells := []model.Cell{
		cellOf("go", "goroutines", goRuntime, p), // what runs first is no more right than others
		cellOf("go", "sequential", goRuntime, params{"n": int64(100)}),
		cellOf("python", "sequential", newPython, params{"n": int64(100)}),
		cellOf("python", "threads", newPython, p),
		cellOf("python", "processes", newPython, p),
	}
	for _, test := range []struct {
		why      string
		expect   string
		answers  [5]string // of the cells, a letter a round
		wrong    [5]int    // trials
		message  string    // of the first of them
		warnings []string
	}{
		{"all agree", "", [5]string{"aa", "aa", "aa", "aa", "aa"}, [5]int{}, "", nil},
		{"the baselines' answer counts", "", [5]string{"bb", "aa", "aa", "bb", "bb"}, [5]int{2, 0, 0, 2, 2},
			`answered "b", but sequential says "a"`, nil},
		{"where they are not of one mind, that of the most", "", [5]string{"aa", "bb", "aa", "aa", "aa"}, [5]int{0, 2, 0, 0, 0},
			`answered "b", but the majority says "a"`, nil},
		{"nobody has a majority", "", [5]string{"aa", "aa", "bb", "bb", "cc"}, [5]int{2, 2, 2, 2, 2},
			`answered "a"; the variants give different answers and none of them has a majority`, nil},
		{"one does not agree with itself", "", [5]string{"aa", "aa", "aa", "ab", "aa"}, [5]int{0, 0, 0, 1, 0},
			`answered "b", but sequential says "a"`, []string{"python/threads (cpython-3.13.0) gave 2 different answers"}},
		{"a lossy one before four that are right", "", [5]string{"bc", "aa", "aa", "aa", "aa"}, [5]int{2, 0, 0, 0, 0},
			`answered "b", but sequential says "a"`, []string{"go/goroutines (go1.26.0) gave 2 different answers"}},
		{"the catalog says it: each trial is judged as it ends", "a", [5]string{"bb", "aa", "aa", "aa", "aa"}, [5]int{}, "", nil},
	} {
		t.Run(test.why, func(t *testing.T) {
			pair := *counting
			pair.Expect = test.expect
			var trials []model.Trial
			for i, answers := range test.answers {
				for round, answer := range answers {
					tr := ok(cells[i], round+1, time.Second)
					tr.Answer = string(answer)
					trials = append(trials, tr)
				}
			}
			s := Of(manifest(cells...), trials, []*catalog.Pair{&pair})
			require.Equal(t, test.warnings, s.Pairs[0].Warnings)
			var wrong [5]int
			var message string
			for _, row := range s.Pairs[0].Groups[0].Rows {
				for i, c := range cells {
					if row.Side == c.Side && row.Variant == c.Variant {
						wrong[i] = row.Status[model.WrongAnswer]
					}
				}
				if message == "" && len(row.Why) > 0 {
					message = row.Why[0]
				}
			}
			require.Equal(t, test.wrong, wrong)
			require.Equal(t, test.message, message)
		})
	}
}
