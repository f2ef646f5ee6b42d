package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tandem/runner/export"
)

func exportCommand() *cobra.Command {
	var format string
	var figures bool
	cmd := &cobra.Command{
		Use:   "export RUN [PAIR...]",
		Short: "write what a run measured for other programs",
		Long: `Export prints a run's rounds: as a tidy table (csv, json), for benchstat
(go-bench), pyperf or hyperfine's scripts, or as Markdown tables. The formats for
tools hold the rounds that Tandem's own medians rest on. RUN is a run's id, its
folder, or latest; with names, these pairs alone.`,
		Example: `  tandem export latest --format csv > run.csv
  tandem export latest counting --format go-bench > counting.txt
  tandem export latest --format pyperf > run.json
  tandem export latest --figures`,
		Args: exactly(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(export.Formats(), format) {
				return usageError{fmt.Errorf("unknown format %q; there are %s", format, strings.Join(export.Formats(), ", "))}
			}
			r, err := readRun(args[0], args[1:]...)
			if err != nil {
				return err
			}
			if figures {
				return r.writeFigures()
			}
			return export.Write(cmd.OutOrStdout(), format, r.input.Manifest, r.Summary)
		},
	}
	cmd.Flags().StringVarP(&format, "format", "f", "csv", "csv, json, go-bench, pyperf, hyperfine or markdown")
	cmd.Flags().BoolVar(&figures, "figures", false, "write each figure as SVG and PDF, and its data as CSV, into the run's folder")
	return cmd
}
