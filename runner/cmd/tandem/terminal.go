package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"tandem/runner/catalog"
	"tandem/runner/format"
	"tandem/runner/model"
	"tandem/runner/plain"
	"tandem/runner/session"
)

// A voice is how much the terminal says.
type voice int

const (
	terse voice = iota // nothing but notes
	usual              // a pair's answer as it ends
	full               // and every round
)

// A terminal shows how a run gets on: a line that is rewritten on stderr where
// that is a terminal, and as each pair ends its answer on stdout.
type terminal struct {
	out, err io.Writer
	voice    voice
	bold     bool
	bar      *progressbar.ProgressBar // nil in a pipe

	session  *session.Session
	reporter *reporter
	of, at   int      // pairs, and the one that is measured
	named    []string // failures that are told
	round    int
	began    bool // something of the pair was run now, not before
}

func newTerminal(out, err io.Writer, v voice) *terminal {
	t := &terminal{out: out, err: err, voice: v, bold: isTerminal(out) && os.Getenv("NO_COLOR") == ""}
	if isTerminal(err) && v != terse {
		t.bar = progressbar.NewOptions(1,
			progressbar.OptionSetWriter(raw(err)),
			progressbar.OptionSetWidth(16),
			progressbar.OptionSetPredictTime(true),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionUseANSICodes(true),
		)
	}
	return t
}

// raw is what a writer writes to, where what it cleans is our own.
func raw(w io.Writer) io.Writer {
	if cleaned, ok := w.(*plain.Writer); ok {
		return cleaned.To
	}
	return w
}

func isTerminal(w io.Writer) bool {
	f, ok := raw(w).(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// begin says whose progress it is.
func (t *terminal) begin(s *session.Session, r *reporter) { t.session, t.reporter = s, r }

// Pair says that a pair begins.
func (t *terminal) Pair(at, of int, p *catalog.Pair) {
	t.at, t.of, t.round, t.began = at, of, -1, false
	if t.bar != nil {
		// Pairs, in hundredths, for a pair takes seconds.
		t.bar.ChangeMax(100 * of)
		_ = t.bar.Set(100 * (at - 1)) // a terminal that went away stops nothing
	}
}

// Trial says what runs now.
func (t *terminal) Trial(c model.Cell, round, rounds int, times []time.Duration) {
	if t.voice == full && t.bar == nil && round != t.round {
		fmt.Fprintf(t.err, "%s: %s\n", c.Pair, roundName(round, rounds, times))
	}
	t.round, t.began = round, true
	if t.bar == nil {
		return
	}
	last := ""
	if len(times) > 0 {
		last = "last " + format.Brief(times[len(times)-1])
	}
	t.bar.Describe(plain.Terminal(fmt.Sprintf("pair %d of %d  %-36s %-14s %-12s", t.at, t.of, c.Pair+" "+c.Side+"/"+c.Variant, roundName(round, rounds, times), last)))
	_ = t.bar.Set(100*(t.at-1) + 99*round/max(rounds, 1))
}

// mostFailed is how many failures are named as they happen.
const mostFailed = 20

// Ended names a trial that failed at once: a class should not wait for the
// report to see it.
func (t *terminal) Ended(o *model.Trial) {
	if o.Status == model.OK || o.Status == model.Interrupted || o.Status == model.Skipped && t.voice != full {
		return
	}
	if len(t.named) < mostFailed {
		what := fmt.Sprintf("%s %s/%s %s: %s: %s", o.Pair, o.Side, o.Variant,
			strings.TrimSpace(model.ParamsKey(o.Params)+" ("+o.Runtime+")"), o.Status, o.Message)
		if !slices.Contains(t.named, what) { // once, in however many rounds
			t.named = append(t.named, what)
			t.Note("%s", what)
		}
	}
}

// Measured prints a pair's answer and verdicts, and writes the report again.
func (t *terminal) Measured(p *catalog.Pair) {
	if !t.began {
		return
	}
	r, err := t.reporter.reported(t.session.Dir(), t.session.Manifest(), t.session.Trials())
	if err == nil {
		err = t.reporter.writePage(r)
	}
	if err != nil {
		t.Note("%v", err) // the pair itself is not lost
	}
	if err != nil || t.voice == terse {
		return
	}
	t.clear()
	t.strong(p.ID + ":")
	said := r.Answers[p.ID]
	if strings.Count(said, "; ") >= 3 { // of so many runtimes each has a line
		said = strings.ReplaceAll(said, "; ", "\n  ")
	}
	fmt.Fprintf(t.out, " %s\n  %s\n", p.Filled(t.session.Manifest().Plan).Question, said)
	for i := range r.Summary.Pairs {
		if rows := &r.Summary.Pairs[i]; rows.ID == p.ID {
			for _, finding := range rows.Findings {
				fmt.Fprintf(t.out, "  %s\n", finding)
			}
		}
	}
	if verdicts := r.verdicts(p.ID); verdicts != "" {
		fmt.Fprintf(t.out, "  %s\n", verdicts)
	}
}

// strong prints a text in bold where that can be.
func (t *terminal) strong(text string) {
	if t.bold {
		text = "\x1b[1m" + plain.Terminal(text) + "\x1b[0m"
		_, _ = io.WriteString(raw(t.out), text)
		return
	}
	_, _ = io.WriteString(t.out, text)
}

// verdicts are a pair's verdicts in a line.
func (r *reported) verdicts(pair string) string {
	var parts []string
	for _, word := range model.Verdicts {
		var ids []string
		for _, j := range r.input.Claims {
			if j.Pair == pair && j.Verdict == word {
				ids = append(ids, j.ID)
			}
		}
		if len(ids) > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", word, strings.Join(ids, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}

// Note prints a line of its own above the progress.
func (t *terminal) Note(format string, args ...any) {
	t.clear()
	fmt.Fprintf(t.err, format+"\n", args...)
}

func (t *terminal) clear() {
	if t.bar != nil {
		_ = t.bar.Clear()
	}
}

// end takes the line away.
func (t *terminal) end() {
	if t.bar != nil {
		_ = t.bar.Finish()
		t.bar = nil
	}
}

func roundName(round, rounds int, times []time.Duration) string {
	switch {
	case round == 0 && len(times) > 0:
		return "trace"
	case round == 0:
		return "warm-up"
	}
	return fmt.Sprintf("round %d of %d", round, rounds)
}
