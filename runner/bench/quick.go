package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"gonum.org/v1/gonum/stat"

	"tandem/runner/model"
	"tandem/runner/store"
)

// quick is the main job, as make calls it once all is set up: on the machine
// as it is, and beside a program that spins on one of its cores all the time.
// Runs must not contradict each other.
var quick = benchmark{
	name: "quick", rounds: 2, // some minutes each
	doc: "tandem run of all pairs in the quick profile: time, verdicts, and whether runs agree",
	setUp: func(ctx context.Context, b *bench) error {
		tandem, err := b.build(ctx, "./runner/cmd/tandem")
		if err != nil {
			return err
		}
		var before []map[string]model.Verdict // of each run
		add := func(name string, mostTime, leastDecided, mostOwn float64, beside func() (io.Closer, error)) {
			rows := []row{
				{name: name, unit: "s"},
				{name: name + ": first answer", unit: "s"},
				{name: name + ": claims decided", unit: "%"},
				{name: name + ": claims not tried", unit: "claims"},
				{name: name + ": lines on the terminal", unit: "lines"},
				{name: name + ": against another run's verdict", unit: "claims"},
				{name: name + ": the runner's own time a trial", unit: "ms"},
				{name: name + ": report.html", unit: "MB"},
			}
			b.group(rows, func(ctx context.Context) ([]float64, error) {
				other, err := beside()
				if err != nil {
					return nil, err
				}
				r, err := oneRun(ctx, b, tandem, filepath.Join(b.dir, fmt.Sprint("run", len(before))))
				if err = errors.Join(err, other.Close()); err != nil {
					return nil, err
				}
				conflicts := 0
				for id, v := range r.verdicts {
					for _, old := range before {
						if v == model.Reproduced && old[id] == model.Contradicted || v == model.Contradicted && old[id] == model.Reproduced {
							conflicts++
						}
					}
				}
				before = append(before, r.verdicts)
				decided, tried, untried := r.count()
				return []float64{r.whole, r.first, 100 * float64(decided) / float64(tried), float64(untried), float64(r.lines), float64(conflicts), r.own, r.page}, nil
			})
			b.budget(budget{who: name, atMost: mostTime})
			b.budget(budget{who: rows[1].name, atMost: 12})
			b.budget(budget{who: rows[2].name, atLeast: leastDecided})
			b.budget(budget{who: rows[3].name, atMost: 8})
			b.budget(budget{who: rows[4].name, atMost: 130})
			b.budget(budget{who: rows[5].name, atMost: 0.5})
			b.budget(budget{who: rows[6].name, atMost: mostOwn})
			b.budget(budget{who: rows[7].name, atMost: 3})
		}
		add("tandem run", 150, 85, 6, func() (io.Closer, error) { return io.NopCloser(nil), nil })
		add("tandem run beside a spinner", 240, 75, 0, compete)
		return nil
	},
}

// A quickRun is what came of one run.
type quickRun struct {
	whole, first float64 // seconds
	own          float64 // milliseconds a trial that are neither start-up nor work
	page         float64 // megabytes
	lines        int
	verdicts     map[string]model.Verdict
}

// count counts the claims that were decided, of those that could be tried and
// are not on paper; and those that could not.
func (r quickRun) count() (decided, tried, untried int) {
	for _, v := range r.verdicts {
		switch v {
		case model.OnPaper:
		case model.NotTried:
			untried++
		case model.Inconclusive:
			tried++
		default:
			tried++
			decided++
		}
	}
	return decided, tried, untried
}

func oneRun(ctx context.Context, b *bench, tandem, dir string) (r quickRun, err error) {
	begin := time.Now()
	cmd := b.command(ctx, tandem, "run", "--out", dir)
	var output bytes.Buffer
	cmd.Stdout = writer(func(p []byte) (int, error) {
		output.Write(p)
		// The second line is the first pair's answer.
		if r.first == 0 && bytes.Count(output.Bytes(), []byte("\n")) >= 2 {
			r.first = time.Since(begin).Seconds()
		}
		return len(p), nil
	})
	cmd.Stderr = &output
	if err := cmd.Run(); err != nil {
		return r, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, output.Bytes())
	}
	r.whole, r.lines = time.Since(begin).Seconds(), bytes.Count(output.Bytes(), []byte("\n"))
	page, err := os.Stat(filepath.Join(dir, "report.html"))
	if err != nil {
		return r, err
	}
	r.page = float64(page.Size()) / 1e6
	_, trials, _, err := store.Read(dir)
	if err != nil {
		return r, err
	}
	var gaps []float64
	for i := 1; i < len(trials); i++ {
		last := trials[i-1]
		gap := trials[i].StartedAt.Sub(last.StartedAt) - time.Duration(last.StartupNS+last.WallNS)
		gaps = append(gaps, gap.Seconds()*1e3)
	}
	r.own = stat.Mean(gaps, nil)
	out, err := b.output(ctx, tandem, "claims", dir, "--json")
	if err != nil {
		return r, err
	}
	var claims []struct {
		ID      string        `json:"id"`
		Verdict model.Verdict `json:"verdict"`
	}
	if err := json.Unmarshal(out, &claims); err != nil {
		return r, err
	}
	r.verdicts = map[string]model.Verdict{}
	for _, c := range claims {
		r.verdicts[c.ID] = c.Verdict
	}
	return r, nil
}

// A writer is a function that takes what is written.
type writer func([]byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

// compete starts a process that spins on one core until it is closed.
func compete() (io.Closer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, spinVerb)
	end, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	return closer(func() error {
		_ = end.Close()
		return cmd.Wait()
	}), cmd.Start()
}

type closer func() error

func (c closer) Close() error { return c() }

// spinner keeps one core busy until its standard input ends.
func spinner() {
	go func() {
		wait()
		os.Exit(0)
	}()
	_, _ = pin() // where it cannot, it spins on any core
	for {
		burn(time.Hour)
	}
}
