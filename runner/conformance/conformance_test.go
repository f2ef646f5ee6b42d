// Package conformance holds every child to runner/PROTOCOL.md: the Go half,
// the Python half under each interpreter found, and a child in plain shell.
//
// Its one decision: it starts real children, through the supervisor that
// trials use, and by hand where the supervisor would hide what they do.
package conformance

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	_ "tandem/go/counting" // the binary is built from it: go test must know
	"tandem/runner/model"
	"tandem/runner/trial"
)

// A child is one program to hold to the protocol.
type child struct {
	name     string
	argv     []string
	language string
	variant  string // one that works in parallel, if it has any
}

var children []child

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "conformance")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if err := prepare(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// prepare builds the Go half into dir and finds the children.
func prepare(dir string) error {
	pairs := filepath.Join(dir, "pairs")
	if out, err := exec.Command("go", "build", "-o", pairs, "tandem/go/cmd/pairs").CombinedOutput(); err != nil {
		return fmt.Errorf("build the Go half: %w\n%s", err, out)
	}
	shell, err := filepath.Abs("testdata/child.sh")
	if err != nil {
		return err
	}
	python, err := filepath.Abs("../../python/tandem/__main__.py")
	if err != nil {
		return err
	}
	children = []child{
		{"go", []string{pairs}, "go", "worker-pool"},
		{"shell", []string{"/bin/sh", shell}, "sh", "sequential"},
	}
	for _, path := range pythons() {
		children = append(children, child{path, []string{path, "-S", python}, "python", "imap-unordered"})
	}

	// go test repeats a result from its cache unless a file has changed that
	// the test itself opened.
	files, err := filepath.Glob(filepath.Join(filepath.Dir(python), "*.py"))
	for _, file := range append(files, shell) {
		if _, err := os.ReadFile(file); err != nil {
			return err
		}
	}
	return err
}

// pythons returns python3 on the PATH and what TANDEM_TEST_PYTHONS lists, a
// colon between each.
func pythons() []string {
	var found []string
	if path, err := exec.LookPath("python3"); err == nil {
		found = append(found, path)
	}
	for _, path := range filepath.SplitList(os.Getenv("TANDEM_TEST_PYTHONS")) {
		if path != "" && !slices.Contains(found, path) {
			found = append(found, path)
		}
	}
	return found
}

// late is a deadline for children that do end.
const late = time.Minute

// counting is a trial of that topic.
func (c child) counting(variant string, params map[string]any) trial.Spec {
	all := map[string]any{"start": "fork"} // who starts no processes does not read it
	maps.Copy(all, params)
	return trial.Spec{
		Argv:     c.argv,
		Env:      os.Environ(),
		Request:  trial.Request{Topic: "counting", Variant: variant, Params: all},
		Deadline: late,
	}
}

// each runs a test against every child.
func each(t *testing.T, test func(t *testing.T, c child)) {
	for _, c := range children {
		t.Run(c.name, func(t *testing.T) { test(t, c) })
	}
}

// run runs a trial as the runner does.
func run(t *testing.T, spec trial.Spec) trial.Outcome {
	t.Helper()
	s, err := trial.New(trial.Options{})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	return s.Run(context.Background(), spec, nil)
}

func TestRightAnswer(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		for _, variant := range []string{"sequential", c.variant} {
			for _, n := range []int{0, 1, 1000} {
				out := run(t, c.counting(variant, map[string]any{"n": n, "workers": 2}))
				require.Equal(t, model.OK, out.Status, out.Message)
				require.Equal(t, fmt.Sprint(n), out.Answer)
				require.Equal(t, c.language, out.Ready.Language)
				require.NotEmpty(t, out.Ready.Version)
				require.Equal(t, c.language == "python", out.Ready.GIL != nil)
				require.Empty(t, out.Log)
				require.Empty(t, out.Events, "nobody asked for them")
			}
		}
	})
}

// What cannot be done is told before the child says that it is ready.
func TestBadRequest(t *testing.T) {
	tests := []struct {
		name, topic, variant string
		params               map[string]any
		want                 string
	}{
		{"unknown topic", "no-such", "sequential", map[string]any{"n": 1}, "unknown topic"},
		{"unknown variant", "counting", "no-such", map[string]any{"n": 1}, "variant"},
		{"missing param", "counting", "sequential", nil, `param "n": missing, want an integer`},
		{"text for a number", "counting", "sequential", map[string]any{"n": "two"}, `param "n": want an integer, got "two"`},
		{"fraction", "counting", "sequential", map[string]any{"n": 1.5}, `param "n": want an integer, got 1.5`},
	}
	each(t, func(t *testing.T, c child) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				spec := c.counting(test.variant, test.params)
				spec.Request.Topic = test.topic
				out := run(t, spec)
				require.Equal(t, model.Crashed, out.Status)
				require.Contains(t, out.Message, test.want)
				require.Empty(t, out.Ready.Language, "not ready")
			})
		}
	})
}

// A parameter that is well formed and makes no sense fails at work.
func TestFailedAtWork(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		if c.language == "sh" {
			t.Skip("it has counting alone")
		}
		spec := c.counting("sequential", map[string]any{"tasks": "1 x", "unit": 0})
		spec.Request.Topic = "collecting"
		out := run(t, spec)
		require.Equal(t, model.Crashed, out.Status)
		require.Contains(t, out.Message, "want a whole number of units")
		require.Equal(t, c.language, out.Ready.Language)
	})
}

func TestTrace(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		spec := c.counting(c.variant, map[string]any{"n": 1000, "workers": 3})
		spec.Request.Trace = true
		out := run(t, spec)
		require.Equal(t, model.OK, out.Status, out.Message)

		kinds := map[int][]string{}
		last := int64(0)
		for _, e := range out.Events {
			require.GreaterOrEqual(t, e.AtNS, last, "oldest first")
			last = e.AtNS
			if e.Label == "count" {
				kinds[e.Worker] = append(kinds[e.Worker], e.Kind)
			}
		}
		require.LessOrEqual(t, last, out.Wall.Nanoseconds())
		require.NotEmpty(t, kinds)
		for worker, seen := range kinds {
			require.Equal(t, []string{"start", "finish"}, seen, "worker %d", worker)
		}
	})
}

// Parameters may come in any number, and the request may be long.
func TestLongRequest(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		targets := make([]string, 50_000)
		for i := range targets {
			targets[i] = fmt.Sprintf("http://127.0.0.1/%d", i)
		}
		out := run(t, c.counting("sequential", map[string]any{"n": 7, "targets": targets}))
		require.Equal(t, model.OK, out.Status, out.Message)
		require.Equal(t, "7", out.Answer)
	})
}

// What a child prints goes to the log and disturbs nothing. Each is made to
// print in the way that its language lets an outsider do so.
func TestPrinting(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		spec := c.counting("sequential", map[string]any{"n": 10})
		want := "{\"done\":{}}\n"
		script := `printf '{"done":{}}\n'; printf '{"done":{}}\n' >&2; exec "$0" "$@"`
		spec.Argv = append([]string{"/bin/sh", "-c", script}, c.argv...)
		out := run(t, spec)
		require.Equal(t, model.OK, out.Status, out.Message)
		require.Equal(t, "10", out.Answer)
		require.Equal(t, want+want, out.Log)
	})
}

// A talk is a child that is spoken to by hand.
type talk struct {
	*testing.T
	cmd  *exec.Cmd
	in   io.WriteCloser
	said *bufio.Reader
}

func start(t *testing.T, c child) *talk {
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	r, w, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	cmd.ExtraFiles = []*os.File{w}
	cmd.Env = append(os.Environ(), "TANDEM_FD=3")
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill() // if it still is there
		cmd.Wait()
	})
	require.NoError(t, w.Close())
	return &talk{t, cmd, in, bufio.NewReader(r)}
}

func (t *talk) say(line string) {
	t.Helper()
	_, err := io.WriteString(t.in, line+"\n")
	require.NoError(t, err)
}

// hear returns the name of the next message, or nothing at the end.
func (t *talk) hear() string {
	t.Helper()
	line, err := t.said.ReadString('\n')
	if err == io.EOF {
		require.Empty(t, line)
		return ""
	}
	require.NoError(t, err)
	var message map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(line), &message), "%s", line)
	require.Len(t, message, 1, "%s", line)
	for name := range message {
		return name
	}
	panic("unreachable")
}

const request = `{"topic":"counting","variant":"sequential","params":{"n":10},"trace":false}`

// After its answer the child is there until its input ends, and then ends
// well.
func TestStaysUntilItsInputEnds(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		child := start(t, c)
		child.say(request)
		require.Equal(t, "ready", child.hear())
		child.say(`{"go":true}`)
		require.Equal(t, "done", child.hear())

		// More than a pipe holds: somebody must be there to read it.
		child.say(strings.Repeat("x", 1<<20))
		require.NoError(t, child.in.Close())
		require.Empty(t, child.hear())
		require.NoError(t, child.cmd.Wait())
	})
}

// A child whose runner is gone does not begin its work.
func TestRunnerGoneBeforeGo(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		child := start(t, c)
		child.say(request)
		require.Equal(t, "ready", child.hear())
		require.NoError(t, child.in.Close())
		require.Empty(t, child.hear())
		var exit *exec.ExitError
		require.ErrorAs(t, child.cmd.Wait(), &exit)
		require.Equal(t, 1, exit.ExitCode())
	})
}

// A failed child ends by itself, and not well.
func TestFailedEnds(t *testing.T) {
	each(t, func(t *testing.T, c child) {
		child := start(t, c)
		child.say(`{"topic":"counting","variant":"no-such","params":{}}`)
		require.Equal(t, "failed", child.hear())
		require.Empty(t, child.hear())
		var exit *exec.ExitError
		require.ErrorAs(t, child.cmd.Wait(), &exit)
		require.Equal(t, 1, exit.ExitCode())
	})
}
