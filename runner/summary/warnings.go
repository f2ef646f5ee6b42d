package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"tandem/runner/catalog"
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
				what, bad, count(trials, "trial"), worst, list(slices.Sorted(maps.Keys(rounds)))))
		}
	}
	more := func(a, b float64) bool { return a > b }
	less := func(a, b float64) bool { return a < b }
	report(fmt.Sprintf("other programs used more than %.2f cores", MostForeign), more,
		func(t *model.Trial) (float64, bool) { return t.ForeignCPU, t.ForeignCPU > MostForeign })
	report(fmt.Sprintf("the hypervisor took more than %.2f cores (steal)", MostSteal), more,
		func(t *model.Trial) (float64, bool) { return t.StealCPU, t.StealCPU > MostSteal })
	report(fmt.Sprintf("the machine did less than %.0f %% of the work that %s can do", 100*LeastCapacity, count(cores, "core")), less,
		func(t *model.Trial) (float64, bool) { return t.Capacity, short(t, p, cores) })
	return warnings
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
