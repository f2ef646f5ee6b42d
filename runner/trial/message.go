package trial

import (
	"encoding/json"
	"errors"
	"fmt"
	"syscall"

	"tandem/runner/model"
)

const (
	maxLine     = 1 << 20  // bytes of one line on TANDEM_FD
	maxReceived = 64 << 20 // bytes of all lines on TANDEM_FD
)

// A message is one line that a child sends. Exactly one field is set.
type message struct {
	Ready   *Ready         `json:"ready"`
	Done    *done          `json:"done"`
	Failed  *string        `json:"failed"`
	Skipped *string        `json:"skipped"`
	Events  *[]model.Event `json:"events"`
	Lost    *struct {
		PID    int            `json:"pid"`
		Signal syscall.Signal `json:"signal"`
	} `json:"lost"`
}

type done struct {
	ElapsedNS *int64             `json:"elapsed_ns"`
	Answer    *string            `json:"answer"`
	Metrics   map[string]float64 `json:"metrics"`
}

// parse reads a line. Its errors say what is wrong with it, in words that
// follow "line 3".
func parse(line []byte) (message, error) {
	var m message
	if err := json.Unmarshal(line, &m); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return m, fmt.Errorf("has a wrong %q (a %s): %s", wrong.Field, wrong.Value, quote(line))
		}
		return m, fmt.Errorf("is not a message: %s", quote(line))
	}
	set := 0
	for _, is := range [...]bool{m.Ready != nil, m.Done != nil, m.Failed != nil, m.Skipped != nil, m.Events != nil, m.Lost != nil} {
		if is {
			set++
		}
	}
	if set != 1 {
		return m, fmt.Errorf("has %d of ready, lost, done, failed, skipped and events, not one: %s", set, quote(line))
	}
	if d := m.Done; d != nil {
		switch {
		case d.ElapsedNS == nil:
			return m, fmt.Errorf(`has no "elapsed_ns" in "done": %s`, quote(line))
		case *d.ElapsedNS < 0:
			return m, fmt.Errorf(`has a negative "elapsed_ns" in "done": %s`, quote(line))
		case d.Answer == nil:
			return m, fmt.Errorf(`has no "answer" (a string) in "done": %s`, quote(line))
		}
	}
	return m, nil
}

// quote shows the start of what a child sent: 80 characters.
func quote(line []byte) string { return fmt.Sprintf("%q", cut(string(line[:min(len(line), 400)]), 80)) }

// cut shortens text to a number of characters.
func cut(text string, most int) string {
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "..."
		}
		n++
	}
	return text
}
