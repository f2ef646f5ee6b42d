package summary

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"tandem/runner/catalog"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/stats"
)

// A trial is disturbed where something else had more of the machine than this.
const (
	MostForeign   = 0.08 // cores used by other programs
	MostSteal     = 0.08 // cores taken by the hypervisor
	LeastCapacity = 0.95 // share of the cores that was really there just before the round
)

// Disturbed says whether something else had too much of the machine, which has
// so many cores, while a trial ran.
func Disturbed(t *model.Trial, p *catalog.Pair, cores int) bool {
	return Noisy(t) || short(t, p, cores)
}

// Noisy says whether others used too much of the machine while a trial ran.
func Noisy(t *model.Trial) bool { return t.ForeignCPU > MostForeign || t.StealCPU > MostSteal }

// short says whether the machine could do less than its cores promise. Work
// that waits does not need them.
func short(t *model.Trial, p *catalog.Pair, cores int) bool {
	return p.Work != "io" && t.Capacity > 0 && t.Capacity < LeastCapacity*float64(cores)
}

// stealTick is what steal is counted in. A trial in which the mean of all makes
// less than one shows far more steal than there was, or none.
const stealTick = 0.01 // seconds

// stolen is how many cores the hypervisor took, on average over the rounds.
func (r *Row) stolen() float64 {
	taken, wall := 0.0, 0.0
	for _, o := range r.Rounds {
		taken += o.Steal * o.Wall
		wall += o.Wall
	}
	return taken / max(wall, 1e-9)
}

// rounds returns the measured trials in the order of their rounds.
func (c *cell) rounds() []*model.Trial {
	var all []*model.Trial
	for _, round := range slices.Sorted(maps.Keys(c.trials)) {
		all = append(all, c.trials[round])
	}
	return all
}

// row puts the cell in numbers, all but its speed-up. Where enough rounds are
// undisturbed the estimates rest on those alone, otherwise on all.
func (c *cell) row(p *catalog.Pair, cores int) *Row {
	r := &Row{
		Side: c.Side, Variant: c.Variant, Runtime: c.Runtime, Params: c.Params, Cores: cores,
		Baseline: p.BaselineOf(c.Side, c.Variant), Status: map[model.Status]int{},
	}
	var all, clean []*model.Trial
	for _, t := range c.rounds() {
		r.Status[t.Status]++
		if t.Status != model.OK {
			why := t.Message
			if why == "" {
				why = string(t.Status)
			}
			if !slices.Contains(r.Why, why) {
				r.Why = append(r.Why, why)
			}
			continue
		}
		r.Rounds = append(r.Rounds, Round{
			Number: t.Round, Wall: seconds(t.WallNS), Foreign: t.ForeignCPU, Steal: t.StealCPU, Disturbed: Disturbed(t, p, cores), Trial: t,
		})
	}
	stolen := r.stolen()
	for i := range r.Rounds {
		o := &r.Rounds[i]
		o.Disturbed = o.Disturbed || stolen > MostSteal && stolen*o.Wall < stealTick
		all = append(all, o.Trial)
		if !o.Disturbed {
			clean = append(clean, o.Trial)
		}
	}
	if w := c.warmUp; w != nil && w.Status != model.OK && len(c.trials) == 0 { // it was not tried again
		r.Status[w.Status]++
		r.Why = append(r.Why, w.Message)
	}
	if len(all) == 0 {
		return r
	}
	r.Answer = all[len(all)-1].Answer

	use, note := all, ""
	switch bad := len(all) - len(clean); {
	case bad > 0 && len(clean) >= model.MinRounds:
		use, note = clean, fmt.Sprintf("%d of %s disturbed and left out", bad, format.Plural(len(all), "round"))
	case bad > 0:
		note = fmt.Sprintf("%d of %s disturbed, too many to leave out", bad, format.Plural(len(all), "round"))
	}
	median := func(quantity string) model.Estimate {
		var values []float64
		for _, t := range use {
			if v, ok := Value(t, quantity); ok {
				values = append(values, v)
			}
		}
		if 2*len(values) < len(use) {
			values = nil // the few that could be measured are the slow ones
		}
		e := stats.Median(values)
		if note != "" {
			e.Warnings = append(e.Warnings, note)
		}
		return e
	}
	r.Wall = median("wall")
	r.Startup = median("startup")
	r.Whole = median("whole")
	r.CPU = median("cpu")
	r.Parallelism = median("parallelism")
	r.PeakRSS = median("peak_rss")
	r.PeakThreads = median("peak_threads")
	r.Switches = median("switches")
	r.Metrics = metrics(use)
	r.Shown = r.nearest(use)
	r.Traced = r.nearest(append(slices.Clone(c.traces), slices.DeleteFunc(all, func(t *model.Trial) bool { return !t.Traced })...))
	return r
}

// nearest is the trial whose time is nearest the median, of those that nothing
// disturbed where there are some; nil where none was ok.
func (r *Row) nearest(trials []*model.Trial) (best *model.Trial) {
	rank := func(t *model.Trial) (bool, float64) { return Noisy(t), math.Abs(seconds(t.WallNS) - r.Wall.Value) }
	for _, t := range trials {
		if t.Status != model.OK {
			continue
		}
		if best != nil {
			noisy, far := rank(t)
			if was, from := rank(best); noisy && !was || noisy == was && far >= from {
				continue
			}
		}
		best = t
	}
	return best
}

// Typical says whether a trial took as long as the rounds did: within the
// range of those that count, and undisturbed.
func (r *Row) Typical(t *model.Trial) bool {
	wall := seconds(t.WallNS)
	return !Noisy(t) && wall >= r.Wall.Lo && wall <= r.Wall.Hi
}

// metrics takes each metric's median over the trials that reported it.
func metrics(trials []*model.Trial) map[string]model.Estimate {
	values := map[string][]float64{}
	for _, t := range trials {
		for name, v := range t.Metrics {
			values[name] = append(values[name], v)
		}
	}
	medians := map[string]model.Estimate{}
	for name, v := range values {
		medians[name] = stats.Median(v)
	}
	return medians
}

func seconds(ns int64) float64 { return float64(ns) / 1e9 }
