package command

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The test binary is the child too, where the runner's pipe is there.
func TestMain(m *testing.M) {
	if os.Getenv("TANDEM_FD") != "" {
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// said is what the child answers for a program.
type said struct {
	Done *struct {
		ElapsedNS int64              `json:"elapsed_ns"`
		Answer    string             `json:"answer"`
		Metrics   map[string]float64 `json:"metrics"`
	}
	Failed  string
	Skipped string
	log     string
}

// child holds the conversation with a real child.
func child(t *testing.T, p Program) (s said) {
	t.Helper()
	lines, fd, err := os.Pipe()
	require.NoError(t, err)
	defer lines.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TANDEM_FD=3")
	cmd.ExtraFiles = []*os.File{fd}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	cmd.WaitDelay = time.Millisecond // what a program leaves behind may hold the log open
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	require.NoError(t, fd.Close())
	request, err := json.Marshal(map[string]any{"params": map[string]any{"program": p}})
	require.NoError(t, err)
	fmt.Fprintf(in, "%s\n{\"go\":true}\n", request)
	for out := bufio.NewScanner(lines); s.Done == nil && s.Failed+s.Skipped == "" && out.Scan(); {
		require.NoError(t, json.Unmarshal(out.Bytes(), &s))
	}
	require.NoError(t, in.Close())
	_ = cmd.Wait() // what it said counts
	s.log = log.String()
	return s
}

func sh(script string) Program { return Program{Argv: []string{"/bin/sh", "-c", script}} }

func TestChildAnswersForAProgram(t *testing.T) {
	s := child(t, sh("echo one; echo two >&2; echo; echo three; echo; test -z \"$TANDEM_FD\" && test ! -e /dev/fd/3"))
	require.NotNil(t, s.Done, s.Failed)
	require.Equal(t, "one\n\nthree", s.Done.Answer, "without the white space at its end")
	require.Contains(t, s.log, "two")
	require.Contains(t, s.log, "three")
	require.Positive(t, s.Done.ElapsedNS)
	Take(s.Done.Metrics)
	require.Empty(t, s.Done.Metrics)
}

// A program is born with its parent's peak, which is no figure of its own.
func TestChildKnowsAProgramsPeak(t *testing.T) {
	small := Take(child(t, sh("true")).Done.Metrics)
	large := Take(child(t, sh("head -c 100000000 /dev/zero | tail -c 100000000 >/dev/null")).Done.Metrics)
	require.Greater(t, large.ProgramsPeak, int64(100_000_000))
	if runtime.GOOS == "linux" {
		require.Zero(t, small.ProgramsPeak)
		require.Greater(t, small.ProgramsLeast, int64(1<<20))
	}
}

func TestChildSaysThatAProgramCannotRunHere(t *testing.T) {
	s := child(t, sh("echo no such device; exit 77"))
	require.Contains(t, s.Skipped, "status 77")
	require.Empty(t, s.Failed)
}

func TestChildSaysHowAProgramFailed(t *testing.T) {
	for script, want := range map[string]string{
		"echo 1; exit 3": "/bin/sh exited with status 3",
		"kill -15 $$":    "/bin/sh was killed by signal 15 (terminated)",
	} {
		require.Equal(t, want, child(t, sh(script)).Failed)
	}
	require.Contains(t, child(t, Program{Argv: []string{"/nowhere"}}).Failed, "start /nowhere: no such file")
	p := sh("cat")
	p.Stdin = "/nowhere"
	require.Contains(t, child(t, p).Failed, "opening its standard input")
}

func TestChildTimesBetweenMarks(t *testing.T) {
	p := sh("echo ready; echo 'took 1.5 ms'; cat; echo done")
	p.Stdin = filepath.Join(t.TempDir(), "in")
	require.NoError(t, os.WriteFile(p.Stdin, []byte("over\n"), 0o666))
	p.Time = Time{From: "^ready", To: "^over$", Own: `took ([\d.]+ ms)`}
	p.Answer = Answer{Pattern: "^o"}
	s := child(t, p)
	require.NotNil(t, s.Done, s.Failed)
	require.Equal(t, "o", s.Done.Answer)
	require.Equal(t, 1.5e6, s.Done.Metrics[Own])
	require.Positive(t, s.Done.Metrics[Startup])

	p.Time = Time{From: "^ready", To: "^never"}
	require.Contains(t, child(t, p).Failed, `no line that it printed after "^ready" has "^never"`)
	p.Time = Time{From: "^nothing", To: "^never"}
	require.Contains(t, child(t, p).Failed, `no line that it printed has "^nothing"`)
	p.Time = Time{Own: "cost (.*)"}
	require.Contains(t, child(t, p).Failed, "its own figure")
}

// What a program leaves behind neither holds its answer back nor goes unsaid.
func TestChildCountsWhatIsLeft(t *testing.T) {
	if orphans(0) < 0 {
		t.Skip("this system does not tell")
	}
	s := child(t, sh("sleep 5 & echo 1"))
	require.NotNil(t, s.Done, s.Failed)
	require.Equal(t, "1", s.Done.Answer)
	require.Equal(t, 1.0, s.Done.Metrics[Left])
	require.Less(t, s.Done.ElapsedNS, int64(5*time.Second))
	require.NotContains(t, child(t, sh("(true) & echo 1")).Done.Metrics, Left)
}

func TestAnswerInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	p := sh("echo fresh > " + path)
	p.Answer.File = path
	require.Equal(t, "fresh", child(t, p).Done.Answer)
	p.Argv[2] = "true"
	require.Contains(t, child(t, p).Failed, "was not written")
	p.Answer.File = "/nowhere"
	require.Contains(t, child(t, p).Failed, "was not written")
}

// answer is what a program answers that prints text in pieces of a size.
func answer(t *testing.T, a Answer, text string, size int) string {
	r, err := newReader(&Program{Answer: a})
	require.NoError(t, err)
	for len(text) > 0 {
		n := min(size, len(text))
		r.read([]byte(text[:n]), time.Time{})
		text = text[n:]
	}
	got, err := r.answer()
	require.NoError(t, err)
	return got
}

func TestAnswers(t *testing.T) {
	long := strings.Repeat("many words, line after line\n", 100_000)
	for name, c := range map[string]struct {
		rule Answer
		text string
		want string
	}{
		"all of it":              {Answer{}, "a\r\nb\n", "a\nb"},
		"a group":                {Answer{Pattern: `n=(\d+)`}, "n=1 n=2\nm=3\nn=4", "1\n2\n4"},
		"no group":               {Answer{Pattern: `n=\d+`}, "an=1\n", "n=1"},
		"lines in order":         {Answer{Lines: "sorted"}, "b\na\nb\n", "a\nb\nb"},
		"none":                   {Answer{None: true}, "a\n", ""},
		"no text":                {Answer{}, "\xff\n", "\uFFFD"},
		"long":                   {Answer{}, long, "sha256 "},
		"long, in lines":         {Answer{Lines: "sorted"}, long, "100000 lines, sum of their sha256 "},
		"a line without its end": {Answer{}, strings.Repeat("x", 3*longest), "sha256 "},
	} {
		got := answer(t, c.rule, c.text, 64<<10)
		require.Equal(t, got, answer(t, c.rule, c.text, 1000), "%s: whatever the pieces", name)
		if strings.HasSuffix(c.want, " ") {
			require.True(t, strings.HasPrefix(got, c.want), "%s: %s", name, got)
			require.NotEqual(t, got, answer(t, c.rule, "x\n"+c.text, 1000), name)
			continue
		}
		require.Equal(t, c.want, got, name)
	}
	require.Equal(t, answer(t, Answer{Lines: "sorted"}, long+"z\n", 1000), answer(t, Answer{Lines: "sorted"}, "z\n"+long, 1000))
	require.Equal(t, "a\nb", (&Answer{Lines: "sorted", Pattern: "x"}).Of("b\na\n"))
}

func TestRulesAreChecked(t *testing.T) {
	for want, err := range map[string]error{
		"one of":              (&Answer{Pattern: "a", None: true}).Check(),
		`lines is "any"`:      (&Answer{Lines: "any"}).Check(),
		"none is asked for":   (&Answer{None: true, Text: "1"}).Check(),
		"no regular":          (&Answer{Pattern: "("}).Check(),
		"go together":         (&Time{From: "a"}).Check(),
		`unit is "min"`:       (&Time{Own: "a", Unit: "min"}).Check(),
		"which is missing":    (&Time{Unit: "s"}).Check(),
		"time: to: \"[\" is ": (&Time{From: "a", To: "["}).Check(),
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestPlaceholders(t *testing.T) {
	require.Equal(t, []string{"n", "out-file"}, Names("a{n}b{{c}}", "{n} {out-file} {} { x } {1}"))
	got := Fill("a{n}b {{n}} }} {", func(name string) string { return "<" + name + ">" })
	require.Equal(t, "a<n>b {n} } {", got)
	words, err := Split(`./a 'b c' "d {n}" e\ f '' $HOME`)
	require.NoError(t, err)
	require.Equal(t, []string{"./a", "b c", "d {n}", "e f", "", "$HOME"}, words)
	require.Equal(t, `echo {n} 'b c'`, Line([]string{"echo", "{n}", "b c"}))
	for _, line := range []string{"", "  ", `"a`, `a\`} {
		_, err := Split(line)
		require.ErrorContains(t, err, "command ", line)
	}
}

func TestACommandIsCalledByOneShortLine(t *testing.T) {
	require.Equal(t, `sh -c "echo 1  echo \e "`, Brief("sh -c \"echo 1\n\techo \\e\u202e\""))
	require.Equal(t, strings.Repeat("é", MostBrief-1)+"…", Brief(strings.Repeat("é", 300)))
	require.Equal(t, strings.Repeat("é", MostBrief), Brief(strings.Repeat("é", MostBrief)))
}

func TestGoRunIsBuilt(t *testing.T) {
	for line, want := range map[string]string{
		"go run main.go 1 2":                "go build -o X main.go; X 1 2",
		"go run -race -tags a,b ./cmd x.go": "go build -o X -race -tags a,b ./cmd; X x.go",
		"go run a.go b.go -v":               "go build -o X a.go b.go; X -v",
		"/usr/bin/go run -gcflags=-N . run": "/usr/bin/go build -o X -gcflags=-N .; X run",
		"go build .":                        "",
		"go run -tags":                      "",
		"go run -race":                      "",
	} {
		build, run, ok := GoRun(strings.Fields(line), "X")
		require.Equal(t, want != "", ok, line)
		if ok {
			require.Equal(t, want, strings.Join(build, " ")+"; "+strings.Join(run, " "))
		}
	}
}

// A shim is looked through where its manager tells, and warned of where not.
func TestShims(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o777))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o777))
		return path
	}
	manager := put("libexec/pyenv", "#!/bin/sh\ntest \"$1 $2\" = 'which python3' && echo "+dir+"/real/python3\n")
	put("shims/python3", "#!/usr/bin/env bash\nset -e\nexec \""+manager+"\" exec \"$program\" \"$@\"\n")
	put("shims/ruby", "#!/usr/bin/env bash\nexec \""+manager+"\" exec \"$program\" \"$@\"\n")
	put("plain", "#!/bin/sh\nexec pyenvironment exec it\n")
	t.Setenv("PATH", filepath.Join(dir, "shims")+":"+os.Getenv("PATH"))

	find := func(name string) (string, string) {
		found, warning, err := Find(context.Background(), []string{name, "x"}, dir)
		require.NoError(t, err)
		require.Equal(t, "x", found[1])
		return found[0], warning
	}
	path, warning := find("python3")
	require.Equal(t, filepath.Join(dir, "real", "python3"), path)
	require.Empty(t, warning)
	path, warning = find("ruby")
	require.Equal(t, filepath.Join(dir, "shims", "ruby"), path)
	require.Contains(t, warning, "starts ruby by a detour")
	path, warning = find("./plain")
	require.Equal(t, filepath.Join(dir, "plain"), path)
	require.Empty(t, warning)
}

// What is looked at is bounded, however much a program prints.
func TestReaderKeepsALine(t *testing.T) {
	r, err := newReader(&Program{Answer: Answer{Pattern: "z"}})
	require.NoError(t, err)
	for range 100 {
		r.read(bytes.Repeat([]byte("x "), 100_000), time.Time{})
	}
	require.Less(t, cap(r.line), 4*longest)
	require.Empty(t, r.text.kept)
}
