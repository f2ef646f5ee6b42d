package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tandem/runner/command"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/summary"
)

func showCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show RUN [PAIR...]",
		Short: "print the tables of a run: every variant in numbers",
		Long: `Show prints what a run measured of each variant. RUN is a run's id, its folder, or
latest; with names, of these pairs alone.`,
		Example: `  tandem show latest
  tandem show latest counting
  tandem show latest --json`,
		Args: exactly(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readRun(args[0], args[1:]...)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r)
			}
			return r.tables(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it for a program")
	return cmd
}

// readRun reads a run that the user named, and of it these pairs alone; all where
// none is named.
func readRun(name string, pairs ...string) (*reported, error) {
	rep, err := newReporter()
	if err != nil {
		return nil, err
	}
	r, err := rep.read(rep.project.Run(name))
	if err != nil {
		return nil, err
	}
	return r, r.only(pairs)
}

// only leaves the pairs of these names; all where there is none.
func (r *reported) only(names []string) error {
	var ran []string
	for _, p := range r.Summary.Pairs {
		ran = append(ran, p.ID)
	}
	for _, name := range names {
		if !slices.Contains(ran, name) {
			return usageError{fmt.Errorf("%s has no pair %q; it has %s", r.Run, name, strings.Join(ran, ", "))}
		}
	}
	if len(names) > 0 {
		r.Summary.Pairs = slices.DeleteFunc(r.Summary.Pairs, func(p summary.Pair) bool { return !slices.Contains(names, p.ID) })
	}
	return nil
}

// tables prints the pairs, each with its answer.
func (r *reported) tables(w io.Writer) error {
	for _, p := range r.Summary.Pairs {
		if len(r.Summary.Pairs) > 1 {
			fmt.Fprintf(w, "%s: %s\n", p.ID, r.Answers[p.ID])
		}
		for _, g := range slices.Concat(p.Groups, p.Beside) {
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			// Where start-up is apart, the work alone would mislead.
			apart := slices.ContainsFunc(g.Rows, func(r summary.Row) bool { return r.Startup.Value > 0 })
			own := slices.ContainsFunc(g.Rows, func(r summary.Row) bool { return r.Metrics[command.Own].N > 0 })
			fmt.Fprintf(table, "%s\ttime\t95%% interval\tspeed-up\tcores\tmemory%s%s\n", g.Label, pick(apart, "\twith start-up", ""), pick(own, "\tsays itself", ""))
			for _, row := range g.Rows {
				name := fmt.Sprintf("  %s %s", r.input.Manifest.RuntimeName(row.Runtime), row.Variant)
				if row.Wall.N == 0 {
					fmt.Fprintf(table, "%s\t%s\n", name, why(row))
					continue
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s%s%s\n", name, seconds(row.Wall.Value), interval(row.Wall), speedUp(row),
					measured(row.Parallelism, "%.2f", 1), measured(row.PeakRSS, pick(row.PeakRSS.Value < 1e6, "%.1f MB", "%.0f MB"), 1e-6),
					pick(apart, "\t"+whole(row), ""), pick(own, "\t"+seconds(row.Metrics[command.Own].Value/1e9), ""))
			}
			fmt.Fprintln(table)
			if err := table.Flush(); err != nil {
				return err
			}
		}
		for _, warning := range p.Warnings {
			fmt.Fprintf(w, "note: %s\n", warning)
		}
	}
	return nil
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// measured writes a figure, or that there is none.
func measured(e model.Estimate, format string, unit float64) string {
	if e.N == 0 {
		return "-"
	}
	return fmt.Sprintf(format, e.Value*unit)
}

// why says what came of a row without numbers.
func why(row summary.Row) string {
	for status, n := range row.Status {
		if n > 0 && status != model.OK {
			return fmt.Sprintf("%s: %s", status, strings.Join(row.Why, "; "))
		}
	}
	return "not run"
}

func seconds(s float64) string { return format.Brief(time.Duration(s * 1e9)) }

func interval(e model.Estimate) string {
	if !e.Interval {
		return fmt.Sprintf("none under %d rounds", model.MinRounds)
	}
	return seconds(e.Lo) + " to " + seconds(e.Hi)
}

// speedUp is the ratio, and what stands against it.
func speedUp(row summary.Row) string {
	switch {
	case row.SpeedUp.N == 0:
		return "-"
	case row.Grade == model.Shown:
		return fmt.Sprintf("%.2fx", row.SpeedUp.Value)
	}
	return fmt.Sprintf("%.2fx %s", row.SpeedUp.Value, row.Grade)
}

// whole writes the time with start-up, and the speed-up where it is another one.
func whole(row summary.Row) string {
	if row.SpeedUp.Apart(row.WholeSpeedUp) {
		return fmt.Sprintf("%s, %.2fx", seconds(row.Whole.Value), row.WholeSpeedUp.Value)
	}
	return seconds(row.Whole.Value)
}
