package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/kballard/go-shellquote"
	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/project"
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

// selectPairs returns the pairs of those names, all of the catalog where none is
// named. A folder with a pair.toml is one too.
func selectPairs(names []string) ([]*catalog.Pair, error) {
	p, err := project.Find()
	if err != nil {
		return nil, err
	}
	all, err := p.Catalog()
	if err != nil || len(names) == 0 {
		return all, err
	}
	var known []string
	for _, p := range all {
		known = append(known, p.ID)
	}
	var chosen []*catalog.Pair
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		pair, err := selectPair(name, known, all)
		if err != nil {
			return nil, usageError{err}
		}
		if slices.ContainsFunc(chosen, func(o *catalog.Pair) bool { return o.ID == pair.ID }) {
			return nil, usageError{fmt.Errorf("two pairs are called %s; give one of them an id of its own in its pair.toml", pair.ID)}
		}
		if len(chosen) > 0 && (chosen[0].Folder == "") != (pair.Folder == "") {
			return nil, usageError{fmt.Errorf("%s is a folder and %s is not: what runs commands and what runs Tandem's own pairs are two runs", names[0], name)}
		}
		chosen = append(chosen, pair)
	}
	return chosen, nil
}

// selectPair finds a pair by its name, or by the folder that it is.
func selectPair(name string, known []string, all []*catalog.Pair) (*catalog.Pair, error) {
	if at := slices.Index(known, name); at >= 0 {
		return all[at], nil
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		return catalog.Own(name)
	case err == nil && filepath.Base(name) == catalog.OwnFile:
		return catalog.Own(filepath.Dir(name))
	case strings.ContainsAny(name, " \t"):
		return nil, fmt.Errorf("%q is a command, not a pair; did you mean: tandem compare %s", name, shellquote.Join(name))
	case strings.ContainsRune(name, filepath.Separator):
		return nil, fmt.Errorf("there is no folder %s", name)
	}
	if near := nearest(name, known); near != "" {
		return nil, fmt.Errorf("unknown pair %q; did you mean %s?", name, near)
	}
	return nil, fmt.Errorf("unknown pair %q; there are %s; a folder with a %s is one too", name, strings.Join(known, ", "), catalog.OwnFile)
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
	all, err := selectPairs(nil)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for _, p := range all {
		names = append(names, p.ID+"\t"+p.Title)
	}
	return names, cobra.ShellCompDirectiveDefault
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
