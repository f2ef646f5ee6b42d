package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"tandem/runner/diff"
)

func diffCommand() *cobra.Command {
	var format, failAbove string
	var anyway bool
	cmd := &cobra.Command{
		Use:   "diff RUN RUN...",
		Short: "set runs against each other: before and after, two machines, two runtimes",
		Long: `Diff sets each row of the later runs against the first one's: the ratio of times
with its interval, corrected for the number of rows. The exit status is 1 where
--fail-above is passed with the whole interval of a row. Runs of other code,
parameters or answers are refused, unless with --anyway.`,
		Example: `  tandem diff before after
  tandem diff before after --fail-above 10%
  tandem diff before after --format markdown`,
		Args: exactly(cobra.MinimumNArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			bound, err := percent(failAbove)
			if err != nil {
				return usageError{err}
			}
			if !slices.Contains(diff.Formats, format) {
				return usageError{fmt.Errorf("unknown format %q; there are %s", format, strings.Join(diff.Formats, ", "))}
			}
			var runs []diff.Run
			for _, name := range args {
				r, err := readRun(name)
				if err != nil {
					return err
				}
				runs = append(runs, diff.Run{Name: name, Manifest: r.input.Manifest, Summary: r.Summary})
			}
			table, err := diff.Compare(runs, anyway)
			if err != nil {
				return err
			}
			if err := table.Write(cmd.OutOrStdout(), format, bound); err != nil {
				return err
			}
			return tooSlow(table, bound)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "text", "text, json, markdown or html")
	cmd.Flags().StringVar(&failAbove, "fail-above", "", "fail where a row takes more time than this, such as 10%, with its whole interval")
	cmd.Flags().BoolVar(&anyway, "anyway", false, "compare runs of other code, parameters or answers too")
	return cmd
}

// percent reads "10%"; nothing is no bound.
func percent(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, ok := strings.CutSuffix(text, "%")
	v, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(v > 0 && v <= 1e6) {
		return 0, fmt.Errorf("--fail-above %q: write it as a percentage above nothing, such as 10%%", text)
	}
	return v / 100, nil
}

func tooSlow(t *diff.Table, bound float64) error {
	if bound == 0 {
		return nil
	}
	var names []string
	for _, r := range t.Rows {
		if r.Slower(bound) {
			names = append(names, r.Name())
		}
	}
	if len(names) == 0 {
		return nil
	}
	return errors.New("more than " + strconv.FormatFloat(bound*100, 'g', -1, 64) + " % slower: " + strings.Join(names, "; "))
}
