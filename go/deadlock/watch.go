package deadlock

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"tandem/go/events"
	"tandem/go/trial"
)

// In Go the runtime ends a program in which nobody can go on.

// watched runs a function in the program beside this one.
func watched(function string) func(Params, events.Note) (Outcome, error) {
	return func(p Params, note events.Note) (Outcome, error) {
		self, err := os.Executable()
		if err != nil {
			return Outcome{}, fmt.Errorf("looking for the program that deadlocks: %w", err)
		}
		program := filepath.Join(filepath.Dir(self), "deadlock")
		if _, err := os.Stat(program); err != nil {
			return Outcome{}, trial.Skip(fmt.Sprintf("%v: run make build", err))
		}
		outcome, err := Watch(program, function, p.Items, note)
		fmt.Fprint(os.Stderr, outcome.Report) // for the trial's log
		return outcome, err
	}
}

// An Outcome is what came of a function.
type Outcome struct {
	Received int    // how many numbers came
	Report   string // what was said of a deadlock, if there was one
}

// Result says how many numbers came, and whether it was stuck.
func (o Outcome) Result() trial.Result {
	stuck := 0.0
	if o.Report != "" {
		stuck = 1
	}
	return trial.Result{Answer: strconv.Itoa(o.Received), Metrics: trial.Metrics{"stuck": stuck}}
}

// asleep is how the runtime's report of a deadlock begins.
const asleep = "fatal error: all goroutines are asleep - deadlock!"

// Watch runs the program of go/cmd/deadlock, passes on what happens in
// it, and tells how it ended. A deadlock is an outcome and no error.
func Watch(program, variant string, items int,
	note events.Note) (Outcome, error) {
	var said strings.Builder
	cmd := exec.Command(program, variant, strconv.Itoa(items))
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return Outcome{}, fmt.Errorf("starting the program: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return Outcome{}, fmt.Errorf("starting the program: %w", err)
	}

	outcome := Outcome{}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var worker int
		var kind, label string
		_, err := fmt.Sscan(lines.Text(), &worker, &kind, &label)
		if err != nil {
			continue // not an event
		}
		note(worker, kind, label)
		if kind == "received" {
			outcome.Received++
		}
	}

	err = cmd.Wait()
	report := said.String()
	switch {
	case strings.HasPrefix(report, asleep):
		outcome.Report = report
		note(Receiver, "stuck", asleep)
	case err != nil:
		return outcome, fmt.Errorf("running %s: %w\n%s",
			variant, err, report)
	}
	return outcome, nil
}
