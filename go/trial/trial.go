// Package trial is the child's half of the protocol in runner/PROTOCOL.md: it
// runs one variant once, times it, and reports.
//
// Its one decision: the clock runs around the variant and around nothing
// else. Parameters are read before it starts and everything is written after
// it stops.
package trial

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tandem/go/events"
)

// A Result is what came of a variant's work.
type Result struct {
	Answer  string  // the same for every variant, in both languages
	Metrics Metrics // the variant's own; a name ends in its unit
}

// Metrics are numbers by name.
type Metrics map[string]float64

// A Skip is the error of work that cannot run on this machine, and says why.
// It is no failure.
type Skip string

func (s Skip) Error() string { return string(s) }

// Topics holds every topic by its name in the catalog.
type Topics map[string]Topic

// Main runs the one trial that the runner asks for, and exits. The exit
// status is 0 unless the trial failed.
func Main(topics Topics) {
	fd, err := strconv.Atoi(os.Getenv("TANDEM_FD"))
	if err != nil || fd < 0 {
		fmt.Fprintln(os.Stderr, "TANDEM_FD does not name a file descriptor: "+
			"the runner starts this program (try tandem run)")
		os.Exit(1)
	}
	// Programs that a variant starts must not hold the pipe open.
	syscall.CloseOnExec(fd)
	out := os.NewFile(uintptr(fd), "TANDEM_FD")
	if err := Run(topics, os.Stdin, out, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Run does what Main does with the given ends of the protocol. It returns the
// error that made the trial fail, which the runner has been told if it could
// be. A panic's stack goes to log.
func Run(topics Topics, in io.Reader, out, log io.Writer) error {
	lines := bufio.NewReader(in)
	err := answer(topics, lines, out, log)
	var skip Skip
	switch {
	case errors.As(err, &skip):
		return send(out, message{Skipped: string(skip)})
	case errors.Is(err, errAlone):
		return err
	case err != nil:
		return errors.Join(err, send(out, message{Failed: err.Error()}))
	}
	// The runner takes its last readings while this process still stands,
	// and closes our input when it has them.
	_, err = io.Copy(io.Discard, lines)
	return err
}

// errAlone says that nobody listens any more.
var errAlone = errors.New("the runner is gone")

type request struct {
	Topic   string          `json:"topic"`
	Variant string          `json:"variant"`
	Params  json.RawMessage `json:"params"`
	Trace   bool            `json:"trace"`
}

// A message is a line to the runner: exactly one field is set.
type message struct {
	Ready   *ready         `json:"ready,omitempty"`
	Done    *done          `json:"done,omitempty"`
	Failed  string         `json:"failed,omitempty"`
	Skipped string         `json:"skipped,omitempty"`
	Events  []events.Event `json:"events,omitempty"`
}

type ready struct {
	Language       string         `json:"language"`
	Version        string         `json:"version"`
	Implementation string         `json:"implementation"`
	Details        map[string]any `json:"details"`
}

type done struct {
	ElapsedNS int64              `json:"elapsed_ns"`
	Answer    string             `json:"answer"`
	Metrics   map[string]float64 `json:"metrics"`
}

// send writes a line.
func send(out io.Writer, m message) error {
	line, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("%w: %w", errAlone, err)
	}
	return nil
}

func answer(topics Topics, in *bufio.Reader, out, log io.Writer) error {
	var req request
	line, err := in.ReadBytes('\n')
	if len(line) > 0 {
		err = json.Unmarshal(line, &req)
	}
	if err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	work, err := find(topics, req)
	if err != nil {
		return err
	}
	if err := send(out, message{Ready: self()}); err != nil {
		return err
	}

	line, _ = in.ReadBytes('\n')
	var signal struct {
		Go bool `json:"go"`
	}
	if len(line) == 0 {
		return errAlone
	} else if err := json.Unmarshal(line, &signal); err != nil || !signal.Go {
		return fmt.Errorf(`waiting for {"go":true}: got %s`, bytes.TrimSpace(line))
	}

	recorder := events.NewRecorder(req.Trace)
	start := recorder.Start()
	result, err := run(work, recorder.Note, log)
	elapsed := time.Since(start)
	if err != nil {
		return err
	}

	metrics := recorder.Metrics()
	maps.Copy(metrics, result.Metrics)
	if err := send(out, message{Done: &done{elapsed.Nanoseconds(), result.Answer, metrics}}); err != nil {
		return err
	}
	if req.Trace {
		for chunk := range slices.Chunk(recorder.Events(), 1000) {
			if err := send(out, message{Events: chunk}); err != nil {
				return err
			}
		}
	}
	return nil
}

func find(topics Topics, req request) (work, error) {
	topic, ok := topics[req.Topic]
	if !ok {
		return nil, unknown("topic", req.Topic, slices.Sorted(maps.Keys(topics)))
	}
	var names []string
	for _, entry := range topic {
		if entry.Name == req.Variant {
			if len(req.Params) == 0 {
				req.Params = []byte("{}")
			}
			return entry.ready(req.Params)
		}
		names = append(names, entry.Name)
	}
	return nil, unknown("variant", req.Variant, names)
}

func unknown(what, name string, known []string) error {
	return fmt.Errorf("unknown %s %q: have %s", what, name, strings.Join(known, ", "))
}

func self() *ready {
	return &ready{
		Language:       "go",
		Version:        strings.TrimPrefix(runtime.Version(), "go"),
		Implementation: runtime.Compiler,
		Details: map[string]any{
			"os":         runtime.GOOS,
			"arch":       runtime.GOARCH,
			"gomaxprocs": runtime.GOMAXPROCS(0),
		},
	}
}

// run calls work. A panic becomes an error: the runner shall hear why. In a
// goroutine of the variant's own it ends the process, and the runner has the
// log.
func run(work work, note events.Note, log io.Writer) (r Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			fmt.Fprintf(log, "panic: %v\n%s", v, debug.Stack())
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return work(note)
}
