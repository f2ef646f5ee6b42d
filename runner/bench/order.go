package main

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// order runs the simulations of runner/stats, which draw from a fixed seed.
var order = benchmark{
	name: "order",
	doc:  "simulated runs: false differences under drift, and intervals that hold the truth",
	setUp: func(ctx context.Context, b *bench) error {
		out, err := b.output(ctx, "go", "test", "-run", "^$", "-benchtime", "1x",
			"-bench", "^BenchmarkFalseDifferences$|^BenchmarkCoverage$/./^rounds=10$", "./runner/stats")
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
				b.contestant(name, "%", func(context.Context) (float64, error) { return value, nil })
			}
		}
		if len(b.budgets) != 9 { // two for each of four noises, and one
			return fmt.Errorf("runner/stats has other benchmarks than these:\n%s", out)
		}
		return results.Err()
	},
}
