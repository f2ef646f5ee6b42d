package summary

import (
	"fmt"
	"maps"
	"slices"

	"tandem/runner/stats"
	"tandem/runner/store"
)

// A trial is spoiled where something else had more of the machine than this.
const (
	MostForeign   = 0.08 // cores used by other programs
	MostSteal     = 0.08 // cores taken by the hypervisor
	LeastCapacity = 0.95 // share of the cores that was really there just before the round
)

func spoiled(t *store.Trial, cores int) bool {
	return t.ForeignCPU > MostForeign || t.StealCPU > MostSteal || short(t, cores)
}

// short says whether the machine could do less than its cores promise.
func short(t *store.Trial, cores int) bool {
	return t.Capacity > 0 && t.Capacity < LeastCapacity*float64(cores)
}

// rounds returns the measured trials in the order of their rounds.
func (c *cell) rounds() []*store.Trial {
	var all []*store.Trial
	for _, round := range slices.Sorted(maps.Keys(c.trials)) {
		all = append(all, c.trials[round])
	}
	return all
}

// row puts the cell in numbers, all but its speed-up. Where enough rounds are
// unspoiled the estimates rest on those alone, otherwise on all.
func (c *cell) row(cores int) Row {
	r := Row{Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Status: map[store.Status]int{}}
	var all, clean []*store.Trial
	for _, t := range c.rounds() {
		r.Status[t.Status]++
		if t.Status != store.OK {
			why := t.Message
			if why == "" {
				why = string(t.Status)
			}
			if !slices.Contains(r.Why, why) {
				r.Why = append(r.Why, why)
			}
			continue
		}
		bad := spoiled(t, cores)
		r.Rounds = append(r.Rounds, Round{
			Number: t.Round, Wall: seconds(t.WallNS), Foreign: t.ForeignCPU, Steal: t.StealCPU, Spoiled: bad,
		})
		all = append(all, t)
		if !bad {
			clean = append(clean, t)
		}
	}
	if len(all) == 0 {
		return r
	}
	r.Last = all[len(all)-1]
	r.Answer = r.Last.Answer

	use, note := all, ""
	switch bad := len(all) - len(clean); {
	case bad > 0 && len(clean) >= stats.MinRounds:
		use, note = clean, fmt.Sprintf("%d of %s disturbed and left out", bad, count(len(all), "round"))
	case bad > 0:
		note = fmt.Sprintf("%d of %s disturbed, too many to leave out", bad, count(len(all), "round"))
	}
	median := func(value func(*store.Trial) float64) stats.Estimate {
		values := make([]float64, len(use))
		for i, t := range use {
			values[i] = value(t)
		}
		e := stats.Median(values)
		if note != "" {
			e.Warnings = append(e.Warnings, note)
		}
		return e
	}
	r.Wall = median(func(t *store.Trial) float64 { return seconds(t.WallNS) })
	r.Startup = median(func(t *store.Trial) float64 { return seconds(t.StartupNS) })
	r.CPU = median(func(t *store.Trial) float64 { return seconds(t.CPUUserNS + t.CPUSysNS) })
	r.Parallelism = median(func(t *store.Trial) float64 { return t.Parallelism })
	r.PeakRSS = median(func(t *store.Trial) float64 { return float64(t.PeakRSSBytes) })
	r.PeakThreads = median(func(t *store.Trial) float64 { return float64(t.PeakThreads) })
	r.Switches = median(func(t *store.Trial) float64 { return float64(t.CtxVoluntary + t.CtxInvoluntary) })
	r.Metrics = metrics(use)
	return r
}

// metrics takes each metric's median over the trials that reported it.
func metrics(trials []*store.Trial) map[string]stats.Estimate {
	values := map[string][]float64{}
	for _, t := range trials {
		for name, v := range t.Metrics {
			values[name] = append(values[name], v)
		}
	}
	medians := map[string]stats.Estimate{}
	for name, v := range values {
		medians[name] = stats.Median(v)
	}
	return medians
}

// compare sets the row's speed-up over the baseline: the baseline's time over
// the row's, in the rounds in which both finished.
func (r *Row) compare(c, base *cell, cores int) {
	var slow, fast, cleanSlow, cleanFast []float64
	for _, t := range c.rounds() {
		b := base.trials[t.Round]
		if b == nil || b.Status != store.OK || t.Status != store.OK {
			continue
		}
		slow, fast = append(slow, seconds(b.WallNS)), append(fast, seconds(t.WallNS))
		if !spoiled(t, cores) && !spoiled(b, cores) {
			cleanSlow, cleanFast = append(cleanSlow, seconds(b.WallNS)), append(cleanFast, seconds(t.WallNS))
		}
	}
	if len(slow) == 0 {
		r.Spoiled = fmt.Sprintf("inconclusive: there is no round in which both it and %s finished", base.Variant)
		return
	}
	all := stats.Ratio(slow, fast)
	r.SpeedUp = all
	if len(cleanSlow) >= stats.MinRounds {
		r.SpeedUp = stats.Ratio(cleanSlow, cleanFast)
	}
	// Disturbed rounds must not decide, either way: the verdict has to be
	// the same with and without them.
	with, without := stats.Different(all, 0), stats.Different(r.SpeedUp, 0)
	switch {
	case c.failed() > 0:
		// Those that finished before a deadline are the fast ones.
		r.Spoiled = fmt.Sprintf("inconclusive: %d of %s failed and the rest are a selection; a run in which all finish would decide",
			c.failed(), count(len(c.trials), "trial"))
	case base.failed() > 0:
		r.Spoiled = fmt.Sprintf("inconclusive: %d of %s of %s failed and the rest are a selection; a run in which all finish would decide",
			base.failed(), count(len(base.trials), "trial"), base.Variant)
	case r.SpeedUp.N == 0:
		r.Spoiled = "inconclusive: " + r.SpeedUp.Warnings[0]
	case len(slow) < stats.MinRounds:
		r.Spoiled = fmt.Sprintf("inconclusive: %s; %d or more would decide (--rounds)", count(len(slow), "round"), stats.MinRounds)
	case len(cleanSlow) < stats.MinRounds:
		r.Spoiled = fmt.Sprintf("inconclusive: %d of %s undisturbed; %d or more would decide: stop what else runs here, or add rounds (--rounds)",
			len(cleanSlow), count(len(slow), "round"), stats.MinRounds)
	case with != without:
		r.Spoiled = fmt.Sprintf("inconclusive: over all rounds the verdict is %s, over the undisturbed ones %s; more rounds on a quieter machine would decide",
			with, without)
	}
}

// failed counts the trials that were the variant's own fault: not those that
// the user stopped, nor those that cannot run here.
func (c *cell) failed() int {
	n := 0
	for _, t := range c.trials {
		switch t.Status {
		case store.Timeout, store.Crashed, store.WrongAnswer:
			n++
		}
	}
	return n
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }
