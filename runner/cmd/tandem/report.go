package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tandem/runner/answer"
	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/findings"
	"tandem/runner/model"
	"tandem/runner/pdf"
	"tandem/runner/plain"
	"tandem/runner/project"
	"tandem/runner/report"
	"tandem/runner/site"
	"tandem/runner/store"
	"tandem/runner/summary"
)

func reportCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "write the report of a run again, from its journal",
		Long: `Report reads what a run measured and writes its report.html. RUN is a run's id, its
folder, or latest. It works on a run that was interrupted or is still under way.`,
		Example: `  tandem report latest
  tandem report results/latest --json`,
		Args: exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			rep, err := newReporter()
			if err != nil {
				return err
			}
			r, err := rep.write(rep.project.Run(args[0]))
			if err != nil {
				return err
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r)
			}
			return r.ending(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the results for a program")
	return cmd
}

// A reporter makes the report of a run, as often as it is asked to.
type reporter struct {
	project   project.Project
	pairs     []*catalog.Pair
	published map[string]store.Published
	echarts   []byte
	page      report.Writer
}

func newReporter() (*reporter, error) {
	p, err := project.Find()
	if err != nil {
		return nil, err
	}
	pairs, err := p.Catalog()
	if err != nil {
		return nil, err
	}
	published, err := p.Published()
	if err != nil {
		return nil, err
	}
	echarts, err := p.ECharts()
	if err != nil {
		return nil, fmt.Errorf("reading the charting library: %w; 'make echarts' fetches it again", err)
	}
	return &reporter{project: p, pairs: pairs, published: published, echarts: echarts}, nil
}

// A reported run is a run whose report was written.
type reported struct {
	Run      string            `json:"run"`    // its folder
	Report   string            `json:"report"` // its page
	Complete bool              `json:"complete"`
	Warnings []string          `json:"warnings"`
	Answers  map[string]string `json:"answers"` // by pair
	Summary  summary.Summary   `json:"summary"`

	input report.Input
}

// read reads a run, whoever wrote it and however it ended.
func (rep *reporter) read(dir string) (*reported, error) {
	m, trials, warnings, err := store.Read(dir)
	if err != nil {
		return nil, err
	}
	m.Warnings = append(slices.Clone(m.Warnings), warnings...)
	return rep.reported(dir, m, trials)
}

// reported turns what was measured into what is reported of it.
func (rep *reporter) reported(dir string, m model.Manifest, trials []model.Trial) (*reported, error) {
	planned := map[string]bool{}
	for _, c := range m.Plan {
		planned[c.Pair] = true
	}
	known, err := catalog.OfRun(m.Pairs, rep.pairs)
	if err != nil {
		return nil, err
	}
	table := summary.Of(m, trials, known)
	var pairs []*catalog.Pair // as the run had them
	for _, p := range known {
		pairs = append(pairs, p.Filled(m.Plan))
	}
	table.Pairs = slices.DeleteFunc(table.Pairs, func(p summary.Pair) bool {
		return !slices.ContainsFunc(trials, func(t model.Trial) bool { return t.Pair == p.ID })
	})
	r := &reported{
		Run: dir, Report: filepath.Join(dir, "report.html"), Complete: m.Complete,
		Warnings: m.Warnings, Answers: map[string]string{}, Summary: table,
		input: report.Input{
			Results: findings.Results{
				Manifest: m, Summary: table, Pairs: pairs, Published: rep.published, Claims: claims.Judge(m, table, known),
				Samples: func(t *model.Trial) (model.Samples, error) { return store.ReadSamples(dir, t.Samples) },
			},
			Planned: len(planned), Source: rep.source(m, pairs), ECharts: rep.echarts, Command: strings.Join(m.Command, " "),
		},
	}
	for i := range table.Pairs {
		rows := &table.Pairs[i]
		rows.Findings = disagreements(m, trials, rows.ID)
		if p := catalog.Find(pairs, rows.ID); p != nil {
			r.Answers[rows.ID] = answer.Sentence(m, rows, p)
		}
	}
	return r, nil
}

// source finds the code of a pair's side: of one of the user's as the run has
// kept it.
func (rep *reporter) source(m model.Manifest, pairs []*catalog.Pair) func(pair, side string) (name, text string, err error) {
	return func(pair, side string) (name, text string, err error) {
		at := slices.IndexFunc(pairs, func(p *catalog.Pair) bool { return p.ID == pair })
		if at < 0 || at >= len(m.Pairs) {
			return rep.project.Source(pair, side)
		}
		var names, texts []string
		for _, v := range pairs[at].Variants {
			for _, name := range v.Sources {
				if code, ok := m.Pairs[at].Sources[name]; ok && v.Side == side && !slices.Contains(names, name) {
					names, texts = append(names, name), append(texts, code)
				}
			}
		}
		return strings.Join(names, ", "), strings.Join(texts, "\n"), nil
	}
}

// mostFindings is how many URLs are named of those on which clients disagree.
const mostFindings = 30

// disagreements says on which URLs of the user's own list clients disagree, the
// sum of it first.
func disagreements(m model.Manifest, trials []model.Trial, pair string) []string {
	if m.URLs == nil {
		return nil
	}
	answers := map[string][]string{}
	for _, t := range trials {
		if t.Pair == pair && t.Status == model.OK {
			who := fmt.Sprintf("%s %s", m.RuntimeName(t.Runtime), t.Variant)
			answers[who] = append(answers[who], t.Answer)
		}
	}
	found := site.Disagreements(m.URLs, answers)
	if found.String() == "" {
		return nil
	}
	lines := []string{found.String()}
	for _, d := range found.On[:min(len(found.On), mostFindings)] {
		lines = append(lines, d.String())
	}
	return lines
}

// write reads a run and writes its page.
func (rep *reporter) write(dir string) (*reported, error) {
	r, err := rep.read(dir)
	if err != nil {
		return nil, err
	}
	rep.page = report.Writer{} // what was rendered while it ran may lack what came later
	return r, rep.writePage(r)
}

func (rep *reporter) writePage(r *reported) error {
	var page bytes.Buffer
	if err := rep.page.Write(&page, r.input); err != nil {
		return fmt.Errorf("writing the report of %s: %w", r.Run, err)
	}
	return store.WriteFile(r.Run, "report.html", plain.Page(page.Bytes()))
}

// writeFigures writes each figure as SVG and PDF, and its data as CSV, below
// figures/.
func (r *reported) writeFigures() error {
	figures, err := report.Figures(r.input)
	if err != nil {
		return err
	}
	for _, f := range figures {
		files := map[string][]byte{".csv": plain.Page(f.CSV)}
		if len(f.SVG) > 0 {
			files[".svg"] = plain.Page(f.SVG)
			if files[".pdf"], err = pdf.Of(files[".svg"]); err != nil {
				return fmt.Errorf("figure %q: %w", f.Name, err)
			}
		}
		for ending, data := range files {
			if err := store.WriteFile(r.Run, filepath.Join("figures", f.Name+ending), data); err != nil {
				return err
			}
		}
	}
	return nil
}

// failure is an error if something that was asked for did not run and agree.
// A variant that cannot run here, and says so, has not failed.
func (r *reported) failure() error {
	var failed []string
	for _, p := range r.Summary.Pairs {
		for _, row := range p.Rows() {
			if row.Failed() > 0 {
				failed = append(failed, fmt.Sprintf("%s %s/%s", p.ID, row.Side, row.Variant))
			}
		}
	}
	if len(failed) == 0 {
		return nil
	}
	slices.Sort(failed)
	return fmt.Errorf("%w: %s; the report says why", errFailed, strings.Join(slices.Compact(failed), ", "))
}
