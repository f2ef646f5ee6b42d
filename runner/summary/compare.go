package summary

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/stats"
)

// Value is one of a trial's quantities, in the units of catalog.Quantities, or
// for "metric:name" the trial's own metric. It is false where the trial has
// none of that name, or could not measure it.
func Value(t *model.Trial, quantity string) (float64, bool) {
	switch quantity {
	case "wall":
		return seconds(t.WallNS), true
	case "startup":
		return seconds(t.StartupNS), t.StartupNS > 0 // a command's is part of its work
	case "whole":
		return seconds(t.StartupNS + t.WallNS), true
	case "cpu": // the same readings as parallelism
		return seconds(t.CPUUserNS + t.CPUSysNS), !math.IsNaN(t.Parallelism)
	case "parallelism":
		return t.Parallelism, !math.IsNaN(t.Parallelism)
	case "peak_rss":
		bytes := t.PeakPSSBytes
		if bytes == 0 { // no source for it on this machine
			bytes = t.PeakRSSBytes
		}
		return float64(bytes), bytes > 0
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
	// Estimate rests on the undisturbed rounds where there are enough of them
	// (model.MinRounds), else on all. N == 0: not measured.
	Estimate model.Estimate
	// Doubt says why it must not decide anything, empty where it may;
	// Remedy says what would, where that is known.
	Doubt, Remedy string
	// Bias is where the disturbed rounds, where Estimate rests on such, may
	// have moved it; Lacking then says what was missing.
	Bias    Bias
	Lacking string
	// Rounds are the numbers of single rounds, disturbed ones too.
	Rounds   []float64
	Selected bool // trials failed: the rounds are a selection
	// slower is how many times less than measured the time of the row, and of
	// the other one, can have been without the others; under one where nobody
	// knows.
	slower [2]float64
}

// Widened is Estimate with the interval that it may have without those who
// disturbed it. What it says then, it says whatever moved it.
func (c Comparison) Widened() model.Estimate {
	e := c.Estimate
	atLeast := func(times float64) float64 {
		if times < 1 { // not known
			return math.Inf(1)
		}
		return times
	}
	if c.Bias == Raised || c.Bias == Moved {
		e.Lo /= atLeast(c.slower[0])
	}
	if c.Bias == Lowered || c.Bias == Moved {
		e.Hi *= atLeast(c.slower[1])
	}
	return e
}

// A Bias is the direction in which who else used the machine may have moved a
// number.
type Bias int

// The directions.
const (
	Unmoved Bias = iota
	Raised
	Lowered
	Moved // one way or the other
)

// Settled says whether the number would lie where it does, above two limits,
// below them or between, without those who disturbed it too.
func (c Comparison) Settled(low, high float64) bool {
	e, w := c.Estimate, c.Widened()
	return c.Bias == Unmoved || e.Lo > high && w.Lo > high || e.Hi < low && w.Hi < low || w.Lo >= low && w.Hi <= high
}

// Measure is a quantity of one row.
func Measure(quantity string, of *Row) Comparison { return Compare(of, quantity, nil, "") }

// Compare is the ratio of a quantity of one row to a quantity, most often the
// same, of another, in the rounds that have both. With no other row it is
// Measure.
func Compare(of *Row, quantity string, against *Row, other string) Comparison {
	var c Comparison
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
		c.Rounds = append(c.Rounds, x/y)
		if !a.Disturbed && !b.Disturbed {
			clean[0], clean[1] = append(clean[0], x), append(clean[1], y)
		}
	}
	estimate := func(values [2][]float64) model.Estimate {
		if against == nil {
			return stats.Median(values[0])
		}
		return stats.Ratio(values[0], values[1])
	}
	rounds, undisturbed := len(all[0]), len(clean[0])
	switch {
	case rounds == 0:
		c.Doubt = absent(of, quantity, against, other)
		return c
	case undisturbed >= model.MinRounds:
		c.Estimate = estimate(clean)
	default:
		c.Estimate = estimate(all)
		if undisturbed < rounds {
			c.Bias = bias(of, quantity, against, other)
			c.slower = [2]float64{of.slower(quantity), against.slower(other)}
			c.Lacking = fmt.Sprintf("%d of %s undisturbed", undisturbed, format.Plural(rounds, "round"))
		}
	}
	failed := of
	if against != nil && against.Failed() > 0 {
		failed = against
	}
	switch {
	case failed.Failed() > 0:
		c.Selected = true
		// Those that finished before a deadline are the fast ones.
		c.Doubt = fmt.Sprintf("%d of %s of %s failed and the rest are a selection", failed.Failed(), format.Plural(failed.trials(), "trial"), failed.Variant)
		c.Remedy = "a run in which all finish would decide"
	case c.Estimate.N == 0:
		c.Doubt = c.Estimate.Warnings[0]
	case rounds < model.MinRounds:
		c.Doubt = format.Plural(rounds, "round")
		c.Remedy = fmt.Sprintf("%d or more would decide (--rounds)", model.MinRounds)
	}
	return c
}

// bias is where a busy machine moves a quantity of one row, or the ratio of two.
func bias(of *Row, quantity string, against *Row, other string) Bias {
	metric, isMetric := strings.CutPrefix(quantity, "metric:")
	rate := isMetric && strings.Contains(metric, "_per_s")
	name, _, _ := strings.Cut(metric, "_per_")
	time := quantity == "wall" || quantity == "whole" || isMetric && !rate && (strings.HasSuffix(name, "_ns") || strings.HasSuffix(name, "_s") || name == "times_ideal")
	switch {
	case quantity == "peak_rss" || quantity == "peak_threads":
		return Unmoved
	case against == nil && (time || slices.Contains([]string{"startup", "cpu", "switches"}, quantity)):
		return Raised
	case against == nil && (rate || quantity == "parallelism"):
		return Lowered
	case against == nil || quantity != other:
		return Moved
	case quantity == "cpu" || quantity == "startup": // of one thread, whatever the work asks for
		return Unmoved
	}
	moved := slowed(of, against)
	switch {
	case moved == Unmoved || time:
		return moved
	case moved != Moved && (rate || quantity == "parallelism"):
		return Raised + Lowered - moved
	}
	return Moved
}

// slowed is where others move the time of one row over that of another. Of two
// that ask for as many cores, and got as many, neither is favoured. Else others
// take from the one that asks for more; but where the other one too was left
// with less than it asked for, or may have been, it can be either that lost the
// larger part.
func slowed(of, against *Row) Bias {
	narrow, wide, moved := against.held(), of.held(), Raised
	if !narrow.known || !wide.known {
		return Moved // work too short for any clock to tell
	}
	if wide.most < narrow.most {
		narrow, wide, moved = wide, narrow, Lowered
	}
	alike := same(narrow.most, wide.most)
	switch {
	case alike && math.Abs(narrow.median-wide.median) < max(0.1, 0.06*wide.median):
		return Unmoved
	case alike || !same(narrow.most, narrow.median):
		return Moved
	case narrow.free || same(narrow.most, 1) && narrow.preempted <= wide.preempted/2:
		return moved // for one core that it did not have to share was all that it asked for
	}
	return Moved
}

// slower is how many times less the row's time can have been without those who
// disturbed it. They took at most the time in which they ran; and the work
// needs its processor time, even if it had all cores for itself. Of a quantity
// that is not the time of the whole work nobody knows.
func (r *Row) slower(quantity string) float64 {
	if r == nil || quantity != "wall" && quantity != "metric:times_ideal" {
		return 0
	}
	var times []float64
	for _, o := range r.Rounds {
		others := o.Foreign + o.Steal
		if capacity := o.Trial.Capacity; capacity > 0 {
			others = max(others, float64(r.Cores)-capacity)
		}
		used, _ := Value(o.Trial, "parallelism")
		least := max(1-others, used/float64(r.Cores))
		if !(least > 0) {
			return 0
		}
		times = append(times, 1/least)
	}
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[len(times)*3/4] // of the median's rounds few had more
}

// same says whether two numbers of cores are about as many.
func same(a, b float64) bool { return math.Abs(a-b) < 0.1*max(1, a, b) }

// cores are how many a row's variant held, round by round.
type cores struct {
	known        bool // any round is long enough to tell
	most, median float64
	free         bool    // it could have had more: nobody else was there, or cores were idle
	preempted    float64 // how often a thread had to give up its core, in a second of its own
}

// held counts the cores that the row's variant kept busy, and those that the
// hypervisor took from it, on average.
func (r *Row) held() (c cores) {
	if len(r.Rounds) == 0 {
		return c
	}
	var all, preempted []float64
	stolen := r.stolen()
	for _, o := range r.Rounds {
		used, ok := Value(o.Trial, "parallelism")
		if !ok {
			continue
		}
		n := min(used+stolen, float64(r.Cores))
		all = append(all, n)
		preempted = append(preempted, float64(o.Trial.CtxInvoluntary)/max(1e-3, seconds(o.Trial.CPUUserNS+o.Trial.CPUSysNS)))
		c.free = c.free || !o.Disturbed || !same(float64(r.Cores), min(n+o.Foreign, float64(r.Cores)))
	}
	if len(all) == 0 {
		return c
	}
	c.known = true
	c.most, c.median, c.preempted = slices.Max(all), stats.Median(all).Value, stats.Median(preempted).Value
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
	return r.Status[model.Timeout] + r.Status[model.Crashed] + r.Status[model.WrongAnswer]
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
	r.SpeedUp, r.Grade = c.Estimate, c.Grade(1, 1)
	r.WholeSpeedUp = Compare(base, "whole", r, "whole").Estimate
	if c.Doubt == "" && !c.Settled(1, 1) {
		c.Doubt, c.Remedy = c.Lacking, Undisturbed
	}
	switch {
	case c.Doubt != "" && c.Remedy != "":
		r.Doubt = fmt.Sprintf("inconclusive: %s; %s", c.Doubt, c.Remedy)
	case c.Doubt != "":
		r.Doubt = "inconclusive: " + c.Doubt
	}
}

// Undisturbed is the remedy for what only free cores can show.
const Undisturbed = "cores that nobody else uses would decide: stop what else runs here"
