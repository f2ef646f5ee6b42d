package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// order runs the simulations of runner/stats and runner/claims, which draw the
// same random numbers each time.
var order = benchmark{
	name: "order",
	doc:  "simulated runs: intervals that hold the truth, and what is found wrongly under drift and on busy machines",
	setUp: func(ctx context.Context, b *bench) error {
		out, err := b.output(ctx, "go", "test", "-run", "^$", "-benchtime", "1x",
			"-bench", "^BenchmarkFalseDifferences$|^BenchmarkBusyMachines$|^BenchmarkCoverage$/./^rounds=10$", "./runner/stats", "./runner/claims")
		if err != nil {
			return err
		}
		const runs = 1000 // that the budget speaks of; the simulation has more
		sampling := 2 * math.Sqrt(0.05*0.95/runs)
		results := benchfmt.NewReader(bytes.NewReader(out), "go test")
		for results.Scan() {
			r, ok := results.Result().(*benchfmt.Result)
			if !ok {
				continue
			}
			for _, v := range r.Values {
				what, percent := strings.CutSuffix(v.Unit, "_%")
				if !percent {
					continue
				}
				name := fmt.Sprintf("%s, %s", r.Name.Base(), what)
				switch parts := strings.Split(r.Name.String(), "/"); {
				case parts[0] == "BusyMachines":
					machine, _, _ := strings.Cut(parts[1], "-") // and the number of cores
					found, old := strings.CutPrefix(what, "before:")
					name = strings.ReplaceAll(found, "_", " ") + ", " + busy[machine]
					if old {
						name += ", by the rule before"
					}
					if !old && found != "decided" {
						b.budget(budget{who: name, atMost: 100 * (0.05 + sampling)})
					}
				case len(parts) > 1:
					name = fmt.Sprintf("the %s's interval holds it, %s noise", what, parts[1])
					b.budget(budget{who: name, atLeast: 93, atMost: 97})
				case what == "rounds":
					name = "equal variants differ, in rounds"
					b.budget(budget{who: name, atMost: 100 * (0.05 + sampling)})
				case what == "blocks":
					name = "equal variants differ, one after the other"
				}
				value := v.Value
				b.candidate(name, "%", func(context.Context) (float64, error) { return value, nil })
			}
		}
		if len(b.budgets) != 9+2*len(busy) { // two for each of four noises, one, two a machine
			return fmt.Errorf("runner/stats and runner/claims have other benchmarks than these:\n%s", out)
		}
		return results.Err()
	},
}

// busy says what the machines of runner/claims are.
var busy = map[string]string{
	"quiet":           "quiet",
	"bursts":          "one competitor comes and goes",
	"competitor":      "one competitor",
	"two_come_and_go": "two competitors come and go",
	"two_always":      "two competitors",
	"steal":           "steal of 5 to 30 %",
	"fewer_cores":     "1.4 of 2 cores",
}
