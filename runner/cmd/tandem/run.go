package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/model"
	"tandem/runner/plan"
	"tandem/runner/project"
	"tandem/runner/report"
	"tandem/runner/runtimes"
	"tandem/runner/serve"
	"tandem/runner/session"
	"tandem/runner/site"
)

// runFlags is what the user typed after `tandem run`.
type runFlags struct {
	profile   string
	side      string
	variants  []string
	pythons   []string
	gos       []string
	params    []string
	rounds    int
	budget    time.Duration
	seed      uint64
	calibrate time.Duration
	urls      string
	out       string
	resume    string
	patience  time.Duration
	trace     bool
	asJSON    bool
	quiet     bool
	verbose   bool
	live      bool
	listen    string
	command   []string // what says the same on the command line; nil: what the user typed
}

// defaultPatience is how long a pair waits for a quiet machine in all.
const defaultPatience = 500 * time.Millisecond

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [PAIR|FOLDER...]",
		Short: "run pairs, in both languages, and write a report",
		Long: `Run measures pair after pair: every variant once a round, in a random order, six
rounds at the least and more until the intervals are narrow. Each trial is a
fresh process. As a pair ends its answer is printed and the report written again.
Without a name it runs every pair that Tandem has; a folder with a pair.toml is a
pair of your own (tandem new).`,
		Example: `  tandem run
  tandem run counting --profile paper
  tandem run counting --param workers=1,2,4,8 --rounds 8
  tandem run counting --calibrate 1s
  tandem run counting --side python --python 3.9,3.13t,pypy3
  tandem run counting --side python --python "3.13t -X gil=1" --python all
  tandem run urlcheck --urls my-urls.txt
  tandem run ./mydir
  tandem run counting --live
  tandem run --resume latest`,
		ValidArgsFunction: completePairs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args, selectPairs)
		},
	}
	f.add(cmd)
	return cmd
}

// add gives a command the flags.
func (f *runFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", catalog.Quick, "set of parameters: quick, or paper (the sources' own numbers)")
	flags.StringVar(&f.side, "side", "both", "go, python or both; of a folder, any of its languages")
	flags.StringArrayVar(&f.variants, "variant", nil, "run this variant only (repeatable)")
	flags.StringArrayVar(&f.pythons, "python", nil, "run the Python side with these interpreters, in this order: versions, names, paths or all, each with flags of its own (repeatable)")
	flags.StringArrayVar(&f.gos, "go", nil, "build the Go side with these toolchains, each apart: local, versions that the go command fetches (go1.27.3), or paths of go commands (repeatable)")
	flags.StringArrayVar(&f.params, "param", nil, "set a parameter, name=value, or compare several, name=value,value (repeatable)")
	flags.IntVar(&f.rounds, "rounds", 0, "run just this many rounds, instead of until the intervals are narrow")
	flags.DurationVar(&f.budget, "budget", 0, "begin no pair, and no round beyond the least, after this time")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the random order")
	flags.DurationVar(&f.calibrate, "calibrate", 0, "same time instead of same work: find, for each runtime, how much its baseline does in this time")
	flags.StringVar(&f.urls, "urls", "", "check the URLs in this file, one a line, instead of the site on loopback")
	flags.StringVar(&f.out, "out", "", "folder for the run (default results/<id>)")
	flags.StringVar(&f.resume, "resume", "", "go on with this run: an id, a folder, or latest")
	flags.DurationVar(&f.patience, "patience", defaultPatience, "wait at most this long in each pair for a quiet machine; 0 neither waits nor tries disturbed trials again")
	flags.BoolVar(&f.trace, "trace", false, "record events in every round, not in a trial of their own")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "print the report's path alone")
	flags.BoolVarP(&f.verbose, "verbose", "v", false, "print all tables, and each round as it ends")
	flags.BoolVar(&f.asJSON, "json", false, "print the results for a program")
	flags.BoolVar(&f.live, "live", false, "show the run in a browser while it goes on, and after, until Ctrl-C")
	flags.StringVar(&f.listen, "listen", loopback, "with --live: address and port to serve on")
	complete(cmd)
}

// complete teaches the shell the flags' values.
func complete(cmd *cobra.Command) {
	fixed := func(values ...string) cobra.CompletionFunc {
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return values, cobra.ShellCompDirectiveNoFileComp
		}
	}
	for flag, f := range map[string]cobra.CompletionFunc{
		"profile": fixed(catalog.Profiles...),
		"side":    fixed(catalog.Go, catalog.Python, "both"),
		"variant": completeFrom(func(p *catalog.Pair) (names []string) {
			for _, v := range p.Variants {
				names = append(names, v.Name)
			}
			return names
		}),
		"param": completeFrom(func(p *catalog.Pair) (names []string) {
			for _, q := range p.Params {
				names = append(names, q.Name+"=")
			}
			return names
		}),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, f); err != nil {
			panic(err) // the flag does not exist: a mistake in this file
		}
	}
}

// completeFrom completes from what the pairs already on the line offer.
func completeFrom(names func(*catalog.Pair) []string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		pairs, err := selectPairs(args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		var all []string
		for _, p := range pairs {
			all = append(all, names(p)...)
		}
		slices.Sort(all)
		return slices.Compact(all), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// A chooser finds the pairs that somebody means.
type chooser func(args []string) ([]*catalog.Pair, error)

// run is `tandem run`: a list of steps.
func (f *runFlags) run(cmd *cobra.Command, args []string, pairs chooser) error {
	ctx := cmd.Context()
	if err := f.check(cmd, args); err != nil {
		return err
	}
	rep, err := newReporter()
	if err != nil {
		return err
	}
	var feed *serve.Feed
	if f.live {
		var announced []*catalog.Pair
		if f.resume == "" {
			if announced, err = f.filled(args, pairs); err != nil { // before a browser opens
				return err
			}
			if f.calibrate > 0 || f.urls != "" {
				announced = nil // its numbers come with the plan
			}
		}
		server, err := startServing(cmd, rep, f.listen, "/live")
		if err != nil {
			return err
		}
		defer func() { _ = server.Close() }() // a later run's error has been printed
		feed = server.Feed()
		if err := feed.Claim(announced, nil); err != nil {
			return err
		}
	}
	out := newTerminal(cmd.OutOrStdout(), cmd.ErrOrStderr(), f.voice())
	r, runErr := f.measure(ctx, rep, args, pairs, out, feed)
	if r == nil {
		return runErr
	}
	err = errors.Join(runErr, f.print(cmd.OutOrStdout(), r))
	if feed != nil {
		stay(ctx, cmd.ErrOrStderr())
	}
	if err != nil {
		return err
	}
	return r.failure()
}

// measure runs to the end, however that comes, and writes the report: even a
// run that was stopped, or could not go on, has one, and its tables are printed
// even where the page cannot be written.
func (f *runFlags) measure(ctx context.Context, rep *reporter, args []string, pairs chooser, out *terminal, feed *serve.Feed) (r *reported, err error) {
	progress := session.Progress(out)
	if feed != nil {
		progress = fanOut{out, feed}
		defer func() {
			dir := ""
			if r != nil && r.Report != "" {
				dir = r.Run
			}
			feed.End(dir, err)
		}()
	}
	s, err := f.session(ctx, rep.project, rep, args, pairs, progress)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	measuring.Store(true)
	out.begin(s, rep)
	if feed != nil {
		feed.Begin(s)
	}
	runErr := s.Run(ctx)
	out.end()
	rep.page = report.Writer{} // what was rendered while it ran may lack what came later
	if r, err = rep.reported(s.Dir(), s.Manifest(), s.Trials()); err != nil {
		return nil, errors.Join(runErr, err)
	}
	if err = rep.writePage(r); err != nil {
		r.Report = ""
	}
	return r, errors.Join(runErr, err)
}

// session begins the run, or takes one up again.
func (f *runFlags) session(ctx context.Context, p project.Project, rep *reporter, args []string, choose chooser, out session.Progress) (*session.Session, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding tandem's own binary for the guard: %w", err)
	}
	bounds := session.Bounds{Rounds: f.rounds, Budget: f.budget, Patience: f.patience, Guard: guardArgv(self)}
	urls, err := f.urlList()
	if err != nil {
		return nil, err
	}
	if f.resume != "" {
		all := rep.pairs
		if len(args) > 0 { // folders or commands, for a run names none to execute
			own, err := choose(args)
			if err != nil {
				return nil, err
			}
			all = append(own, all...)
		}
		return session.Resume(ctx, p, session.Resumption{
			Folder: p.Run(f.resume), Catalog: all, Pythons: f.pythons, Gos: split(f.gos), URLs: urls, Bounds: bounds,
		}, out)
	}
	pairs, err := choose(args)
	if err != nil {
		return nil, err
	}
	sides, err := f.sides(pairs)
	if err != nil {
		return nil, err
	}
	found, build, err := f.runtimes(ctx, p, pairs, sides)
	if err != nil {
		return nil, err
	}
	command := f.command
	if command == nil {
		command = append([]string{"tandem"}, os.Args[1:]...)
	}
	if len(args) == 0 {
		pairs = ofTheirTime(pairs, found)
	}
	return session.New(ctx, p, session.Options{
		Plan: plan.Selection{
			Pairs: pairs, Profile: f.profile, Sides: sides, Variants: f.variants, Runtimes: found, Set: f.params,
		},
		Catalog: pairs, Seed: f.seed, Calibrate: f.calibrate, URLs: urls, Trace: f.trace, Folder: f.out,
		Tandem: version(), Command: command, Build: build, Bounds: bounds,
	}, out)
}

// check finds the mistakes that need nothing but the command line.
func (f *runFlags) check(cmd *cobra.Command, args []string) error {
	changed := cmd.Flags().Changed
	switch {
	case !slices.Contains(catalog.Profiles, f.profile):
		return usageError{fmt.Errorf("unknown profile %q; there are %s", f.profile, strings.Join(catalog.Profiles, " and "))}
	case changed("rounds") && f.rounds < 1:
		return usageError{fmt.Errorf("--rounds %d: at least one round is needed; six give an interval", f.rounds)}
	case changed("budget") && f.budget <= 0:
		return usageError{fmt.Errorf("--budget %v: it must be more than nothing, such as 60s", f.budget)}
	case changed("calibrate") && f.calibrate < time.Millisecond:
		return usageError{fmt.Errorf("--calibrate %v: it must be at least 1ms; 1s is a good start", f.calibrate)}
	case f.patience < 0:
		return usageError{fmt.Errorf("--patience %v: it cannot be less than nothing", f.patience)}
	case changed("listen") && !f.live:
		return usageError{errors.New("--listen has no meaning without --live")}
	case f.resume == "" && f.side == catalog.Go && len(f.pythons) > 0:
		return usageError{errors.New("--python has no meaning with --side go")}
	case f.resume == "" && f.side == catalog.Python && len(f.gos) > 0:
		return usageError{errors.New("--go has no meaning with --side python")}
	}
	if f.resume == "" {
		return nil
	}
	known := func(arg string) bool { return pairName.MatchString(arg) && !exists(arg) && cmd.Name() == "run" }
	for _, name := range []string{"profile", "side", "variant", "param", "seed", "calibrate", "out", "trace"} {
		if changed(name) || slices.ContainsFunc(args, known) {
			return usageError{errors.New("--resume goes on with what the run's manifest says; of the others only --rounds, --budget, --patience, --python, --go, --urls, folders and commands (to name again what it ran), --quiet, --verbose and --json go with it")}
		}
	}
	return nil
}

// sides returns the sides that the user wants.
func (f *runFlags) sides(pairs []*catalog.Pair) ([]string, error) {
	var there []string
	for _, p := range pairs {
		for _, side := range p.Sides() {
			if !slices.Contains(there, side) {
				there = append(there, side)
			}
		}
	}
	switch {
	case f.side == "both":
		return there, nil
	case !slices.Contains(there, f.side):
		return nil, usageError{fmt.Errorf("unknown side %q; there are %s and both", f.side, strings.Join(there, ", "))}
	}
	return []string{f.side}, nil
}

// runtimes finds what executes the sides that the user wants.
func (f *runFlags) runtimes(ctx context.Context, p project.Project, pairs []*catalog.Pair, sides []string) (found []model.Runtime, build project.Build, err error) {
	if pairs[0].Folder != "" {
		if len(f.pythons)+len(f.gos) > 0 {
			return nil, build, usageError{errors.New("--python and --go are for Tandem's own pairs; a command says itself what runs it")}
		}
		for _, side := range sides {
			found = append(found, model.Runtime{ID: side, Side: side, Implementation: model.Command})
		}
		return found, build, nil
	}
	if slices.Contains(sides, catalog.Go) {
		if found, build, err = f.toolchains(ctx, p, pairs); err != nil {
			return nil, build, err
		}
	}
	if !slices.Contains(sides, catalog.Python) {
		return found, build, nil
	}
	if len(f.pythons) == 0 {
		r, err := runtimes.Default(ctx, p.Root)
		return append(found, r), build, err
	}
	pythons, err := runtimes.Pythons(ctx, p.Root, f.pythons)
	if err != nil {
		return nil, build, usageError{err}
	}
	if slices.ContainsFunc(f.pythons, func(text string) bool { return strings.Contains(text, runtimes.All) }) {
		pythons = slices.DeleteFunc(pythons, func(r model.Runtime) bool {
			return !slices.ContainsFunc(pairs, func(p *catalog.Pair) bool { return p.Runs(r) })
		})
	}
	return append(found, pythons...), build, nil
}

// toolchains builds the Go side with each that the user names. What one of
// several cannot build is left out, and the reason kept.
func (f *runFlags) toolchains(ctx context.Context, p project.Project, pairs []*catalog.Pair) (found []model.Runtime, first project.Build, err error) {
	names := split(f.gos)
	if len(names) == 0 {
		names = []string{project.Local}
	}
	var reasons []string
	for _, name := range names {
		b, err := p.BuildWith(ctx, name)
		r := runtimes.GoBy(name, b.Path, b.Version, b.Settings, b.Old)
		if err == nil && len(names) > 1 && !slices.ContainsFunc(pairs, func(p *catalog.Pair) bool { return p.Runs(r) }) {
			err = fmt.Errorf("%s is too old for these pairs; it runs the pair history alone", r.Name())
		}
		switch {
		case err != nil && len(names) == 1:
			return nil, b, err
		case err != nil:
			reasons = append(reasons, fmt.Sprintf("%s is left out: %s", name, strings.ReplaceAll(err.Error(), "\n", "; ")))
			continue
		case len(found) == 0:
			first = b
		}
		found = append(found, r)
	}
	if len(found) == 0 {
		return nil, first, usageError{errors.New(strings.Join(reasons, "; "))}
	}
	if first.Warning != "" {
		reasons = append(reasons, first.Warning)
	}
	first.Warning = strings.Join(reasons, "; ")
	return runtimes.Distinct(found), first, nil
}

// split takes lists with commas apart.
func split(lists []string) (all []string) {
	for _, list := range lists {
		all = append(all, strings.Split(list, ",")...)
	}
	return all
}

// ofTheirTime leaves, where the user names no pair, those that runtimes are for:
// history for old ones, and the others for those that can run them.
func ofTheirTime(pairs []*catalog.Pair, found []model.Runtime) []*catalog.Pair {
	side := catalog.Go
	if slices.ContainsFunc(found, func(r model.Runtime) bool { return r.Side == catalog.Python }) {
		side = catalog.Python // which the user names more often
	}
	old := slices.ContainsFunc(found, func(r model.Runtime) bool { return r.Old })
	today := !old || slices.ContainsFunc(found, func(r model.Runtime) bool { return r.Side == side && !r.Old })
	return slices.DeleteFunc(slices.Clone(pairs), func(p *catalog.Pair) bool {
		return p.History && !old || !p.History && !today
	})
}

// urlList reads the user's list, nil where there is none.
func (f *runFlags) urlList() ([]string, error) {
	if f.urls == "" {
		return nil, nil
	}
	list, err := site.ReadList(f.urls)
	if err != nil {
		return nil, usageError{err}
	}
	return list, nil
}

// voice is how much is said.
func (f *runFlags) voice() voice {
	switch {
	case f.asJSON || f.quiet:
		return terse
	case f.verbose:
		return full
	}
	return usual
}

// print ends what the user reads: the verdicts and where the report is.
func (f *runFlags) print(w io.Writer, r *reported) error {
	switch {
	case f.asJSON:
		return writeJSON(w, r)
	case f.quiet && r.Report == "": // that there is none is an error, and said
		return nil
	case f.quiet:
		_, err := fmt.Fprintln(w, r.Report)
		return err
	case f.verbose || r.input.Planned == 1:
		if err := r.tables(w); err != nil {
			return err
		}
	}
	return r.ending(w)
}
