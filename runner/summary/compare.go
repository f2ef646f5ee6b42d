package summary

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tandem/runner/stats"
	"tandem/runner/store"
)

// Value is one of a trial's quantities, in the units of catalog.Quantities, or
// for "metric:name" the trial's own metric. It is false where the trial has
// none of that name.
func Value(t *store.Trial, quantity string) (float64, bool) {
	switch quantity {
	case "wall":
		return seconds(t.WallNS), true
	case "startup":
		return seconds(t.StartupNS), true
	case "cpu":
		return seconds(t.CPUUserNS + t.CPUSysNS), true
	case "parallelism":
		return t.Parallelism, true
	case "peak_rss":
		return float64(t.PeakRSSBytes), true
	case "peak_threads":
		return float64(t.PeakThreads), true
	case "switches":
		return float64(t.CtxVoluntary + t.CtxInvoluntary), true
	}
	name, ok := strings.CutPrefix(quantity, "metric:")
	if !ok {
		return 0, false
	}
	v, ok := t.Metrics[name]
	return v, ok
}

// A Comparison is a quantity of one row, or the ratio of two rows' paired by
// round, with what stands against reading it.
type Comparison struct {
	// Estimate rests on the unspoiled rounds where there are enough of them
	// (stats.MinRounds), else on All. N == 0: not measured.
	Estimate stats.Estimate
	All      stats.Estimate // over every round that was ok
	// Doubt says why it must not decide anything, empty where it may;
	// Decide says what would, where that is known.
	Doubt, Decide string
}

// Measure is a quantity of one row.
func Measure(quantity string, of *Row) Comparison { return Compare(of, quantity, nil, "") }

// Compare is the ratio of a quantity of one row to a quantity, most often the
// same, of another, in the rounds that have both. With no other row it is
// Measure.
func Compare(of *Row, quantity string, against *Row, other string) Comparison {
	var all, clean [2][]float64
	for _, a := range of.Rounds {
		x, ok := Value(a.Trial, quantity)
		b, y := a, 1.0
		if against != nil {
			var okB bool
			b, okB = against.round(a.Number)
			ok = ok && okB
			if ok {
				y, ok = Value(b.Trial, other)
			}
		}
		if !ok {
			continue
		}
		all[0], all[1] = append(all[0], x), append(all[1], y)
		if !a.Spoiled && !b.Spoiled {
			clean[0], clean[1] = append(clean[0], x), append(clean[1], y)
		}
	}
	estimate := func(values [2][]float64) stats.Estimate {
		if against == nil {
			return stats.Median(values[0])
		}
		return stats.Ratio(values[0], values[1])
	}
	var c Comparison
	rounds, undisturbed := len(all[0]), len(clean[0])
	if rounds == 0 {
		c.Doubt = absent(of, quantity, against, other)
		return c
	}
	c.All = estimate(all)
	c.Estimate = c.All
	if undisturbed >= stats.MinRounds {
		c.Estimate = estimate(clean)
	}
	failed := of
	if against != nil && against.Failed() > 0 {
		failed = against
	}
	switch {
	case failed.Failed() > 0:
		// Those that finished before a deadline are the fast ones.
		c.Doubt = fmt.Sprintf("%d of %s of %s failed and the rest are a selection", failed.Failed(), count(failed.trials(), "trial"), failed.Variant)
		c.Decide = "a run in which all finish would decide"
	case c.Estimate.N == 0:
		c.Doubt = c.Estimate.Warnings[0]
	case rounds < stats.MinRounds:
		c.Doubt = count(rounds, "round")
		c.Decide = fmt.Sprintf("%d or more would decide (--rounds)", stats.MinRounds)
	case undisturbed < stats.MinRounds:
		c.Doubt = fmt.Sprintf("%d of %s undisturbed", undisturbed, count(rounds, "round"))
		c.Decide = fmt.Sprintf("%d or more would decide: stop what else runs here, or add rounds (--rounds)", stats.MinRounds)
	}
	return c
}

// absent says why no round has a quantity of one row or of both.
func absent(of *Row, quantity string, against *Row, other string) string {
	if against == nil {
		if len(of.Rounds) == 0 {
			return fmt.Sprintf("%s did not finish in any round", of.Variant)
		}
		return fmt.Sprintf("no trial of %s reported %s", of.Variant, strings.TrimPrefix(quantity, "metric:"))
	}
	metric, isMetric := strings.CutPrefix(quantity, "metric:")
	if !isMetric {
		metric, isMetric = strings.CutPrefix(other, "metric:")
	}
	if isMetric && len(of.Rounds) > 0 && len(against.Rounds) > 0 {
		return fmt.Sprintf("there is no round in which both %s and %s reported %s", of.Variant, against.Variant, metric)
	}
	return fmt.Sprintf("there is no round in which both %s and %s finished", of.Variant, against.Variant)
}

func (r *Row) round(number int) (Round, bool) {
	i, ok := slices.BinarySearchFunc(r.Rounds, number, func(o Round, n int) int { return cmp.Compare(o.Number, n) })
	if !ok {
		return Round{}, false
	}
	return r.Rounds[i], true
}

// Failed counts the trials that were the variant's own fault: not those that
// the user stopped, nor those that cannot run here.
func (r *Row) Failed() int {
	return r.Status[store.Timeout] + r.Status[store.Crashed] + r.Status[store.WrongAnswer]
}

// trials counts all measured trials, however they ended.
func (r *Row) trials() int {
	n := 0
	for _, ended := range r.Status {
		n += ended
	}
	return n
}

// compare sets the row's speed-up over the baseline: the baseline's time over
// the row's.
func (r *Row) compare(base *Row) {
	c := Compare(base, "wall", r, "wall")
	r.SpeedUp = c.Estimate
	// Disturbed rounds must not decide, either way: the verdict has to be
	// the same with and without them.
	with, without := stats.Different(c.All, 0), stats.Different(c.Estimate, 0)
	if c.Doubt == "" && with != without {
		c.Doubt = fmt.Sprintf("over all rounds the verdict is %s, over the undisturbed ones %s", with, without)
		c.Decide = "more rounds on a quieter machine would decide"
	}
	switch {
	case c.Doubt != "" && c.Decide != "":
		r.Spoiled = fmt.Sprintf("inconclusive: %s; %s", c.Doubt, c.Decide)
	case c.Doubt != "":
		r.Spoiled = "inconclusive: " + c.Doubt
	}
}
