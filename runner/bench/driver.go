package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/quiet"
)

// A benchmark is one question about Tandem.
type benchmark struct {
	name, doc string
	// rounds is how often each candidate runs, unless the user says
	// otherwise. 0: once, because nothing in it is left to chance.
	rounds int
	// setUp adds the candidates and the budgets.
	setUp func(ctx context.Context, b *bench) error
}

// bench is a benchmark being set up and then measured.
type bench struct {
	root   string    // the checkout
	dir    string    // for files of this benchmark; goes when it is over
	out    io.Writer // where its table will be
	rounds int

	candidates []candidate
	budgets    []budget
	rows       []row
	closers    []func() error
	noise      noise
}

// A candidate is whoever is measured once a round.
type candidate struct {
	rows []string // what its numbers are called
	run  func(context.Context) ([]float64, error)
}

// A row is one number of a candidate, by round.
type row struct {
	name, unit string
	values     []float64
	missing    string // why there are none
}

// noise is what the machine did beside the benchmark.
type noise struct {
	enough  int       // quiet rounds to rest on them alone
	quiet   []bool    // by round
	foreign []float64 // cores that others used just before a candidate ran
}

// Everything that is drawn is drawn from this, so that two runs of the
// benchmarks do the same in the same order.
const seed = 20

// candidate adds somebody who gives one number a round, in a unit.
func (b *bench) candidate(name, unit string, run func(context.Context) (float64, error)) {
	b.group([]row{{name: name, unit: unit}}, func(ctx context.Context) ([]float64, error) {
		v, err := run(ctx)
		return []float64{v}, err
	})
}

// group adds somebody who gives several numbers a round.
func (b *bench) group(rows []row, run func(context.Context) ([]float64, error)) {
	c := candidate{run: run}
	for _, r := range rows {
		b.rows = append(b.rows, r)
		c.rows = append(c.rows, r.name)
	}
	b.candidates = append(b.candidates, c)
}

// missing adds somebody who cannot take part here. Budgets that refer to it
// are not judged.
func (b *bench) missing(name string, why error) {
	b.rows = append(b.rows, row{name: name, missing: why.Error()})
}

// budget adds a bound.
func (b *bench) budget(g budget) { b.budgets = append(b.budgets, g) }

// close adds what must be done at the end, the last first.
func (b *bench) close(f func() error) { b.closers = append(b.closers, f) }

func (b *bench) row(name string) *row {
	for i := range b.rows {
		if b.rows[i].name == name {
			return &b.rows[i]
		}
	}
	panic("no candidate gives " + name) // a mistake in the benchmark's file
}

// measure runs benchmarks one after the other and prints a table for each.
// One that fails does not keep the others from running.
func measure(ctx context.Context, out io.Writer, chosen []benchmark, rounds int) error {
	root, err := checkout(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, m := range chosen {
		begin := time.Now()
		fmt.Fprintf(out, "%s: %s\n", m.name, m.doc)
		b := &bench{root: root, out: out, rounds: m.rounds}
		if rounds > 0 && m.rounds > 0 {
			b.rounds = rounds
		}
		missed, err := b.measure(ctx, m)
		if ctx.Err() != nil {
			return errors.Join(ctx.Err(), err)
		}
		switch {
		case notInstalled(err):
			fmt.Fprintf(out, "  left out: %v\n", err)
		case err != nil:
			fmt.Fprintf(out, "  FAILED: %v\n", err)
			errs = append(errs, fmt.Errorf("%s: %w", m.name, err))
		}
		if missed {
			errs = append(errs, fmt.Errorf("%s: %w", m.name, errMissed))
		}
		fmt.Fprintf(out, "  (%.1f s)\n\n", time.Since(begin).Seconds())
	}
	return errors.Join(errs...)
}

func (b *bench) measure(ctx context.Context, m benchmark) (missed bool, err error) {
	if b.dir, err = os.MkdirTemp("", "tandem-bench-"); err != nil {
		return false, err
	}
	b.close(func() error { return os.RemoveAll(b.dir) })
	defer func() {
		for _, f := range slices.Backward(b.closers) {
			err = errors.Join(err, f())
		}
	}()
	if err := m.setUp(ctx, b); err != nil {
		return false, err
	}
	gate := quiet.Gate{MaxWait: 300 * time.Millisecond}
	if err := b.run(ctx, &gate, quiet.Capacity); err != nil {
		return false, err
	}
	return b.print()
}

// run has every candidate run once a round, in an order that is drawn anew,
// each after a wait (within bounds) for the machine to be quiet. Where too few
// rounds were quiet it goes on, up to twice as long. The first round warms up
// and does not count, except where rounds are too long or too alike for that.
func (b *bench) run(ctx context.Context, gate *quiet.Gate, capacity func(time.Duration) float64) error {
	first, last, most := 0, b.rounds, 2*b.rounds
	if b.rounds <= 1 {
		first, last, most = 1, 1, 1
	}
	b.noise.enough = min(last, model.MinRounds)
	for round := first; round <= last || round <= most && b.noise.noisy(); round++ {
		calm := true
		if b.rounds > 0 {
			calm = capacity(10*time.Millisecond) >= 0.95*float64(runtime.GOMAXPROCS(0))
		}
		for _, i := range plan.Order(len(b.candidates), seed, "bench", round) {
			c := b.candidates[i]
			if b.rounds > 0 {
				foreign, _, err := gate.Wait(ctx)
				if err != nil {
					return err
				}
				b.noise.foreign = append(b.noise.foreign, foreign)
				calm = calm && foreign <= quiet.DefaultLimit
			}
			values, err := c.run(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", c.rows[0], err)
			}
			if round == 0 {
				continue
			}
			for i, name := range c.rows {
				r := b.row(name)
				r.values = append(r.values, values[i])
			}
		}
		if round > 0 {
			b.noise.quiet = append(b.noise.quiet, calm)
		}
	}
	return nil
}

// calm is the number of quiet rounds.
func (n *noise) calm() (rounds int) {
	for _, q := range n.quiet {
		if q {
			rounds++
		}
	}
	return rounds
}

// noisy says that there are too few quiet rounds to rest on.
func (n *noise) noisy() bool { return n.calm() < n.enough }

// pick returns the values of the quiet rounds, or of all where these are too
// few.
func (n *noise) pick(values []float64) (picked []float64) {
	for i, v := range values {
		if n.quiet[i] || n.noisy() {
			picked = append(picked, v)
		}
	}
	return picked
}

// command prepares a program that runs in the checkout and ends with ctx.
func (b *bench) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = b.root
	return cmd
}

// output runs a program and returns what it printed.
func (b *bench) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := b.command(ctx, name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		printed := append(bytes.TrimSpace(out), '\n')
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, append(printed, stderr.Bytes()...))
	}
	return out, nil
}

// build compiles one of Tandem's own commands.
func (b *bench) build(ctx context.Context, pkg string) (path string, err error) {
	path = filepath.Join(b.dir, filepath.Base(pkg))
	_, err = b.output(ctx, "go", "build", "-tags", "netgo", "-o", path, pkg) // as the runner builds it
	return path, err
}

// checkout is the folder of the module that this program is part of.
func checkout(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Path}} {{.Dir}}").Output()
	root, ours := strings.CutPrefix(strings.TrimSpace(string(out)), "tandem ")
	if err != nil || !ours {
		return "", errors.New("no checkout of Tandem here; run the benchmarks inside of it")
	}
	return root, nil
}
