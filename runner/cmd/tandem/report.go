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
	"tandem/runner/model"
	"tandem/runner/plain"
	"tandem/runner/project"
	"tandem/runner/report"
	"tandem/runner/store"
	"tandem/runner/summary"
)

func reportCommand() *cobra.Command {
	var asJSON, figures bool
	cmd := &cobra.Command{
		Use:   "report RUN",
		Short: "write the report of a run again, from its journal",
		Long: `Report reads what a run measured and writes its report.html. RUN is a run's id, its
folder, or latest. It works on a run that was interrupted or is still under way.`,
		Example: `  tandem report latest
  tandem report latest --figures
  tandem report results/latest --json`,
		Args: exactly(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := project.Find()
			if err != nil {
				return err
			}
			rep, err := newReporter(p)
			if err != nil {
				return err
			}
			r, err := rep.write(p.Run(args[0]))
			if err != nil {
				return err
			}
			if figures {
				if err := r.writeFigures(); err != nil {
					return err
				}
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), r)
			}
			return r.ending(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the results for a program")
	cmd.Flags().BoolVar(&figures, "figures", false, "also write each figure as SVG and its data as CSV")
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

func newReporter(p project.Project) (*reporter, error) {
	pairs, err := catalog.All()
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
	return rep.reported(dir, m, trials), nil
}

// reported turns what was measured into what is reported of it.
func (rep *reporter) reported(dir string, m model.Manifest, trials []model.Trial) *reported {
	planned := map[string]bool{}
	for _, c := range m.Plan {
		planned[c.Pair] = true
	}
	table := summary.Of(m, trials, rep.pairs)
	var pairs []*catalog.Pair // as the run had them
	for _, p := range rep.pairs {
		pairs = append(pairs, p.Filled(m.Plan))
	}
	table.Pairs = slices.DeleteFunc(table.Pairs, func(p summary.Pair) bool {
		return !slices.ContainsFunc(trials, func(t model.Trial) bool { return t.Pair == p.ID })
	})
	r := &reported{
		Run: dir, Report: filepath.Join(dir, "report.html"), Complete: m.Complete,
		Warnings: m.Warnings, Answers: map[string]string{}, Summary: table,
		input: report.Input{
			Manifest: m, Summary: table, Claims: claims.Judge(m, table, rep.pairs), Planned: len(planned),
			Pairs: pairs, Published: rep.published,
			Source: rep.project.Source, ECharts: rep.echarts, Command: strings.Join(m.Command, " "),
			Samples: func(t *model.Trial) (model.Samples, error) { return store.ReadSamples(dir, t.Samples) },
		},
	}
	for i := range table.Pairs {
		rows := &table.Pairs[i]
		if p := r.pair(rows.ID); p != nil {
			r.Answers[rows.ID] = answer.Sentence(m, rows, p)
		}
	}
	return r
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

// pair is the catalog's pair of an ID, nil where it has none.
func (r *reported) pair(id string) *catalog.Pair {
	i := slices.IndexFunc(r.input.Pairs, func(p *catalog.Pair) bool { return p.ID == id })
	if i < 0 {
		return nil
	}
	return r.input.Pairs[i]
}

// writeFigures writes each figure as SVG, and its data as CSV, below figures/.
func (r *reported) writeFigures() error {
	figures, err := report.Figures(r.input)
	if err != nil {
		return err
	}
	for _, f := range figures {
		for ending, data := range map[string][]byte{".svg": f.SVG, ".csv": f.CSV} {
			if err := store.WriteFile(r.Run, filepath.Join("figures", f.Name+ending), plain.Page(data)); err != nil {
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
