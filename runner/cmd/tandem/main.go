// Command tandem runs paired Go and Python experiments and compares them.
//
// Data flows one way through the packages of runner/, and no arrow runs back:
//
//	catalog -> plan -> trial -> sample -> store -> stats -> summary -> claims -> answer -> findings -> report
//	(what)    (order) (child)  (cores)   (disk)   (numbers) (table)  (verdicts) (words)  (all of it)  (page)
//
// Findings describe figures, and figure draws them; trace arranges what a trial's
// events come to, and format writes numbers for people.
//
// A session puts them to work, and serve shows that live; model is the
// vocabulary that all share. Beside that line stand the machine's own facts:
// runtimes (what executes a side), command (any program as a child), cgroup
// (the kernel's account of a tree), quiet (is the machine idle), machine (what
// it is), and site (what the URL checks are run against).
//
// This package is what a user types and sees: one small file a command.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tandem/runner/plain"
	"tandem/runner/session"
	"tandem/runner/trial"
)

// The exit statuses of the command.
const (
	exitOK          = 0
	exitFailed      = 1   // something that was asked for failed; the rest is reported
	exitUsage       = 2   // the command line is wrong; nothing was run
	exitInterrupted = 130 // stopped by the user; what was measured is reported
)

var errFailed = errors.New("not everything ran and agreed")

// A usageError is a mistake on the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func main() {
	os.Exit(Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}

// Main runs the command with its arguments (without the program's name) and
// returns the exit status. It stops cleanly when ctx ends or a signal comes.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	// A file that reaches a limit is an error to report, not a reason to die.
	signal.Ignore(syscall.SIGXFSZ)
	// Nor is a reader that has seen enough (head) or a terminal that is gone:
	// what is measured is kept on the disk. The signal is caught, not ignored,
	// for children would inherit that.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := interruptible(ctx)
	defer stop()
	stdout, stderr = &plain.Writer{To: stdout}, &plain.Writer{To: stderr}

	cmd := rootCommand()
	cmd.SetArgs(args)
	cmd.SetOut(stdout)
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	for _, of := range []error{syscall.EMFILE, syscall.EAGAIN, syscall.ENOMEM} {
		if errors.Is(err, of) { // whatever failed, that is why
			err = fmt.Errorf("%w; %s", err, trial.Limit(of.Error()))
			break
		}
	}
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, session.ErrInterrupted):
		fmt.Fprintln(stderr, "tandem: interrupted; what was measured until then is kept")
		return exitInterrupted
	case errors.As(err, &usage), errors.Is(err, session.ErrUsage):
		fmt.Fprintf(stderr, "tandem: %v\n", err)
		return exitUsage
	case errors.Is(err, syscall.EPIPE):
		return exitFailed // there is nobody to tell
	default:
		fmt.Fprintf(stderr, "tandem: %v\n", err)
		return exitFailed
	}
}

const (
	endingTime = 3 * time.Second        // that a command has to end after it was interrupted
	reportTime = 30 * time.Second       // and a run, which has something to report
	echoTime   = 500 * time.Millisecond // within which the same interruption comes twice: to the process and to its group
)

// measuring says that there is something to report.
var measuring atomic.Bool

// interruptible returns a context that ends with the first SIGINT, SIGTERM or
// SIGHUP. A second one ends the process at once; so does the first, where the
// command does not get to its end, such as one that waits for a file. A closed
// terminal hangs up more than once, and under nohup hanging up means nothing.
func interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	caught := make(chan os.Signal, 4)
	signal.Notify(caught, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(caught, syscall.SIGHUP)
	}
	go func() {
		select {
		case <-caught:
			cancel()
		case <-ctx.Done():
			return
		}
		first := time.Now()
		late := time.After(endingTime)
		if measuring.Load() {
			late = time.After(reportTime)
		}
		for {
			select {
			case s := <-caught:
				if s != syscall.SIGHUP && time.Since(first) > echoTime {
					os.Exit(exitInterrupted)
				}
			case <-late:
				os.Exit(exitInterrupted)
			}
		}
	}()
	return ctx, cancel
}

// inner is how Go words a number that it cannot read.
var inner = regexp.MustCompile(`strconv\.\w+: parsing (".*"): `)

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "tandem",
		Short: "run the same experiment in Go and in Python, and compare",
		Long: `Tandem runs paired experiments: the same work in Go and in Python, in every kind
of concurrency that each offers. It checks that all give the same answer, watches
every core while they run, and writes one HTML report.`,
		Example: `  tandem list
  tandem run
  tandem run counting --param workers=1,2,4
  tandem compare './a.out' 'python3 a.py'
  tandem report latest`,
		Version:                    version(),
		SilenceErrors:              true,
		SuggestionsMinimumDistance: 2,
		SilenceUsage:               true,
		// Without a command, or with one that does not exist.
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				hint := ""
				if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
					hint = "; did you mean " + strings.Join(near, " or ") + "?"
				}
				return usageError{fmt.Errorf("unknown command %q%s", args[0], hint)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%s; see '%s --help'", inner.ReplaceAllString(err.Error(), ""), cmd.CommandPath())}
	})
	root.SetVersionTemplate("tandem {{.Version}}\n")
	root.AddCommand(listCommand(), runCommand(), compareCommand(), newCommand(), showCommand(), exportCommand(), diffCommand(), reportCommand(), claimsCommand(), doctorCommand(), serveCommand(), guardCommand())
	return root
}

// exactly is cobra's check of the number of arguments, as a usage error.
func exactly(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; see '%s --help'", err, cmd.CommandPath())}
		}
		return nil
	}
}

// version is what the build knows of itself.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
