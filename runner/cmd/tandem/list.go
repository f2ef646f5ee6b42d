package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/model"
)

func listCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list [PAIR...]",
		Short: "list the pairs, their variants and their parameters",
		Example: `  tandem list
  tandem list counting
  tandem list --json`,
		ValidArgsFunction: completePairs,
		RunE: func(cmd *cobra.Command, args []string) error {
			pairs, err := selectPairs(args)
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), listed(pairs))
			}
			var document *model.Document
			for _, p := range pairs {
				if p.Source.In != document {
					document = p.Source.In
					fmt.Fprintf(cmd.OutOrStdout(), "%s\n\n", document)
				}
				if err := describe(cmd.OutOrStdout(), p); err != nil {
					return err
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print it for a program")
	return cmd
}

// selectPairs returns the pairs of those names, all where none is named.
func selectPairs(names []string) ([]*catalog.Pair, error) {
	all, err := catalog.All()
	if err != nil || len(names) == 0 {
		return all, err
	}
	var known []string
	for _, p := range all {
		known = append(known, p.ID)
	}
	var chosen []*catalog.Pair
	for i, name := range names {
		at := slices.Index(known, name)
		if at < 0 {
			if near := nearest(name, known); near != "" {
				return nil, usageError{fmt.Errorf("unknown pair %q; did you mean %s?", name, near)}
			}
			return nil, usageError{fmt.Errorf("unknown pair %q; there are %s", name, strings.Join(known, ", "))}
		}
		if slices.Contains(names[:i], name) {
			continue
		}
		chosen = append(chosen, all[at])
	}
	return chosen, nil
}

// nearest is the name that a misspelt one most likely stands for; empty where
// none is near.
func nearest(misspelt string, names []string) string {
	best, least := "", 2+len(misspelt)/6
	for _, name := range names {
		if d := edits(strings.ToLower(misspelt), name); d < least {
			best, least = name, d
		}
	}
	return best
}

// edits is how many letters must be put in, left out or exchanged, each with
// another or with its neighbour, to make b of a.
func edits(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			if i == 0 || j == 0 {
				d[i][j] = i + j
				continue
			}
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

func completePairs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	all, err := catalog.All()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, p := range all {
		names = append(names, p.ID+"\t"+p.Title)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func describe(w io.Writer, p *catalog.Pair) error {
	fmt.Fprintf(w, "%s: %s\n  %s\n  from %s\n", p.ID, p.Title, p.Question, p.Source)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, v := range p.Variants {
		fmt.Fprintf(table, "    %s\t%s\t%s\n", v.Side, v.Name, v.Doc)
	}
	for _, q := range p.Params {
		fmt.Fprintf(table, "    --param\t%s=%s\t%s (paper: %s)\n", q.Name, q.Format(q.Quick), q.Doc, q.Format(q.Paper))
	}
	fmt.Fprintln(table)
	return table.Flush()
}

// listed is what `tandem list --json` prints.
func listed(pairs []*catalog.Pair) any {
	type variant struct{ Side, Name, Doc string }
	type param struct {
		Name, Type, Doc string
		Quick, Paper    string
	}
	type pair struct {
		ID, Title, Question string
		Source              model.Source
		Variants            []variant
		Params              []param
	}
	out := []pair{}
	for _, p := range pairs {
		one := pair{ID: p.ID, Title: p.Title, Question: p.Question, Source: p.Source}
		for _, v := range p.Variants {
			one.Variants = append(one.Variants, variant{v.Side, v.Name, v.Doc})
		}
		for _, q := range p.Params {
			one.Params = append(one.Params, param{q.Name, q.Type, q.Doc, q.Format(q.Quick), q.Format(q.Paper)})
		}
		out = append(out, one)
	}
	return out
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
