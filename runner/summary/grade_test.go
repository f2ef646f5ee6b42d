package summary

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
	"tandem/runner/stats"
)

func TestGrade(t *testing.T) {
	six := []float64{1.4, 1.5, 1.5, 1.6, 1.6, 1.7}
	above := model.Estimate{Value: 1.5, Lo: 1.4, Hi: 1.7, N: 6, Interval: true}
	for _, row := range []struct {
		name string
		c    Comparison
		want model.Grade
	}{
		{"the interval is on one side", Comparison{Estimate: above, Rounds: six}, model.Shown},
		{"others may have put it there", Comparison{Estimate: above, Rounds: six, Bias: Raised}, model.Likely},
		{"others cannot have put it there", Comparison{Estimate: above, Rounds: six, Bias: Lowered}, model.Shown},
		{"it is within what counts as no difference", Comparison{Estimate: model.Estimate{Value: 1, Lo: 0.98, Hi: 1.03, N: 6, Interval: true}, Rounds: []float64{0.98, 1, 1, 1, 1, 1.03}}, model.Shown},
		{"it reaches over a limit", Comparison{Estimate: model.Estimate{Value: 1.1, Lo: 0.98, Hi: 1.3, N: 6, Interval: true}, Rounds: []float64{0.98, 1, 1.1, 1.1, 1.2, 1.3}}, model.Open},
		{"few rounds that agree", Comparison{Estimate: model.Estimate{Value: 1.5, N: 4}, Rounds: six[:4], Doubt: "4 rounds"}, model.Likely},
		{"few rounds that do not", Comparison{Estimate: model.Estimate{Value: 1.5, N: 4}, Rounds: []float64{1.5, 1.6, 1.5, 1}, Doubt: "4 rounds"}, model.Open},
		{"fewer", Comparison{Estimate: model.Estimate{Value: 1.5, N: 3}, Rounds: six[:3], Doubt: "3 rounds"}, model.Open},
		{"the rest of those that failed", Comparison{Estimate: above, Rounds: six, Doubt: "2 failed", Selected: true}, model.Open},
		{"nothing", Comparison{}, model.Open},
	} {
		require.Equal(t, row.want, row.c.Grade(0.9, 1.1), row.name)
	}
}

// Where there is no difference, one is seldom said to be shown, and no more often
// than one in ten times to be likely.
func TestGradesHoldInSimulation(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	for _, rounds := range []int{4, 5, 6, 10, 20} {
		const runs = 2000
		wrong := map[model.Grade]int{}
		for range runs {
			a, b, each := make([]float64, rounds), make([]float64, rounds), make([]float64, rounds)
			for i := range a {
				a[i], b[i] = math.Exp(rng.NormFloat64()*0.2), math.Exp(rng.NormFloat64()*0.2)
				each[i] = a[i] / b[i]
			}
			c := Comparison{Estimate: stats.Ratio(a, b), Rounds: each}
			if rounds < model.MinRounds {
				c.Doubt = "too few"
			}
			grade := c.Grade(1/1.1, 1.1)
			if e := c.Estimate; !e.Interval || e.Lo > 1.1 || e.Hi < 1/1.1 { // on a side on which nothing is
				wrong[grade]++
			}
		}
		require.LessOrEqual(t, float64(wrong[model.Shown])/runs, 0.05, "%d rounds", rounds)
		require.LessOrEqual(t, float64(wrong[model.Likely])/runs, 0.1, "%d rounds", rounds)
	}
}
