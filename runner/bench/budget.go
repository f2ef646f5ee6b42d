package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"text/tabwriter"

	"tandem/runner/model"
	"tandem/runner/stats"
)

// A budget bounds one row, on its own or against another row of the same
// rounds: less is for differences, over for ratios. Without a bound, these are
// only shown.
type budget struct {
	who        string
	less, over string
	atLeast    float64 // 0: no such bound
	atMost     float64
}

// The verdicts on a budget.
const (
	met          = "met"
	missed       = "MISSED"
	inconclusive = "inconclusive" // the interval holds the bound
)

func (g budget) String() string {
	switch {
	case g.less != "":
		return g.who + " less " + g.less
	case g.over != "":
		return g.who + " over " + g.over
	}
	return g.who
}

func (g budget) bounds() string {
	switch {
	case g.atLeast > 0 && g.atMost > 0:
		return number(g.atLeast) + " to " + number(g.atMost)
	case g.atLeast > 0:
		return "at least " + number(g.atLeast)
	}
	return "at most " + number(g.atMost)
}

// estimate is the median over the rounds of what is bounded. Differences and
// ratios are those within a round, so that drift of the machine cancels.
func (g budget) estimate(who, other []float64) model.Estimate {
	switch {
	case g.less != "":
		differences := make([]float64, len(who))
		for i := range who {
			differences[i] = who[i] - other[i]
		}
		return stats.Median(differences)
	case g.over != "":
		return stats.Ratio(who, other)
	}
	return stats.Median(who)
}

// judge says whether a budget is met. Only a whole interval, of quiet rounds,
// can miss it: on a noisy machine slowness proves nothing, speed does.
func (g budget) judge(e model.Estimate, exact, noisy bool) string {
	lo, hi := e.Lo, e.Hi
	if !e.Interval {
		lo, hi = e.Value, e.Value
	}
	least, most := math.Inf(-1), math.Inf(1)
	if g.atLeast > 0 {
		least = g.atLeast
	}
	if g.atMost > 0 {
		most = g.atMost
	}
	verdict := inconclusive
	switch {
	case lo >= least && hi <= most:
		verdict = met
	case hi < least || lo > most:
		verdict = missed
	}
	switch {
	case exact:
	case !e.Interval && verdict == missed:
		return inconclusive + " (too few rounds)"
	case noisy && verdict != met:
		return inconclusive + " (noisy machine)"
	}
	return verdict
}

// print writes the table: each row, beside its budget where it has one, and
// then the budgets that compare two.
func (b *bench) print() (anyMissed bool, err error) {
	if len(b.rows) == 0 {
		return false, nil
	}
	table := tabwriter.NewWriter(b.out, 0, 0, 2, ' ', 0)
	line := func(g budget, bounded bool) {
		who, other := b.row(g.who), &row{}
		if name := g.less + g.over; name != "" {
			other = b.row(name)
		}
		if why := who.missing + other.missing; why != "" {
			fmt.Fprintf(table, "  %s\t-\t\t\tnot measured: %s\n", g, why)
			return
		}
		unit := who.unit
		if g.over != "" {
			unit = "x"
		}
		e := g.estimate(b.noise.pick(who.values), b.noise.pick(other.values))
		bounds, verdict := "", ""
		if bounded {
			bounds, verdict = g.bounds(), g.judge(e, b.rounds == 0, b.noise.noisy())
		}
		anyMissed = anyMissed || verdict == missed
		fmt.Fprintf(table, "  %s\t%s %s\t%s\t%s\t%s\n", g, number(e.Value), unit, interval(e), bounds, verdict)
	}
	for _, r := range b.rows {
		i := slices.IndexFunc(b.budgets, func(g budget) bool { return g.String() == r.name })
		if i < 0 {
			line(budget{who: r.name}, false)
		} else {
			line(b.budgets[i], true)
		}
	}
	for _, g := range b.budgets {
		if g.String() != g.who {
			line(g, g.atLeast > 0 || g.atMost > 0)
		}
	}
	if err := table.Flush(); err != nil {
		return anyMissed, err
	}
	b.printNoise()
	return anyMissed, nil
}

// printNoise says how much the figures can be trusted.
func (b *bench) printNoise() {
	if b.rounds == 0 {
		return
	}
	basis := ""
	if b.noise.noisy() {
		basis = ": too few, so all of them count"
	}
	fmt.Fprintf(b.out, "  %s, %d of them quiet%s; others used %s cores before a turn\n",
		plural(len(b.noise.quiet), "round"), b.noise.calm(), basis, number(stats.Median(b.noise.foreign).Value))
}

func interval(e model.Estimate) string {
	if !e.Interval {
		return ""
	}
	return "[" + number(e.Lo) + ", " + number(e.Hi) + "]"
}

// number writes three digits that count, and all of those before the point.
func number(v float64) string {
	digits := 0
	if v != 0 {
		digits = min(max(0, 2-int(math.Floor(math.Log10(math.Abs(v))))), 4)
	}
	text := fmt.Sprintf("%.*f", digits, v)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
