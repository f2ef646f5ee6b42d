package main

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/quiet"
)

func TestJudge(t *testing.T) {
	sure := func(lo, hi float64) model.Estimate {
		return model.Estimate{Value: (lo + hi) / 2, Lo: lo, Hi: hi, Interval: true, N: 10}
	}
	atMost, between := budget{atMost: 45}, budget{atLeast: 98, atMost: 102}
	for _, c := range []struct {
		name         string
		g            budget
		e            model.Estimate
		exact, noisy bool
		want         string
	}{
		{"below", atMost, sure(40, 44), false, false, met},
		{"far below, even below zero", atMost, sure(-9, -7), false, false, met},
		{"on the bound", atMost, sure(45, 45), false, false, met},
		{"above", atMost, sure(46, 47), false, false, missed},
		{"across", atMost, sure(44, 46), false, false, "inconclusive"},
		{"between", between, sure(99, 101), false, false, met},
		{"under both", between, sure(90, 97), false, false, missed},
		{"wider than both", between, sure(90, 110), false, false, "inconclusive"},
		{"fast on a noisy machine", atMost, sure(40, 44), false, true, met},
		{"slow on a noisy machine", atMost, sure(46, 47), false, true, "inconclusive (noisy machine)"},
		{"too few rounds, above", atMost, model.Estimate{Value: 46, N: 5}, false, false, "inconclusive (too few rounds)"},
		{"too few rounds, below", atMost, model.Estimate{Value: 44, N: 5}, false, false, met},
		{"computed", atMost, model.Estimate{Value: 46, N: 1}, true, false, missed},
	} {
		require.Equal(t, c.want, c.g.judge(c.e, c.exact, c.noisy), c.name)
	}
}

func TestEstimatesArePairedByRound(t *testing.T) {
	// The machine gets ten times slower; within a round nothing changes.
	who, other := []float64{3, 30, 6, 60, 9, 12}, []float64{2, 20, 4, 40, 6, 8}
	e := budget{over: "other"}.estimate(who, other)
	require.InDelta(t, 1.5, e.Value, 1e-9)
	require.InDelta(t, 1.5, e.Hi, 1e-9)
	e = budget{less: "other"}.estimate(who, []float64{2, 29, 5, 59, 8, 11})
	require.InDelta(t, 1, e.Value, 1e-9)
	require.InDelta(t, 1, e.Hi, 1e-9)
}

// loud is a machine on which others use a core whenever it is told so.
type loud struct {
	now  time.Duration
	busy func() bool
}

func (l *loud) Step() time.Duration { return 1 }

func (l *loud) Foreign() (time.Duration, error) {
	if l.busy() {
		l.now += time.Hour
	}
	return l.now, nil
}

func fake(rounds int) (*bench, *quiet.Gate, *loud) {
	machine := &loud{busy: func() bool { return false }}
	return &bench{rounds: rounds}, &quiet.Gate{Window: 1, Limit: 0.5, Reader: machine}, machine
}

func allCores(time.Duration) float64 { return 1e6 }

func TestEveryRoundRunsAllInADrawnOrder(t *testing.T) {
	b, gate, _ := fake(8)
	var ran []string
	for _, name := range []string{"a", "b", "c"} {
		b.candidate(name, "us", func(context.Context) (float64, error) {
			ran = append(ran, name)
			return float64(len(ran)), nil
		})
	}
	require.NoError(t, b.run(t.Context(), gate, allCores))
	var want []string
	for round := range 9 {
		for _, i := range plan.Order(3, seed, "bench", round) {
			want = append(want, string("abc"[i]))
		}
	}
	require.Equal(t, want, ran)
	require.Len(t, b.row("b").values, 8, "the first round only warms up")
	require.Equal(t, 8, b.noise.calm())
}

func TestOnceIsWithoutAWarmUp(t *testing.T) {
	for _, rounds := range []int{0, 1} {
		b, gate, _ := fake(rounds)
		times := 0
		b.candidate("a", "s", func(context.Context) (float64, error) { times++; return 1, nil })
		require.NoError(t, b.run(t.Context(), gate, allCores))
		require.Equal(t, 1, times)
	}
}

func TestNoisyRoundsAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		rounds, loud int // the first so many of the rounds are loud
		ran, count   int
		noisy        bool
	}{
		{8, 0, 8, 8, false},
		{8, 2, 8, 6, false},
		{8, 3, 9, 6, false}, // one more, to have six
		{8, 10, 16, 6, false},
		{8, 11, 16, 16, true}, // five are not enough
		{4, 1, 5, 4, false},
		{4, 8, 8, 8, true},
		{1, 1, 1, 1, true}, // too long to repeat
	} {
		b, gate, machine := fake(c.rounds)
		round := 1 // the one that comes next
		if c.rounds > 1 {
			round = 0
		}
		machine.busy = func() bool { return round <= c.loud }
		b.candidate("a", "us", func(context.Context) (float64, error) { round++; return 1, nil })
		require.NoError(t, b.run(t.Context(), gate, allCores))
		require.Len(t, b.row("a").values, c.ran, c)
		require.Len(t, b.noise.pick(b.row("a").values), c.count, c)
		require.Equal(t, c.noisy, b.noise.noisy(), c)
	}
}

func TestAMachineWithoutItsCoresIsNoisy(t *testing.T) {
	b, gate, _ := fake(6)
	b.candidate("a", "us", func(context.Context) (float64, error) { return 1, nil })
	require.NoError(t, b.run(t.Context(), gate, func(time.Duration) float64 { return 0.9 }))
	require.True(t, b.noise.noisy())
}

func TestAFailingContestantIsNamed(t *testing.T) {
	b, gate, _ := fake(3)
	b.candidate("a", "us", func(context.Context) (float64, error) { return 0, errors.New("gone") })
	require.EqualError(t, b.run(t.Context(), gate, allCores), "a: gone")
}

func TestTable(t *testing.T) {
	b, gate, _ := fake(6)
	var out bytes.Buffer
	b.out = &out
	b.candidate("floor", "us", func(context.Context) (float64, error) { return 40, nil })
	b.candidate("ours", "us", func(context.Context) (float64, error) { return 90.04, nil })
	b.candidate("share", "%", func(context.Context) (float64, error) { return 0.123456, nil })
	b.missing("theirs", exec.ErrNotFound)
	b.budget(budget{who: "ours", less: "floor", atMost: 45})
	b.budget(budget{who: "ours", over: "theirs", atMost: 1})
	b.budget(budget{who: "share", atLeast: 0.1, atMost: 0.5})
	require.NoError(t, b.run(t.Context(), gate, allCores))
	anyMissed, err := b.print()
	require.NoError(t, err)
	require.True(t, anyMissed)
	require.Equal(t, strings.TrimLeft(`
  floor             40 us    [40, 40]
  ours              90 us    [90, 90]
  share             0.123 %  [0.123, 0.123]  0.1 to 0.5  met
  theirs            -                                    not measured: executable file not found in $PATH
  ours less floor   50 us    [50, 50]        at most 45  MISSED
  ours over theirs  -                                    not measured: executable file not found in $PATH
  6 rounds, 6 of them quiet; others used 0 cores before a turn
`, "\n"), trimLines(out.String()))
}

func trimLines(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimRight(line, " \n")+"\n")
	}
	return strings.Join(lines, "")
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", 45: "45", 84.26: "84.3", 0.8765: "0.876", 1.005: "1", 0.00012: "0.0001",
		12345.6: "12346", -17.85: "-17.9", 100: "100",
	} {
		require.Equal(t, want, number(v))
	}
}

func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		stdout string // a part of it
		stderr string
	}{
		{[]string{"--list"}, 0, "spawn      starting", ""},
		{[]string{"truth", "--list"}, 0, "truth      what", ""},
		{[]string{"nothing"}, 2, "", `unknown benchmark "nothing"; there are spawn, spin`},
		{[]string{"spawn", "--rounds", "0"}, 2, "", "--rounds 0: at least one is needed"},
		{[]string{"--speed"}, 2, "", "unknown flag"},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, c.status, run(t.Context(), c.args, &stdout, &stderr), c.args)
		require.Contains(t, stdout.String(), c.stdout)
		require.Contains(t, stderr.String(), c.stderr)
	}
}
