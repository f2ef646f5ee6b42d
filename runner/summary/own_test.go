package summary

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/catalog"
	"tandem/runner/command"
	"tandem/runner/model"
)

// commands is a pair of the user's.
func commands(t *testing.T, more string) *catalog.Pair {
	p, err := catalog.ParseOwn("p", "/p", more+`
[[param]]
name = "n"
values = [1, 2]
[[variant]]
language = "sh"
name = "a"
command = ["a", "{n}"]
[[variant]]
language = "sh"
name = "b"
command = ["b", "{n}"]
`)
	require.NoError(t, err)
	return p
}

// ran summarises what the cells of a and b, at n = 1 and 2, did in some rounds.
func ran(p *catalog.Pair, rounds int, change func(variant string, n int64, t *model.Trial)) Pair {
	m := model.Manifest{Runtimes: []model.Runtime{{ID: "sh", Side: "sh", Implementation: model.Command}}, Machine: model.Machine{Cores: 2}}
	var trials []model.Trial
	for _, n := range []int64{1, 2} {
		for _, variant := range []string{"a", "b"} {
			c := model.Cell{Pair: p.ID, Side: "sh", Variant: variant, Runtime: "sh", Params: map[string]any{"n": n}}
			m.Plan = append(m.Plan, c)
			for round := range rounds {
				o := model.Trial{Pair: p.ID, Side: "sh", Variant: variant, Runtime: "sh", Params: c.Params, Round: round + 1, Status: model.OK, Answer: "1", WallNS: int64(time.Second) + int64(round)}
				change(variant, n, &o)
				trials = append(trials, o)
			}
		}
	}
	return Of(m, trials, []*catalog.Pair{p}).Pairs[0]
}

func wrong(p Pair) (all []string) {
	for _, row := range p.Groups[0].Rows {
		if row.Status[model.WrongAnswer] > 0 {
			all = append(all, row.Variant)
		}
	}
	return all
}

// The first of two commands knows no more than the second; who is said to know
// does, and who says nothing does not.
func TestCommandsHaveNoJudgeUntilOneIsNamed(t *testing.T) {
	differ := func(variant string, _ int64, o *model.Trial) { o.Answer = variant }
	require.Equal(t, []string{"a", "b"}, wrong(ran(commands(t, ""), 1, differ)))
	require.Equal(t, []string{"a"}, wrong(ran(commands(t, `answer = { reference = "b" }`), 1, differ)))
	require.Equal(t, []string{"b"}, wrong(ran(commands(t, `answer = { reference = "sh/a" }`), 1, differ)))
	silent := func(variant string, _ int64, o *model.Trial) {
		if variant == "a" {
			o.Answer = ""
		}
	}
	require.Equal(t, []string{"a"}, wrong(ran(commands(t, ""), 1, silent)))
	require.Equal(t, []string{"a"}, wrong(ran(commands(t, `answer = { reference = "a" }`), 1, silent)))
	require.Empty(t, wrong(ran(commands(t, ""), 1, func(_ string, _ int64, o *model.Trial) { o.Answer = "" })))

	rounds := ran(commands(t, ""), 3, func(_ string, _ int64, o *model.Trial) { o.Answer = o.StartedAt.String() + string(rune('0'+o.Round)) })
	require.Contains(t, rounds.Groups[0].Rows[0].Why[0], "say which part of what it prints counts")
}

// A swept parameter that changes nothing is most often a mistake.
func TestSweptInVain(t *testing.T) {
	const note = "n changed neither the answer nor, as far as can be seen, the time of any variant: does the program read it?"
	p := commands(t, "")
	none := func(string, int64, *model.Trial) {}
	require.Equal(t, []string{note}, ran(p, model.MinRounds, none).Warnings)
	require.Empty(t, ran(p, model.MinRounds-1, none).Warnings, "too few rounds to tell")
	require.Empty(t, ran(p, model.MinRounds, func(variant string, n int64, o *model.Trial) {
		if variant == "b" && n == 2 {
			o.WallNS *= 2
		}
	}).Warnings)
	require.Empty(t, ran(p, model.MinRounds, func(_ string, n int64, o *model.Trial) { o.Answer = string(rune('0' + n)) }).Warnings)
}

func TestEndedBeforeItsTree(t *testing.T) {
	s := ran(commands(t, ""), 1, func(variant string, n int64, o *model.Trial) {
		if variant == "b" {
			o.Metrics = map[string]float64{command.Left: float64(n)}
		}
	})
	require.Equal(t, []string{
		"sh/b ended before its tree: 1 process that it had started still ran, whose time is not in its own",
		"sh/b ended before its tree: 2 processes that it had started still ran, whose time is not in its own",
	}, s.Warnings)
}

// What did not survive the warm-up was not tried again, and has failed.
func TestAFailedWarmUpCounts(t *testing.T) {
	p := commands(t, "")
	m := model.Manifest{Plan: []model.Cell{{Pair: p.ID, Side: "sh", Variant: "a", Runtime: "sh", Params: map[string]any{"n": int64(1)}}}}
	late := model.Trial{Pair: p.ID, Side: "sh", Variant: "a", Runtime: "sh", Params: m.Plan[0].Params, Status: model.Timeout, Message: "too late"}
	row := Of(m, []model.Trial{late}, []*catalog.Pair{p}).Pairs[0].Groups[0].Rows[0]
	require.Equal(t, 1, row.Failed())
	require.Equal(t, []string{"too late"}, row.Why)
}

// The whole is the work and what came before it.
func TestWhole(t *testing.T) {
	s := ran(commands(t, ""), 1, func(_ string, _ int64, o *model.Trial) { o.StartupNS = int64(time.Second) })
	require.InDelta(t, 2, s.Groups[0].Rows[0].Whole.Value, 1e-6)
	require.InDelta(t, 1, s.Groups[0].Rows[0].Startup.Value, 1e-6)
}
