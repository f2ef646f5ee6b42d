package summary

import (
	"fmt"
	"maps"
	"slices"

	"tandem/runner/catalog"
	"tandem/runner/stats"
	"tandem/runner/store"
)

// A trial is spoiled where something else had more of the machine than this.
const (
	MostForeign   = 0.08 // cores used by other programs
	MostSteal     = 0.08 // cores taken by the hypervisor
	LeastCapacity = 0.95 // share of the cores that was really there just before the round
)

// Spoiled says whether something else had too much of the machine, which has so
// many cores, for the trial to be compared with others.
func Spoiled(t *store.Trial, p *catalog.Pair, cores int) bool {
	return t.ForeignCPU > MostForeign || t.StealCPU > MostSteal || short(t, p, cores)
}

// short says whether the machine could do less than its cores promise. Work
// that waits does not need them.
func short(t *store.Trial, p *catalog.Pair, cores int) bool {
	return p.Work != "io" && t.Capacity > 0 && t.Capacity < LeastCapacity*float64(cores)
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
func (c *cell) row(p *catalog.Pair, cores int) *Row {
	r := &Row{
		Side: c.Side, Variant: c.Variant, Runtime: c.Runtime,
		Baseline: p.BaselineOf(c.Side, c.Variant), Status: map[store.Status]int{},
	}
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
		bad := Spoiled(t, p, cores)
		r.Rounds = append(r.Rounds, Round{
			Number: t.Round, Wall: seconds(t.WallNS), Foreign: t.ForeignCPU, Steal: t.StealCPU, Spoiled: bad, Trial: t,
		})
		all = append(all, t)
		if !bad {
			clean = append(clean, t)
		}
	}
	if w := c.warmUp; w != nil && w.Status == store.OK {
		r.Traced = w
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
	median := func(quantity string) stats.Estimate {
		values := make([]float64, len(use))
		for i, t := range use {
			values[i], _ = Value(t, quantity)
		}
		e := stats.Median(values)
		if note != "" {
			e.Warnings = append(e.Warnings, note)
		}
		return e
	}
	r.Wall = median("wall")
	r.Startup = median("startup")
	r.CPU = median("cpu")
	r.Parallelism = median("parallelism")
	r.PeakRSS = median("peak_rss")
	r.PeakThreads = median("peak_threads")
	r.Switches = median("switches")
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

func seconds(ns int64) float64 { return float64(ns) / 1e9 }
