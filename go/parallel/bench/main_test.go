package main

import (
	"strings"
	"testing"
)

// Everybody does every work, and the answer is right.
func TestEverybodyAnswers(t *testing.T) {
	for work := range works {
		for _, c := range candidates {
			var out strings.Builder
			if err := serve(strings.NewReader(work+" 200 3 "+c.name+"\n"), &out); err != nil {
				t.Error(err)
			}
			if len(strings.Fields(out.String())) != 2 {
				t.Errorf("%s of %s answered %q", c.name, work, out.String())
			}
		}
	}
	for _, wrong := range []string{"empty", "empty 0 1 Do", "rest 1 1 Do", "empty 1 1 nobody"} {
		if err := serve(strings.NewReader(wrong), nil); err == nil {
			t.Errorf("%q is accepted", wrong)
		}
	}
}
