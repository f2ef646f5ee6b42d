package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/serve"
	"tandem/runner/session"
)

// loopback is where pages are served unless the user says otherwise: any free
// port of this machine alone.
const loopback = "127.0.0.1:0"

func serveCommand() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "show the runs in a browser, and start and watch new ones there",
		Long: `Serve prints an address and opens it in a browser where there is one. The page lists
the runs, the newest first, starts new ones, shows them live, and stops them after a
trial. Only who has the address, with its token, is admitted. Ctrl-C stops a run that
goes on, keeps what it measured, and ends serving; closing the browser stops nothing.`,
		Example: `  tandem serve
  tandem serve --listen 0.0.0.0:8000`,
		Args: exactly(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			rep, err := newReporter()
			if err != nil {
				return err
			}
			s, err := startServing(cmd, rep, listen, "/")
			if err != nil {
				return err
			}
			<-cmd.Context().Done()
			if err := s.Close(); err == nil || errors.Is(err, session.ErrInterrupted) {
				return err
			}
			return errFailed // what did was said when it did
		},
	}
	cmd.Flags().StringVar(&listen, "listen", loopback, "address and port; with another than loopback's, whoever can reach it and has the token may watch and start runs")
	return cmd
}

// startServing serves the pages and shows one of them to the user.
func startServing(cmd *cobra.Command, rep *reporter, listen, page string) (*serve.Server, error) {
	var s *serve.Server
	s, err := serve.New(serve.Options{
		Listen: listen, Project: rep.project, Pairs: rep.pairs,
		Prepare: func(ctx context.Context, o serve.Order) ([]*catalog.Pair, func(context.Context) error, error) {
			f := runFlags{profile: o.Profile, side: "both", params: o.Params, rounds: o.Rounds, seed: 1, patience: defaultPatience}
			if err := f.check(runCommand(), o.Pairs); err != nil {
				return nil, nil, err
			}
			pairs, err := f.filled(o.Pairs, selectPairs)
			if err != nil {
				return nil, nil, err
			}
			f.command = append([]string{"tandem", "run", "--profile", o.Profile}, o.Pairs...)
			for _, set := range o.Params {
				f.command = append(f.command, "--param", set)
			}
			if o.Rounds > 0 {
				f.command = append(f.command, "--rounds", fmt.Sprint(o.Rounds))
			}
			return pairs, func(ctx context.Context) error {
				out := newTerminal(cmd.OutOrStdout(), cmd.ErrOrStderr(), f.voice())
				_, err := f.measure(ctx, rep, o.Pairs, selectPairs, out, s.Feed())
				if err != nil && !errors.Is(err, session.ErrInterrupted) {
					fmt.Fprintf(cmd.ErrOrStderr(), "tandem: %v\n", err)
				}
				return err
			}, nil
		},
	})
	if err != nil {
		return nil, err
	}
	s.Start(cmd.Context())
	fmt.Fprintf(cmd.ErrOrStderr(), "live at %s\nCtrl-C ends it; what was measured is kept\n", s.Address(page))
	openBrowser(s.Address(page))
	return s, nil
}

// filled are the pairs of a run, with its numbers in their texts. What finds the
// runtimes takes longer, and is not asked.
func (f *runFlags) filled(args []string, choose chooser) ([]*catalog.Pair, error) {
	pairs, err := choose(args)
	if err != nil {
		return nil, err
	}
	sides, err := f.sides(pairs)
	if err != nil {
		return nil, err
	}
	chosen := plan.Selection{Pairs: pairs, Profile: f.profile, Sides: sides, Variants: f.variants, Set: f.params}
	for _, side := range sides {
		chosen.Runtimes = append(chosen.Runtimes, model.Runtime{Side: side})
	}
	cells, err := plan.Build(chosen)
	if err != nil {
		return nil, usageError{err}
	}
	pairs = slices.Clone(pairs)
	for i, p := range pairs {
		pairs[i] = p.Filled(cells)
	}
	return pairs, nil
}

// openBrowser shows an address where there is a desktop, and is no worse where
// there is none: the address was printed.
func openBrowser(address string) {
	name := "xdg-open"
	switch {
	case runtime.GOOS == "darwin":
		name = "open"
	case os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "":
		return
	}
	if cmd := exec.Command(name, address); cmd.Start() == nil {
		go func() { _ = cmd.Wait() }() // however it ends
	}
}

// A fanOut tells several how a run gets on, in this order.
type fanOut []session.Progress

func (all fanOut) Pair(at, of int, p *catalog.Pair) {
	for _, o := range all {
		o.Pair(at, of, p)
	}
}

func (all fanOut) Trial(c model.Cell, round, rounds int, times []time.Duration) {
	for _, o := range all {
		o.Trial(c, round, rounds, times)
	}
}

func (all fanOut) Ended(t *model.Trial) {
	for _, o := range all {
		o.Ended(t)
	}
}

func (all fanOut) Measured(p *catalog.Pair) {
	for _, o := range all {
		o.Measured(p)
	}
}

func (all fanOut) Note(format string, args ...any) {
	for _, o := range all {
		o.Note(format, args...)
	}
}

// stay keeps the pages of a run that is over until the user has seen enough.
func stay(ctx context.Context, w io.Writer) {
	if ctx.Err() == nil {
		fmt.Fprintln(w, "the pages stay until Ctrl-C")
		<-ctx.Done()
	}
}
