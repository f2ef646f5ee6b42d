package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/catalog"
	"tandem/runner/command"
	"tandem/runner/format"
	"tandem/runner/model"
)

// disturbances says what disturbed which rounds of a pair.
func disturbances(cells []*cell, p *catalog.Pair, cores int) []string {
	var warnings []string
	report := func(what string, worse func(a, b float64) bool, value func(*model.Trial) (float64, bool)) {
		trials, bad, worst := 0, 0, 0.0
		rounds := map[int]bool{}
		for _, c := range cells {
			for _, t := range c.rounds() {
				trials++
				if v, disturbs := value(t); disturbs {
					if bad == 0 || worse(v, worst) {
						worst = v
					}
					bad++
					rounds[t.Round] = true
				}
			}
		}
		if bad > 0 {
			warnings = append(warnings, fmt.Sprintf("%s: in %d of %s, at worst %.2f cores (%s)",
				what, bad, format.Plural(trials, "trial"), worst, list(slices.Sorted(maps.Keys(rounds)))))
		}
	}
	more := func(a, b float64) bool { return a > b }
	less := func(a, b float64) bool { return a < b }
	report(fmt.Sprintf("other programs used more than %.2f cores", MostForeign), more,
		func(t *model.Trial) (float64, bool) { return t.ForeignCPU, t.ForeignCPU > MostForeign })
	report(fmt.Sprintf("the hypervisor took more than %.2f cores (steal)", MostSteal), more,
		func(t *model.Trial) (float64, bool) { return t.StealCPU, t.StealCPU > MostSteal })
	report(fmt.Sprintf("the machine did less than %.0f %% of the work that %s can do", 100*LeastCapacity, format.Plural(cores, "core")), less,
		func(t *model.Trial) (float64, bool) { return t.Capacity, short(t, p, cores) })
	return warnings
}

// unfinished says which commands ended while what they had started still ran.
func unfinished(cells []*cell) (warnings []string) {
	for _, c := range cells {
		most := 0.0
		for _, t := range c.rounds() {
			most = max(most, t.Metrics[command.Left])
		}
		if most > 0 {
			warnings = append(warnings, fmt.Sprintf("%s/%s ended before its tree: %s that it had started still ran, whose time is not in its own",
				c.Side, c.Variant, format.Plural(int(most), "process")))
		}
	}
	return warnings
}

// idle says which swept parameter of commands changed neither the answer nor the
// time of any: most often it is not the one that the program reads.
func idle(cells []*cell, rows map[*cell]*Row, swept []string, p *catalog.Pair) (warnings []string) {
	for _, name := range swept {
		compared, changed := 0, false
		for i, a := range cells {
			for _, b := range cells[:i] {
				if p.Folder == "" || a.Side != b.Side || a.Variant != b.Variant || a.Runtime != b.Runtime || !apart(a.Params, b.Params, name) {
					continue
				}
				e := Compare(rows[a], "wall", rows[b], "wall").Estimate
				changed = changed || rows[a].Answer != rows[b].Answer || rows[a].Failed() != rows[b].Failed() ||
					e.Interval && (e.Lo > 1+catalog.DefaultMargin || e.Hi < 1/(1+catalog.DefaultMargin))
				if e.Interval {
					compared++
				}
			}
		}
		if compared > 0 && !changed {
			warnings = append(warnings, fmt.Sprintf("%s changed neither the answer nor, as far as can be seen, the time of any variant: does the program read it?", name))
		}
	}
	return warnings
}

// LeastWork is how long a loop must take, in seconds, that workers are to share:
// starting them takes some of it.
const LeastWork = 0.005

// brief says on which runtimes a baseline has too little to do for its workers to
// be compared by what they do.
func brief(cells []*cell, rows map[*cell]*Row, p *catalog.Pair, m model.Manifest) (warnings []string) {
	if p.Calibrate == "" {
		return nil
	}
	for _, r := range m.Runtimes {
		for _, c := range cells {
			if row := rows[c]; c.Runtime == r.ID && row.IsBaseline() && row.Wall.N > 0 && row.Wall.Value < LeastWork {
				warnings = append(warnings, fmt.Sprintf("%s needs %.1f ms for %s: its ratios show what it costs to start workers (--calibrate 200ms gives each runtime as much to do)",
					r.Name(), 1000*row.Wall.Value, c.Variant))
				break
			}
		}
	}
	return warnings
}

// apart says whether two sets of parameters differ in one of them alone.
func apart(a, b map[string]any, name string) bool {
	return model.ParamText(a[name]) != model.ParamText(b[name]) && agree(without(a, name), without(b, name))
}

func without(params map[string]any, name string) map[string]any {
	rest := maps.Clone(params)
	delete(rest, name)
	return rest
}

// list writes sorted round numbers as "round 3" or "rounds 1-4, 7".
func list(rounds []int) string {
	var parts []string
	for i := 0; i < len(rounds); {
		j := i
		for j+1 < len(rounds) && rounds[j+1] == rounds[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(rounds[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", rounds[i], rounds[j]))
		}
		i = j + 1
	}
	if len(rounds) == 1 {
		return "round " + parts[0]
	}
	return "rounds " + strings.Join(parts, ", ")
}
