// Package deadlock receives from a sender that forgets to say when it
// is done, and shows what comes of that.
//
// Its one decision: the broken function and the fixed one differ in
// one line. The broken one never returns, so it runs in a program of
// its own, go/cmd/deadlock, and this one lives to tell.
//
// It is read beside python/tandem/deadlock.py: same names, same order.
package deadlock

import (
	"bufio"
	"fmt"
	"os/exec"
	"strconv"
	"strings"

	"tandem/go/events"
)

// The workers, as events number them.
const (
	Sender   = 0
	Receiver = 1
)

// Broken never returns: when all is received, the loop waits for more,
// and nobody is left to send it.
func Broken(items int, note events.Note) int {
	numbers := make(chan int)
	go func() {
		for number := range items {
			note(Sender, "sending", strconv.Itoa(number))
			numbers <- number
		}
		// Nobody says that this was the last.
	}()
	return receive(numbers, note)
}

// Fixed is the same, but the sender closes the channel: it is the one
// who knows that nothing more will come.
func Fixed(items int, note events.Note) int {
	numbers := make(chan int)
	go func() {
		for number := range items {
			note(Sender, "sending", strconv.Itoa(number))
			numbers <- number
		}
		close(numbers)
	}()
	return receive(numbers, note)
}

// receive receives until the channel is closed, and returns how many
// numbers came.
func receive(numbers <-chan int, note events.Note) int {
	count := 0
	for number := range numbers {
		note(Receiver, "received", strconv.Itoa(number))
		count++
	}
	return count
}

// From here on each language has its own way to live with the broken
// one. In Go the runtime ends a program in which nobody can go on.

// An Outcome is what came of a function.
type Outcome struct {
	Received int    // how many numbers came
	Report   string // what was said of a deadlock, if there was one
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
