package runner

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/claims"
	"tandem/runner/report"
	"tandem/runner/stats"
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
			p, err := findProject()
			if err != nil {
				return err
			}
			dir := p.run(args[0])
			r, err := writeReport(p, dir)
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
			return r.print(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the results for a program")
	cmd.Flags().BoolVar(&figures, "figures", false, "also write each figure as SVG and its data as CSV")
	return cmd
}

// A reported run is a run whose report was written.
type reported struct {
	Run      string          `json:"run"`    // its folder
	Report   string          `json:"report"` // its page
	Complete bool            `json:"complete"`
	Warnings []string        `json:"warnings"`
	Summary  summary.Summary `json:"summary"`

	input report.Input
}

// writeReport reads a run, whoever wrote it and however it ended, and writes
// its page.
func writeReport(p project, dir string) (*reported, error) {
	m, trials, warnings, err := store.Read(dir)
	if err != nil {
		return nil, err
	}
	pairs, err := catalog.All()
	if err != nil {
		return nil, err
	}
	published, err := p.published()
	if err != nil {
		return nil, err
	}
	echarts, err := p.echarts()
	if err != nil {
		return nil, fmt.Errorf("reading the charting library: %w; 'make echarts' fetches it again", err)
	}
	m.Warnings = append(slices.Clone(m.Warnings), warnings...)
	table := summary.Of(m, trials, pairs)
	in := report.Input{
		Manifest: m, Summary: table, Claims: claimRows(claims.Judge(m, table, pairs)), Pairs: pairs, Published: published,
		Source: p.source, ECharts: echarts, Command: strings.Join(m.Command, " "),
		Samples: func(t *store.Trial) (store.Samples, error) { return store.ReadSamples(dir, t.Samples) },
	}
	var page bytes.Buffer
	if err := report.Write(&page, in); err != nil {
		return nil, fmt.Errorf("writing the report of %s: %w", dir, err)
	}
	if err := store.WriteFile(dir, "report.html", page.Bytes()); err != nil {
		return nil, err
	}
	return &reported{
		Run: dir, Report: filepath.Join(dir, "report.html"), Complete: m.Complete,
		Warnings: m.Warnings, Summary: in.Summary, input: in,
	}, nil
}

// writeFigures writes each figure as SVG, and its data as CSV, below figures/.
func (r *reported) writeFigures() error {
	figures, err := report.Figures(r.input)
	if err != nil {
		return err
	}
	for _, f := range figures {
		for ending, data := range map[string][]byte{".svg": f.SVG, ".csv": f.CSV} {
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
		for _, g := range p.Groups {
			for _, row := range g.Rows {
				bad := 0
				for status, n := range row.Status {
					if status != store.OK && status != store.Skipped && status != store.Interrupted {
						bad += n
					}
				}
				if bad > 0 {
					failed = append(failed, fmt.Sprintf("%s %s/%s", p.ID, row.Side, row.Variant))
				}
			}
		}
	}
	if len(failed) == 0 {
		return nil
	}
	slices.Sort(failed)
	return fmt.Errorf("%w: %s; the report says why", errFailed, strings.Join(slices.Compact(failed), ", "))
}

// print shows the results as a table, and says where the report is.
func (r *reported) print(w io.Writer) error {
	for _, p := range r.Summary.Pairs {
		for _, g := range p.Groups {
			title := p.ID
			if g.Label != "" {
				title += ", " + g.Label
			}
			table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
			fmt.Fprintf(table, "%s\ttime\t95%% interval\tspeed-up\tcores\tmemory\n", title)
			for _, row := range g.Rows {
				name := fmt.Sprintf("  %s %s", row.Side, row.Variant)
				if row.Wall.N == 0 {
					fmt.Fprintf(table, "%s\t%s\n", name, why(row))
					continue
				}
				fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.2f\t%.0f MB\n", name,
					seconds(row.Wall.Value), interval(row.Wall), speedUp(row), row.Parallelism.Value, row.PeakRSS.Value/1e6)
			}
			fmt.Fprintln(table)
			if err := table.Flush(); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(w, "report: %s\n", r.Report)
	return err
}

func why(row summary.Row) string {
	for status, n := range row.Status {
		if n > 0 && status != store.OK {
			return string(status)
		}
	}
	return "not run"
}

func seconds(s float64) string {
	d := time.Duration(s * 1e9)
	return d.Round(roundTo(d)).String()
}

// roundTo is the step that leaves about three digits of a duration.
func roundTo(d time.Duration) time.Duration {
	step := time.Duration(1)
	for d >= 1000*step {
		step *= 10
	}
	return step
}

func interval(e stats.Estimate) string {
	if !e.Interval {
		return fmt.Sprintf("none under %d rounds", stats.MinRounds)
	}
	return seconds(e.Lo) + " to " + seconds(e.Hi)
}

func speedUp(row summary.Row) string {
	switch {
	case row.SpeedUp.N == 0:
		return "-"
	case row.Spoiled != "":
		return "inconclusive"
	}
	return fmt.Sprintf("%.2fx", row.SpeedUp.Value)
}
