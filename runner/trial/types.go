// Package trial runs one variant once, in a fresh child process, and leaves
// nothing of it behind.
//
// Its one decision: the runner never trusts a child. Every trial has its own
// process group, a deadline and bounded output, and when it is over, however
// it ended, no descendant is alive. The protocol that both speak is in
// runner/PROTOCOL.md.
package trial

import (
	"encoding/json"
	"syscall"
	"time"

	"tandem/runner/model"
)

// A Request is the line that a child reads first.
type Request struct {
	Topic   string         `json:"topic"`
	Variant string         `json:"variant"`
	Params  map[string]any `json:"params"`
	Trace   bool           `json:"trace"` // also report events
}

// A Spec is one trial to run.
type Spec struct {
	Argv     []string // Argv[0] is a path to an executable, not looked up
	Env      []string // the child's whole environment, "NAME=value"
	Dir      string
	Request  Request
	Deadline time.Duration // from spawn until the child says that it is done
}

// An Observer is told where a trial stands. Every call comes from the
// goroutine that runs the trial, and delays it.
type Observer interface {
	Started(pid int) // the child exists and has been asked nothing yet
	Working()        // just before the child is told to go
	Finished()       // the child said that it is done; it and its workers may still live
	Ended(pid int)   // a process of the trial is dead, and will be waited for when this returns

	// Fallen is a descendant of the child that a signal has ended while the
	// work goes on, other than SIGTERM with which pools end their workers; 0:
	// none was.
	Fallen() (pid int, by syscall.Signal)

	// Members appends the child and its descendants, as far as they were seen
	// while it worked.
	Members(to []int) []int
}

// An Outcome is what came of a trial. Only an OK outcome has an answer.
type Outcome struct {
	Status  model.Status
	Message string // lower case, what went wrong and what to do; empty when OK
	Ready   Ready  // what the child said of itself

	StartedAt time.Time
	Wall      time.Duration // the work, by the child's clock
	Startup   time.Duration // spawn to ready, by the runner's
	// Paused is how long the runner, the child or one of its processes was
	// stopped meanwhile (SIGSTOP, a closed lid). Such a trial is never OK and
	// says nothing of the variant: run it again.
	Paused  time.Duration
	Answer  string
	Metrics map[string]float64
	Events  []model.Event

	Usage Usage  // of the whole tree from spawn to the end, orphans included
	Log   string // the last 64 KiB of its stdout and stderr
}

// Usage is what the kernel accounted to processes that were waited for. What a
// child refused to wait for (it ignores SIGCHLD) is lost to it.
type Usage struct {
	User, Sys              time.Duration
	Voluntary, Involuntary int64 // context switches
}

// Ready is the child's first line: what executes the variant.
type Ready struct {
	Language       string          `json:"language"`
	Version        string          `json:"version"`
	Implementation string          `json:"implementation,omitempty"`
	GIL            *bool           `json:"gil,omitempty"`
	Details        json.RawMessage `json:"details,omitempty"` // anything else, kept as it is
}
