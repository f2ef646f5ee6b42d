package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/model"
	"tandem/runner/project"
	"tandem/runner/store"
	"tandem/runner/summary"
)

func claimsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "claims RUN",
		Short: "judge what the sources say against what a run measured",
		Long: `Claims sets each sentence of the sources beside what a run measured of it. A verdict
comes from intervals alone; where they do not decide, it says what would. RUN is a
run's id, its folder, or latest. The exit status is 0 whatever the verdicts are.`,
		Example: `  tandem claims latest
  tandem claims latest --json`,
		Args: exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := project.Find()
			if err != nil {
				return err
			}
			m, trials, _, err := store.Read(p.Run(args[0]))
			if err != nil {
				return err
			}
			pairs, err := p.Catalog()
			if err != nil {
				return err
			}
			if pairs, err = catalog.OfRun(m.Pairs, pairs); err != nil {
				return err
			}
			verdicts := claims.Judge(m, summary.Of(m, trials, pairs), pairs)
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), verdicts)
			}
			return printVerdicts(cmd.OutOrStdout(), verdicts)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it for a program")
	return cmd
}

// printVerdicts writes a table, and under each row why.
func printVerdicts(w io.Writer, verdicts []model.Judgement) error {
	if len(verdicts) == 0 {
		_, err := fmt.Fprintln(w, "none of this run's pairs tests a claim")
		return err
	}
	var document *model.Document
	for _, v := range verdicts {
		if v.Source.In != document {
			document = v.Source.In
			fmt.Fprintf(w, "%s\n\n", document)
		}
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(table, "%s\t%s\t%s\n", v.ID, strings.ToUpper(string(v.Verdict)), v.Says)
		line := func(name, text string) {
			if text != "" {
				fmt.Fprintf(table, "\t%s\t%s\n", name, text)
			}
		}
		line("stands in", v.Source.String())
		line("printed", v.Printed)
		line("ours", v.Text)
		line("why", v.Why)
		line("what next", v.Remedy)
		if len(v.Runtimes) > 1 {
			for _, o := range v.Runtimes {
				line(o.Name, strings.TrimSpace(fmt.Sprintf("%s  %s", o.Verdict, o.Text)))
			}
		}
		line("note", v.Note)
		if !strings.Contains(v.Remedy, v.Repeat) {
			line("repeat", v.Repeat)
		}
		fmt.Fprintln(table)
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}
