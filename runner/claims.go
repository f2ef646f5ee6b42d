package runner

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/report"
	"tandem/runner/store"
	"tandem/runner/summary"
)

func claimsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "claims RUN",
		Short: "judge what the seeds say against what a run measured",
		Long: `Claims sets each sentence of the seeds beside what a run measured of it. A verdict
comes from intervals alone; where they do not decide, it says what would. RUN is a
run's id, its folder, or latest. The exit status is 0 whatever the verdicts are.`,
		Example: `  tandem claims latest
  tandem claims latest --json`,
		Args: exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := findProject()
			if err != nil {
				return err
			}
			m, trials, _, err := store.Read(p.run(args[0]))
			if err != nil {
				return err
			}
			pairs, err := catalog.All()
			if err != nil {
				return err
			}
			verdicts := claims.Judge(m, summary.Of(m, trials, pairs), pairs)
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), judged(verdicts))
			}
			return printVerdicts(cmd.OutOrStdout(), verdicts)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it for a program")
	return cmd
}

// printVerdicts writes a table, and under each row why.
func printVerdicts(w io.Writer, verdicts []claims.Verdict) error {
	if len(verdicts) == 0 {
		_, err := fmt.Fprintln(w, "none of this run's pairs tests a claim")
		return err
	}
	for _, v := range verdicts {
		table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintf(table, "%s\t%s\t%s\n", v.Claim.ID, strings.ToUpper(string(v.Verdict)), v.Claim.Says)
		line := func(name, text string) {
			if text != "" {
				fmt.Fprintf(table, "\t%s\t%s\n", name, text)
			}
		}
		line("stands in", where(v.Claim.Source))
		line("printed", v.Claim.Printed)
		line("ours", v.Text)
		line("why", v.Why)
		line("would decide", v.Decide)
		if len(v.Runtimes) > 1 {
			for _, o := range v.Runtimes {
				line(o.Runtime, strings.TrimSpace(fmt.Sprintf("%s  %s", o.Verdict, o.Text)))
			}
		}
		line("note", v.Claim.Note)
		if !strings.Contains(v.Decide, v.Repeat) {
			line("repeat", v.Repeat)
		}
		fmt.Fprintln(table)
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// where names the place of a claim in its document.
func where(s catalog.Source) string {
	parts := []string{"seed " + s.Seed}
	if s.Section != "" {
		parts = append(parts, "section "+s.Section)
	}
	if s.Figure != "" {
		parts = append(parts, s.Figure)
	}
	return strings.Join(parts, ", ")
}

// A judgedClaim is one row of `tandem claims --json`.
type judgedClaim struct {
	ID           string         `json:"id"`
	Pair         string         `json:"pair"`
	Claim        string         `json:"claim"`
	Source       catalog.Source `json:"source"`
	Printed      string         `json:"printed,omitempty"`
	PrintedRatio float64        `json:"printed_ratio,omitempty"`
	judgedOutcome
	Runtimes []judgedOutcome `json:"runtimes,omitempty"`
	Note     string          `json:"note,omitempty"`
	OnPaper  *catalog.Fact   `json:"on_paper,omitempty"`
	Repeat   string          `json:"repeat,omitempty"`
	Figure   string          `json:"figure"`
}

type judgedOutcome struct {
	Runtime string      `json:"runtime,omitempty"`
	Verdict claims.Word `json:"verdict"`
	Value   *float64    `json:"value,omitempty"` // of the first test, in the catalog's units
	Lo      *float64    `json:"lo,omitempty"`
	Hi      *float64    `json:"hi,omitempty"`
	Rounds  int         `json:"rounds,omitempty"`
	Why     string      `json:"why"`
	Decide  string      `json:"decide,omitempty"`
}

func judged(verdicts []claims.Verdict) []judgedClaim {
	all := []judgedClaim{}
	for _, v := range verdicts {
		c := judgedClaim{
			ID: v.Claim.ID, Pair: v.Pair, Claim: v.Claim.Says, Source: v.Claim.Source,
			Printed: v.Claim.Printed, PrintedRatio: v.Claim.PrintedRatio,
			judgedOutcome: outcome(v.Outcome),
			Note:          v.Claim.Note, OnPaper: v.Claim.OnPaper, Repeat: v.Repeat, Figure: v.Figure,
		}
		for _, o := range v.Runtimes {
			c.Runtimes = append(c.Runtimes, outcome(o))
		}
		all = append(all, c)
	}
	return all
}

func outcome(o claims.Outcome) judgedOutcome {
	out := judgedOutcome{Runtime: o.Runtime, Verdict: o.Verdict, Rounds: o.Estimate.N, Why: o.Why, Decide: o.Decide}
	if o.Estimate.N > 0 {
		out.Value = &o.Estimate.Value
	}
	if o.Estimate.Interval {
		out.Lo, out.Hi = &o.Estimate.Lo, &o.Estimate.Hi
	}
	return out
}

// claimRows are the verdicts as the report shows them.
func claimRows(verdicts []claims.Verdict) []report.Claim {
	var rows []report.Claim
	for _, v := range verdicts {
		row := report.Claim{
			ID: v.Claim.ID, Pair: v.Pair, Text: v.Claim.Says, Where: where(v.Claim.Source),
			Printed: v.Claim.Printed, Ours: v.Text, Verdict: string(v.Verdict),
			Because: v.Why, Decide: v.Decide, Note: v.Claim.Note, Repeat: v.Repeat,
		}
		if len(v.Runtimes) > 1 {
			for _, o := range v.Runtimes {
				row.Others = append(row.Others, strings.TrimSpace(fmt.Sprintf("%s: %s  %s", o.Runtime, o.Verdict, o.Text)))
			}
		}
		rows = append(rows, row)
	}
	return rows
}
