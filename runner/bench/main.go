// Command bench measures Tandem itself against its budgets: what a trial
// costs, what sampling costs, whether the numbers are true, and how long the
// user waits.
//
//	go run ./runner/bench
//	go run ./runner/bench spawn sampling --rounds 20
//	go run ./runner/bench --list
//
// Its one decision: a benchmark is a short file that says who competes and
// within what bounds; how that is measured is said once, in driver.go, and how
// it is judged once, in budget.go. Nobody is compared with a number from
// another day: whoever a budget refers to runs in the same rounds.
//
// The exit status is 1 where a budget is missed beyond doubt (a whole interval
// lies outside of it, on a quiet machine) or a benchmark could not run, and 2
// where the command line is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// benchmarks in the order in which they run.
var benchmarks = []benchmark{
	spawn, spin, wholeTrial, sampling, truth, order, reporting, quick, fileStore, urlChecks,
	pools, balancing, limiting, replicating, crowds, viewers,
}

func main() {
	if len(os.Args) > 1 && act(os.Args[1], os.Args[2:]) {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

var errMissed = errors.New("a budget is missed")

// run is main with its surroundings as arguments; it returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	status := 2 // until the command line has been understood
	cmd := command(stdout, &status)
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	if err := cmd.ExecuteContext(ctx); err != nil {
		fmt.Fprintf(stderr, "bench: %v\n", err)
		return status
	}
	return 0
}

func command(stdout io.Writer, status *int) *cobra.Command {
	var rounds int
	var list bool
	cmd := &cobra.Command{
		Use:           "bench [NAME...]",
		Short:         "measure Tandem itself against its budgets",
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, names []string) error {
			chosen, err := choose(names)
			if err != nil {
				return err
			}
			if cmd.Flags().Changed("rounds") && rounds < 1 {
				return fmt.Errorf("--rounds %d: at least one is needed; six give an interval", rounds)
			}
			*status = 1
			if list {
				for _, m := range chosen {
					fmt.Fprintf(stdout, "%-10s %s\n", m.name, m.doc)
				}
				return nil
			}
			return measure(cmd.Context(), stdout, chosen, rounds)
		},
	}
	cmd.Flags().IntVar(&rounds, "rounds", 0, "rounds of each benchmark (default: what each needs)")
	cmd.Flags().BoolVar(&list, "list", false, "say what there is, and measure nothing")
	return cmd
}

// choose returns the named benchmarks, or all.
func choose(names []string) (chosen []benchmark, err error) {
	for _, name := range names {
		i := slices.IndexFunc(benchmarks, func(m benchmark) bool { return m.name == name })
		if i < 0 {
			var known []string
			for _, m := range benchmarks {
				known = append(known, m.name)
			}
			return nil, fmt.Errorf("unknown benchmark %q; there are %s", name, strings.Join(known, ", "))
		}
		chosen = append(chosen, benchmarks[i])
	}
	if len(names) == 0 {
		chosen = benchmarks
	}
	return chosen, nil
}
