package diff

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"tandem/runner/format"
	"tandem/runner/model"
)

// Formats are what Write can write.
var Formats = []string{"text", "json", "markdown", "html"}

// Write writes the table. bound is that of Row.Slower; 0: none.
func (t *Table) Write(w io.Writer, format string, bound float64) error {
	switch format {
	case "text":
		return t.text(w, bound)
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", " ")
		return enc.Encode(t)
	case "markdown":
		return t.markdown(w, bound)
	case "html":
		return page.Execute(w, struct {
			*Table
			Lines []line
		}{t, t.lines(bound)})
	}
	return fmt.Errorf("unknown format %q; there are %s", format, strings.Join(Formats, ", "))
}

// A line is a row in words.
type line struct{ Row, Before, After, Ratio, Interval, P, Verdict string }

func (t *Table) lines(bound float64) []line {
	var all []line
	for _, r := range t.Rows {
		l := line{Row: r.Name(), Before: duration(r.Before.Value), After: duration(r.After.Value), Ratio: "-", Interval: "-", P: "-", Verdict: verdict(r, bound)}
		if len(t.Runs) > 1 {
			l.Row += " in " + r.Run
		}
		if r.Ratio.N > 0 {
			l.Ratio = fmt.Sprintf("%.3g", r.Ratio.Value)
		}
		if r.Ratio.Interval {
			l.Interval = fmt.Sprintf("%.3g to %.3g", r.Ratio.Lo, r.Ratio.Hi)
			l.P = fmt.Sprintf("%.2g", r.P)
		}
		all = append(all, l)
	}
	return all
}

// verdict says what became of a row.
func verdict(r Row, bound float64) string {
	switch {
	case !r.Ratio.Interval:
		return fmt.Sprintf("under %d rounds", model.MinRounds)
	case bound > 0 && r.Slower(bound):
		return fmt.Sprintf("slower by more than %g %%", bound*100)
	case r.Changed() && r.Ratio.Value > 1:
		return "slower"
	case r.Changed():
		return "faster"
	}
	return "no change shown"
}

func duration(seconds float64) string { return format.Brief(time.Duration(seconds * 1e9)) }

// mostNamed is how many sentences of a kind are written for people.
const mostNamed = 10

// some is the first of them, and how many more there are.
func some(all []string) []string {
	if len(all) <= mostNamed {
		return slices.Clone(all)
	}
	return append(slices.Clone(all[:mostNamed]), fmt.Sprintf("and %d more, which --format json lists", len(all)-mostNamed))
}

func (t *Table) text(w io.Writer, bound float64) error {
	fmt.Fprintf(w, "%s against %s: time after over time before\n", strings.Join(t.Runs, ", "), t.Base)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tbefore\tafter\tratio\t95% interval\tp, corrected\t")
	for _, l := range t.lines(bound) {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.Row, l.Before, l.After, l.Ratio, l.Interval, l.P, l.Verdict)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, text := range append(some(t.Differs), some(t.Missing)...) {
		fmt.Fprintln(w, "  "+text)
	}
	return nil
}

func (t *Table) markdown(w io.Writer, bound float64) error {
	var b strings.Builder
	b.WriteString("| row | before | after | ratio | 95 % interval | p, corrected | |\n|:---|---:|---:|---:|---:|---:|:---|\n")
	clean := strings.NewReplacer("|", `\|`, "\n", " ")
	for _, l := range t.lines(bound) {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s |\n", clean.Replace(l.Row), l.Before, l.After, l.Ratio, l.Interval, l.P, l.Verdict)
	}
	for _, text := range append(some(t.Differs), some(t.Missing)...) {
		fmt.Fprintf(&b, "\n- %s", clean.Replace(text))
	}
	b.WriteByte('\n')
	_, err := io.WriteString(w, b.String())
	return err
}

// page stands on its own, as the report of a run does.
var page = template.Must(template.New("diff").Funcs(template.FuncMap{"some": some}).Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="color-scheme" content="light dark"/>
<title>Tandem: runs against {{.Base}}</title>
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
div{overflow-x:auto}table{border-collapse:collapse}th,td{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #8884}th:first-child,td:last-child{text-align:left}</style>
</head><body><main><h1>{{range $i, $r := .Runs}}{{if $i}}, {{end}}{{$r}}{{end}} against {{.Base}}</h1>
<p>Time after over time before: 2 takes twice as long. p is corrected for the number of rows (Holm).</p>
{{with some .Differs}}<h2>What differs</h2><ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}
<div tabindex="0"><table><thead><tr><th scope="col">row</th><th scope="col">before</th><th scope="col">after</th><th scope="col">ratio</th><th scope="col">95 % interval</th><th scope="col">p</th><th scope="col"></th></tr></thead><tbody>
{{range .Lines}}<tr><th scope="row">{{.Row}}</th><td>{{.Before}}</td><td>{{.After}}</td><td>{{.Ratio}}</td><td>{{.Interval}}</td><td>{{.P}}</td><td>{{.Verdict}}</td></tr>
{{end}}</tbody></table></div>
{{with some .Missing}}<h2>Not compared</h2><ul>{{range .}}<li>{{.}}</li>{{end}}</ul>{{end}}
</main></body></html>
`))
