package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tandem/runner/model"
)

func claimsCommand() *cobra.Command {
	var asJSON, brief, strict bool
	cmd := &cobra.Command{
		Use:   "claims RUN",
		Short: "judge what the sources say against what a run measured",
		Long: `Claims sets each sentence of the sources beside what a run measured of it. A verdict
comes from intervals alone; where they do not decide, it says what would. RUN is a
run's id, its folder, or latest. The exit status is 0 whatever the verdicts are,
unless --strict makes it 1 where one is contradicted.`,
		Example: `  tandem claims latest
  tandem claims latest --brief --strict
  tandem claims latest --json`,
		Args: exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := readRun(args[0])
			if err != nil {
				return err
			}
			verdicts := r.input.Claims
			write := printVerdicts
			switch {
			case asJSON:
				write = func(w io.Writer, all []model.Judgement) error { return writeJSON(w, all) }
			case brief:
				write = printBrief
			}
			if err := write(cmd.OutOrStdout(), verdicts); err != nil || !strict {
				return err
			}
			return contradictions(verdicts)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it for a program")
	cmd.Flags().BoolVar(&brief, "brief", false, "print a line for each")
	cmd.Flags().BoolVar(&strict, "strict", false, "fail where a claim is contradicted")
	return cmd
}

// contradictions is an error that names what was contradicted; nil: nothing.
func contradictions(verdicts []model.Judgement) error {
	var ids []string
	for _, v := range verdicts {
		if v.Verdict == model.Contradicted {
			ids = append(ids, v.Pair+" "+v.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return fmt.Errorf("contradicted: %s", strings.Join(ids, ", "))
}

// printBrief writes one table of all claims, and why where nothing decided.
func printBrief(w io.Writer, verdicts []model.Judgement) error {
	verdicts = slices.Clone(verdicts)
	slices.SortStableFunc(verdicts, func(a, b model.Judgement) int { return strings.Compare(a.Pair, b.Pair) })
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "PAIR\tCLAIM\t\tOURS\tINTERVAL\tVERDICT")
	for _, v := range verdicts {
		ours, interval, _ := strings.Cut(strings.TrimSuffix(v.Text, ")"), " (")
		if _, figure, named := strings.Cut(ours, ": "); named { // the claim says of what
			ours = figure
		}
		verdict := string(v.Verdict)
		if v.Verdict == model.NotTried || v.Verdict == model.Inconclusive {
			verdict += ": " + model.Brief(cmp.Or(v.Remedy, v.Why))
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", v.Pair, v.ID, v.Says, ours, interval, verdict)
	}
	return table.Flush()
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
