package runner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tandem/runner/catalog"
	"tandem/runner/plan"
	"tandem/runner/runtimes"
	"tandem/runner/site"
	"tandem/runner/store"
)

// runFlags is what the user typed after `tandem run`.
type runFlags struct {
	profile   string
	side      string
	variants  []string
	pythons   []string
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
}

// A limit is when a profile has seen enough.
type limit struct {
	stop   plan.Stop
	pair   time.Duration // budget for each pair,
	budget time.Duration // and at most for all
	firm   bool          // the user set the budget
}

// limits of the profiles: half a width of 3 % says more than most readers ask
// for, and the budgets keep a class, or a night, within bounds. A round that
// has begun is finished, so a run takes some seconds longer.
var limits = map[string]limit{
	catalog.Quick: {stop: plan.Stop{MinRounds: 6, MaxRounds: 20, Width: 0.03}, pair: 25 * time.Second, budget: 100 * time.Second},
	catalog.Paper: {stop: plan.Stop{MinRounds: 6, MaxRounds: 30, Width: 0.03}, pair: 5 * time.Minute, budget: 20 * time.Minute},
}

func runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [PAIR...]",
		Short: "run pairs, in both languages, and write a report",
		Long: `Run runs every variant of the pairs once a round, in a random order, until the
intervals are narrow or the budget is spent. Each trial is a fresh process.
Without a name it runs every pair.`,
		Example: `  tandem run
  tandem run counting --profile paper
  tandem run counting --param workers=1,2,4,8 --rounds 8
  tandem run counting --calibrate 1s
  tandem run counting --side python --python python3.12 --python python3.13t
  tandem run urlcheck --urls my-urls.txt
  tandem run --resume latest`,
		ValidArgsFunction: completePairs,
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, args)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.profile, "profile", catalog.Quick, "set of parameters: quick, or paper (the seeds' own numbers)")
	flags.StringVar(&f.side, "side", "both", "go, python or both")
	flags.StringArrayVar(&f.variants, "variant", nil, "run this variant only (repeatable)")
	flags.StringArrayVar(&f.pythons, "python", nil, "run the Python side with this interpreter (repeatable)")
	flags.StringArrayVar(&f.params, "param", nil, "set a parameter, name=value, or compare several, name=value,value (repeatable)")
	flags.IntVar(&f.rounds, "rounds", 0, "run just this many rounds, instead of until the intervals are narrow")
	flags.DurationVar(&f.budget, "budget", 0, "start no new round after this time (default 25s a pair and at most 100s; for paper 5m and 20m)")
	flags.Uint64Var(&f.seed, "seed", 1, "seed of the random order")
	flags.DurationVar(&f.calibrate, "calibrate", 0, "same time instead of same work: find, for each runtime, how much its baseline does in this time")
	flags.StringVar(&f.urls, "urls", "", "check the URLs in this file, one a line, instead of the site on loopback")
	flags.StringVar(&f.out, "out", "", "folder for the run (default results/<id>)")
	flags.StringVar(&f.resume, "resume", "", "go on with this run: an id, a folder, or latest")
	flags.DurationVar(&f.patience, "patience", 500*time.Millisecond, "wait at most this long for a quiet machine before a trial; 0 does not wait")
	flags.BoolVar(&f.trace, "trace", false, "record events in every round, not in the warm-up alone")
	flags.BoolVar(&f.asJSON, "json", false, "print the results for a program")
	complete(cmd)
	return cmd
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
		"side":    fixed(append(slices.Clone(catalog.Sides), "both")...),
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

// run is `tandem run`: a list of steps.
func (f *runFlags) run(cmd *cobra.Command, args []string) error {
	ctx, stdout, stderr := cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := f.check(cmd, args); err != nil {
		return err
	}
	p, err := findProject()
	if err != nil {
		return err
	}
	var s *session
	if f.resume != "" {
		s, err = resumeSession(ctx, p, f, stderr)
	} else {
		s, err = newSession(ctx, p, f, args, stderr)
	}
	if err != nil {
		return err
	}
	defer s.close()
	runErr := s.measure(ctx)
	// Even a run that was stopped, or could not go on, is reported.
	report, err := writeReport(p, s.run.Dir())
	if err != nil {
		return errors.Join(runErr, err)
	}
	if err := f.print(stdout, report); err != nil {
		return errors.Join(runErr, err)
	}
	if runErr != nil {
		return runErr
	}
	return report.failure()
}

// check finds the mistakes that need nothing but the command line.
func (f *runFlags) check(cmd *cobra.Command, args []string) error {
	changed := cmd.Flags().Changed
	switch {
	case f.side != "both" && !slices.Contains(catalog.Sides, f.side):
		return usageError{fmt.Errorf("unknown side %q; there are go, python and both", f.side)}
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
	case f.side == catalog.Go && len(f.pythons) > 0:
		return usageError{errors.New("--python has no meaning with --side go")}
	}
	if f.resume == "" {
		return nil
	}
	for _, name := range []string{"profile", "side", "variant", "python", "param", "seed", "calibrate", "urls", "out", "trace"} {
		if changed(name) || len(args) > 0 {
			return usageError{errors.New("--resume goes on with what the run's manifest says; of the others only --rounds, --budget, --patience and --json go with it")}
		}
	}
	return nil
}

// sides returns the sides that the user wants.
func (f *runFlags) sides() []string {
	if f.side == "both" {
		return catalog.Sides
	}
	return []string{f.side}
}

// runtimes finds what executes the sides that the user wants.
func (f *runFlags) runtimes(ctx context.Context, p project) ([]store.Runtime, error) {
	var found []store.Runtime
	if slices.Contains(f.sides(), catalog.Go) {
		found = append(found, runtimes.Go(p.path("bin", "pairs")))
	}
	if !slices.Contains(f.sides(), catalog.Python) {
		return found, nil
	}
	if len(f.pythons) == 0 {
		r, err := runtimes.Default(ctx, p.root)
		if err != nil {
			return nil, err
		}
		return append(found, r), nil
	}
	for _, path := range f.pythons {
		r, err := runtimes.Python(ctx, path)
		if err != nil {
			return nil, usageError{err}
		}
		found = append(found, r)
	}
	return runtimes.Distinct(found), nil
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

func (f *runFlags) print(w io.Writer, r *reported) error {
	if f.asJSON {
		return writeJSON(w, r)
	}
	return r.print(w)
}
