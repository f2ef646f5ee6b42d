package runner

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tandem/runner/stats"
	"tandem/runner/store"
)

// A progress shows how far a run is: one line that is rewritten on a terminal,
// plain lines, one a round, in a pipe.
type progress struct {
	w       io.Writer
	bar     *progressbar.ProgressBar // nil in a pipe
	started time.Time
	trials  int
	failed  int
}

func newProgress(w io.Writer) *progress {
	p := &progress{w: w, started: time.Now()}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.bar = progressbar.NewOptions(1,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetWidth(16),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionShowCount(),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionUseANSICodes(true),
		)
	}
	return p
}

// start says how many trials are to come at the most.
func (p *progress) start(trials int) {
	p.started = time.Now()
	if p.bar != nil {
		p.bar.ChangeMax(max(trials, 1))
	}
}

// begin says what runs now, and how long it took so far (walls, in seconds).
func (p *progress) begin(c store.Cell, round, rounds int, walls []float64) {
	if p.bar == nil {
		return
	}
	median := ""
	if len(walls) > 0 {
		median = "median " + seconds(stats.Median(walls).Value)
	}
	p.bar.Describe(fmt.Sprintf("%-36s %-15s %-15s", c.Pair+" "+c.Side+"/"+c.Variant, roundName(round, rounds), median))
}

// step notes a trial that ended. What failed is named at once: a class should
// not wait for the report to see it.
func (p *progress) step(t store.Trial) {
	p.trials++
	if t.Status != store.OK && t.Status != store.Interrupted {
		if p.failed++; p.failed <= 20 {
			p.note("%s %s/%s (%s), round %d: %s: %s", t.Pair, t.Side, t.Variant, t.Runtime, t.Round, t.Status, t.Message)
		}
	}
	if p.bar != nil {
		_ = p.bar.Add(1) // a terminal that went away stops nothing
	}
}

// round notes a round that ended, and how many trials are left at the most.
func (p *progress) round(round, rounds, left int) {
	if p.bar != nil {
		p.bar.ChangeMax(max(p.trials+left, 1))
		return
	}
	fmt.Fprintf(p.w, "%s: %d trials in %.1fs", roundName(round, rounds), p.trials, time.Since(p.started).Seconds())
	if left == 0 {
		fmt.Fprint(p.w, ", done")
	}
	fmt.Fprintln(p.w)
}

// note prints a line of its own above the progress.
func (p *progress) note(format string, args ...any) {
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	fmt.Fprintf(p.w, format+"\n", args...)
}

func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
		p.bar = nil
	}
}

func roundName(round, rounds int) string {
	if round == 0 {
		return "warm-up"
	}
	return fmt.Sprintf("round %d of %d", round, rounds)
}
