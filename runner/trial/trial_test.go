package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"tandem/runner/cgroup"
	"tandem/runner/model"
	"tandem/runner/sample"
)

// The test binary also plays the runner that is killed, its guard, and a child
// that burns CPU.
func TestMain(m *testing.M) {
	os.Setenv("GORACE", "atexit_sleep_ms=0") // else it sleeps a second at the end
	if len(os.Args) > 1 && os.Args[1] == "guard" {
		if err := GuardMain(os.Stdin, os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if script := os.Getenv("TRIAL_TEST_RUNNER"); script != "" {
		playRunner(script)
	}
	if script := os.Getenv("TRIAL_TEST_STOPPED"); script != "" {
		playStopped(script)
	}
	if amount := os.Getenv("TRIAL_TEST_BURN"); amount != "" {
		playBurner(amount)
	}
	goleak.VerifyTestMain(m)
}

// good is a child that does all as it should.
const good = `
read request
echo '{"ready":{"language":"sh","version":"1","details":{"request":'"$request"'}}}' >&$TANDEM_FD
read go
[ "$go" = '{"go":true}' ] || exit 9
echo '{"done":{"elapsed_ns":1000,"answer":"42","metrics":{"pool_ns":7}}}' >&$TANDEM_FD
`

const (
	ready = `read request; echo '{"ready":{"language":"sh","version":"1"}}' >&3; `
	toGo  = ready + `read go; `
	ok    = `echo '{"done":{"elapsed_ns":1,"answer":""}}' >&3; `
)

// Deadlines: for children that hang, that hang once they work, and that do not.
const (
	soon    = 200 * time.Millisecond
	patient = 500 * time.Millisecond
	late    = time.Minute
)

func shell(script string, deadline time.Duration) Spec {
	return Spec{
		Argv:     []string{"/bin/sh", "-c", script},
		Env:      os.Environ(),
		Request:  Request{Topic: "counting", Variant: "threads", Params: map[string]any{"n": 5}},
		Deadline: deadline,
	}
}

func newSupervisor(t testing.TB) *Supervisor {
	t.Helper()
	s, err := New(Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

type diary []string

func (d *diary) Started(pid int)                     { *d = append(*d, fmt.Sprint("started ", pid > 0)) }
func (d *diary) Working()                            { *d = append(*d, "working") }
func (d *diary) Finished()                           { *d = append(*d, "finished") }
func (d *diary) Ended(pid int)                       { *d = append(*d, fmt.Sprint("ended ", isDead(pid))) }
func (d *diary) Fallen() (pid int, _ syscall.Signal) { return 0, 0 }
func (d *diary) Members(to []int) []int              { return to }

func TestGoodChild(t *testing.T) {
	var d diary
	out := newSupervisor(t).Run(context.Background(), shell(good+"echo bye; echo too >&2", late), &d)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.Empty(t, out.Message)
	require.Equal(t, diary{"started true", "working", "finished", "ended true"}, d)
	require.Equal(t, "42", out.Answer)
	require.Equal(t, map[string]float64{"pool_ns": 7}, out.Metrics)
	require.Equal(t, time.Microsecond, out.Wall)
	require.Equal(t, "sh", out.Ready.Language)
	require.JSONEq(t, `{"request":{"topic":"counting","variant":"threads","params":{"n":5},"trace":false}}`, string(out.Ready.Details))
	require.Positive(t, out.Startup)
	require.Positive(t, out.Usage.User+out.Usage.Sys)
	require.Equal(t, "bye\ntoo\n", out.Log)
}

func TestEventsFollowTheAnswer(t *testing.T) {
	spec := shell(toGo+ok+`cat; for i in 1 2; do echo '{"events":[{"at_ns":'$i',"worker":1,"kind":"start","label":"A"}]}' >&3; done`, late)
	spec.Request.Trace = true
	out := newSupervisor(t).Run(context.Background(), spec, nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.Equal(t, []model.Event{{AtNS: 1, Worker: 1, Kind: "start", Label: "A"}, {AtNS: 2, Worker: 1, Kind: "start", Label: "A"}}, out.Events)
}

func TestTheChildHasItsOwnEnvironment(t *testing.T) {
	s := newSupervisor(t)
	spec := shell(`tr '\0' '\n' </proc/$$/environ; pwd; `+good, late)
	spec.Env, spec.Dir = []string{"A=1", "TANDEM_FD=9", "TANDEM_TRIAL=outer"}, "/"
	out := s.Run(context.Background(), spec, nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.Contains(t, out.Log, "A=1\n")
	require.Contains(t, out.Log, "TANDEM_FD=3\n")
	require.Contains(t, out.Log, "TANDEM_TRIAL="+s.marker+"\n")
	require.NotContains(t, out.Log, "outer")
	require.NotContains(t, out.Log, "TANDEM_FD=9")
	require.Contains(t, out.Log, "\n/\n")
}

func TestBadChildren(t *testing.T) {
	s := newSupervisor(t)
	tests := []struct {
		name     string
		script   string
		deadline time.Duration
		status   model.Status
		message  string
	}{
		{"garbage", `echo hello world >&3; sleep 1000`, late, model.Crashed, `line 1 on TANDEM_FD is not a message: "hello world"; `},
		{"garbage later", ready + `read go; echo "Traceback" >&3`, late, model.Crashed, `line 2 on TANDEM_FD is not a message: "Traceback"`},
		// 80 characters of it, and not bytes.
		{"long garbage", `awk 'BEGIN { for (i = 0; i < 100; i++) printf "é" ; print ""}' >&3`, late, model.Crashed, `"` + strings.Repeat("é", 80) + `..."`},
		{"another message", `echo '{"hello":1}' >&3`, late, model.Crashed, "has 0 of ready, lost, done"},
		{"two in one", `echo '{"ready":{},"failed":"x"}' >&3`, late, model.Crashed, "has 2 of ready, lost, done"},
		{"wrong type", toGo + `echo '{"done":{"elapsed_ns":"1","answer":""}}' >&3`, late, model.Crashed, `line 2 on TANDEM_FD has a wrong "done.elapsed_ns" (a string)`},
		{"no time", toGo + `echo '{"done":{"answer":""}}' >&3`, late, model.Crashed, `has no "elapsed_ns"`},
		{"no answer", toGo + `echo '{"done":{"elapsed_ns":1}}' >&3`, late, model.Crashed, `has no "answer"`},
		{"negative time", toGo + `echo '{"done":{"elapsed_ns":-1,"answer":""}}' >&3`, late, model.Crashed, "negative"},
		// An hour cannot have gone by.
		{"slow clock", toGo + `echo '{"done":{"elapsed_ns":3600000000000,"answer":""}}' >&3`, late, model.Crashed, "says that the work took 1h0m0s, but only"},
		{"long line", `head -c 2000000 /dev/zero | tr '\0' a >&3; sleep 1000`, late, model.Crashed, "line 1 on TANDEM_FD is longer than 1048576 bytes: \"aaa"},
		{"ready twice", ready + ready, late, model.Crashed, "line 2 on TANDEM_FD says ready a second time"},
		{"answers twice", toGo + ok + ok, late, model.Crashed, "line 3 on TANDEM_FD is a second answer"},
		{"answers after failing", toGo + `echo '{"failed":"x"}' >&3;` + ok, late, model.Crashed, "line 3 on TANDEM_FD is a second answer"},
		{"done before go", ok, late, model.Crashed, "says done before the child was told to go"},
		{"events first", toGo + `echo '{"events":[]}' >&3;` + ok, late, model.Crashed, "has events before the answer"},
		{"failed", toGo + `echo '{"failed":"no network"}' >&3; exit 1`, late, model.Crashed, "the child failed: no network"},
		{"skipped", `echo '{"skipped":"aiohttp is not installed"}' >&3`, late, model.Skipped, "aiohttp is not installed"},
		{"skipped, asked to go", toGo + `echo '{"skipped":"no"}' >&3; exit 1`, late, model.Skipped, "no"},
		{"nothing", `exit 0`, late, model.Crashed, "exited with status 0 while starting, without an answer"},
		{"nothing after go", toGo, late, model.Crashed, "exited with status 0 while working, without an answer"},
		{"early exit, with more after its reason", `printf 'runtime: failed to create new OS thread (have 4 already; errno=11)\nfatal error: newosproc\n\nrip 0x45f1a1\n' >&2; exit 2`, late, model.Crashed,
			`exited with status 2 before it answered; it printed "runtime: failed to create new OS thread (have 4 already; errno=11)"; its log may say why; the limit on processes and threads is reached: RLIMIT_NPROC`},
		{"early exit", `echo oops >&2; exit 3`, late, model.Crashed, `exited with status 3 before it answered; it printed "oops"`},
		{"late exit", toGo + ok + `exit 3`, late, model.Crashed, "exited with status 3 after it had answered"},
		{"killed", toGo + `kill -9 $$`, late, model.Crashed, "killed by signal 9 before it answered (the kernel kills a process when memory runs out)"},
		{"aborted", `kill -ABRT $$`, late, model.Crashed, "killed by signal 6 (aborted) before it answered"},
		{"hangs", `sleep 1000`, soon, model.Timeout, "passed its deadline of 200ms while starting and was killed; give it less to do with --param"},
		{"hangs at work", toGo + `sleep 1000`, patient, model.Timeout, "passed its deadline of 500ms while working and was killed"},
		{"ignores SIGTERM", toGo + `trap '' TERM HUP INT; while :; do sleep 1000; done`, patient, model.Timeout, "while working"},
		{"closes the pipe", toGo + `exec 3>&-; sleep 1000`, patient, model.Timeout, "it had closed TANDEM_FD"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := s.Run(context.Background(), shell(tt.script, tt.deadline), nil)
			require.Equal(t, tt.status, out.Status, out.Message)
			require.Contains(t, out.Message, tt.message)
			require.Zero(t, out.Answer)
			require.Zero(t, out.Wall)
			require.NotZero(t, out.Usage)
		})
	}
}

// Lines of a permitted length, without end.
func TestTooMuch(t *testing.T) {
	s := newSupervisor(t)
	s.most = 1 << 20
	out := s.Run(context.Background(), shell(toGo+ok+`yes '{"events":[]}' >&3`, late), nil)
	require.Equal(t, model.Crashed, out.Status, out.Message)
	require.Contains(t, out.Message, "more than 1 MiB came on TANDEM_FD by line")
	require.Empty(t, out.Events)
}

// An answer is not enough: the child must go.
func TestChildThatStays(t *testing.T) {
	s := newSupervisor(t)
	s.grace = soon
	out := s.Run(context.Background(), shell(toGo+ok+`sleep 1000`, late), nil)
	require.Equal(t, model.Timeout, out.Status, out.Message)
	require.Contains(t, out.Message, "answered, but was not gone 200ms later")
	require.Empty(t, out.Answer)

	out = s.Run(context.Background(), shell(`echo '{"skipped":"no aiohttp"}' >&3; sleep 1000`, late), nil)
	require.Equal(t, model.Skipped, out.Status, out.Message)
	require.Equal(t, "no aiohttp", out.Message)
}

// What a child wrote before it ended counts, its last line end or not.
func TestLastLineWithoutItsEnd(t *testing.T) {
	out := newSupervisor(t).Run(context.Background(), shell(toGo+`printf '{"done":{"elapsed_ns":1,"answer":"a"}}' >&3`, late), nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.Equal(t, "a", out.Answer)
}

func TestCannotStart(t *testing.T) {
	s := newSupervisor(t)
	plain := filepath.Join(t.TempDir(), "plain")
	require.NoError(t, os.WriteFile(plain, nil, 0o600))
	for path, why := range map[string]string{"/no/such/python": "no such file", plain: "permission denied"} {
		out := s.Run(context.Background(), Spec{Argv: []string{path}, Deadline: late}, nil)
		require.Equal(t, model.Crashed, out.Status)
		require.Contains(t, out.Message, strconv.Quote(path))
		require.Contains(t, out.Message, why)
	}
	out := s.Run(context.Background(), Spec{Deadline: late}, nil)
	require.Contains(t, out.Message, "no command given")
}

// A request larger than a pipe reaches a child that takes its time; one that
// nobody reads harms nobody.
func TestLargeRequest(t *testing.T) {
	s := newSupervisor(t)
	urls := strings.Repeat("http://127.0.0.1/", 50_000)
	spec := shell(`wc -c >&2 <<X
$(head -n 1)
X
echo '{"ready":{}}' >&3; read go; `+ok, late)
	spec.Request.Params = map[string]any{"urls": urls}
	out := s.Run(context.Background(), spec, nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	n, err := strconv.Atoi(strings.TrimSpace(out.Log))
	require.NoError(t, err)
	require.Greater(t, n, len(urls))

	spec.Argv[2], spec.Deadline = `sleep 1000`, soon
	out = s.Run(context.Background(), spec, nil)
	require.Equal(t, model.Timeout, out.Status, out.Message)
	spec.Argv[2], spec.Deadline = `exec 0<&-; exit 3`, late
	out = s.Run(context.Background(), spec, nil)
	require.Contains(t, out.Message, "exited with status 3 before it answered")
}

// A gigabyte of output passes and leaves 64 KiB.
func TestLogIsBounded(t *testing.T) {
	out := newSupervisor(t).Run(context.Background(), shell(`head -c 1000000000 /dev/zero; echo end; `+good, time.Minute), nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	first, rest, _ := strings.Cut(out.Log, "\n")
	require.Equal(t, fmt.Sprintf("[the first %d bytes were not kept]", 1_000_000_004-keep), first)
	require.Len(t, rest, keep)
	require.True(t, strings.HasSuffix(rest, "end\n"))
}

func TestTail(t *testing.T) {
	for _, size := range []int{0, 1, keep, keep + 1, 2*keep - 1, 2 * keep, 5*keep + 7} {
		text := make([]byte, size)
		for i := range text {
			text[i] = byte('a' + i%23)
		}
		for _, piece := range []int{1, 1000, 3 * keep} {
			var l tail
			l.reset()
			for rest := text; len(rest) > 0; {
				n := copy(l.room(), rest[:min(piece, len(rest))])
				l.wrote(n)
				rest = rest[n:]
			}
			want := string(text[max(0, size-keep):])
			if size > keep {
				want = fmt.Sprintf("[the first %d bytes were not kept]\n", size-keep) + want
			}
			require.Equal(t, want, l.String(), "%d bytes in pieces of %d", size, piece)
		}
	}
}

// A lifeline is a FIFO that a child and all that descends from it hold open:
// its end says that all of them are dead.
type lifeline struct {
	path string
	r    *os.File
}

func newLifeline(t *testing.T) lifeline {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lifeline")
	require.NoError(t, unix.Mkfifo(path, 0o600))
	r, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return lifeline{path, r}
}

// hold makes a script hold the line.
func (l lifeline) hold(script string) string { return "exec 9>" + l.path + "; " + script }

// cut fails the test if anybody holds the line now.
func (l lifeline) cut(t *testing.T) {
	t.Helper()
	fd := int(l.r.Fd()) // and blocking from here on
	require.NoError(t, unix.SetNonblock(fd, true))
	var b [4096]byte
	for {
		n, err := unix.Read(fd, b[:])
		require.NoError(t, err, "a process of the trial is alive")
		if n == 0 {
			return
		}
	}
}

// Descendants of every kind. Each writes a line when it is up.
var descendantScripts = map[string]string{
	"child in the group":  `sh -c 'echo up >&9; sleep 1000' & await 1;`,
	"setsid":              `setsid sh -c 'echo up >&9; sleep 1000' & await 1;`,
	"double fork":         `(setsid sh -c 'trap "" TERM HUP; echo up >&9; sleep 1000' &); await 1;`,
	"scrubbed":            `(env -i setsid sh -c 'echo up >&9; sleep 1000' &); await 1;`,
	"deep":                `setsid sh -c 'setsid sh -c "setsid sh -c \"echo up >&9; sleep 1000; :\"; :"; :' & await 1;`,
	"stopped":             `sh -c 'echo up >&9; kill -STOP $$' & await 1;`,
	"many":                `for i in 1 2 3 4 5 6 7 8; do setsid sh -c 'echo up >&9; sleep 1000' & done; await 8;`,
	"hopping":             `setsid sh -c 'echo up >&9; f() { f & exit; }; f' & await 1;`,
	"dead and not waited": `(sh -c 'echo up >&9' &); await 1;`,
}

// awaiting makes a script hold the line, and gives it "await n". Those who are
// up say so on 9, which the script reads as 8.
func (l lifeline) awaiting(t *testing.T, script string) string {
	t.Helper()
	up := l.path + ".up"
	require.NoError(t, unix.Mkfifo(up, 0o600))
	return `await() { n=$1; while [ $n -gt 0 ]; do read up <&8; n=$((n-1)); done; }
exec 7>` + l.path + ` 8<>` + up + ` 9>` + up + `; ` + script
}

func TestNothingIsLeft(t *testing.T) {
	s := newSupervisor(t)
	for name, script := range descendantScripts {
		t.Run(name, func(t *testing.T) {
			for end, rest := range map[string]string{"answers": good, "dies": "kill -9 $$", "is interrupted": toGo + "sleep 1000"} {
				ctx, cancel := context.WithCancel(context.Background())
				obs := onWorking{do: func() {
					if end == "is interrupted" {
						cancel()
					}
				}}
				l := newLifeline(t)
				out := s.Run(ctx, shell(l.awaiting(t, script+rest), late), obs)
				cancel()
				l.cut(t)
				switch end {
				case "answers":
					require.Equal(t, model.OK, out.Status, out.Message)
				case "dies":
					require.Contains(t, out.Message, "killed by signal 9")
				case "is interrupted":
					require.Equal(t, model.Interrupted, out.Status, out.Message)
				}
			}
		})
	}
}

// Kernels may lack the list of children, and descriptors for processes.
func TestOlderKernels(t *testing.T) {
	s := newSupervisor(t)
	s.subreaper.close()
	for range 2 {
		l := newLifeline(t)
		out := s.Run(context.Background(), shell(l.awaiting(t, descendantScripts["double fork"]+good), late), nil)
		l.cut(t)
		require.Equal(t, model.OK, out.Status, out.Message)
	}
	spec := shell("exit 3", late)
	tr := trial{s: s, ctx: context.Background(), spec: &spec, obs: nobody{}, deadline: time.Now().Add(late)}
	require.NoError(t, tr.prepare())
	require.NoError(t, tr.child.start(s, &spec, nobody{}))
	closeFDs(&tr.child.pidfd)
	tr.runProtocol()
	tr.finish()
	tr.child.close()
	require.Contains(t, tr.out.Message, "exited with status 3")
}

func TestGroup(t *testing.T) {
	g, err := cgroup.New("trial-test")
	if err != nil {
		t.Skip(err)
	}
	s, err := New(Options{Group: g})
	require.NoError(t, err)
	l := newLifeline(t)
	out := s.Run(context.Background(), shell(l.awaiting(t, toGo+descendantScripts["hopping"]+"cat /proc/self/cgroup; "+ok), late), nil)
	l.cut(t)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.Contains(t, out.Log, filepath.Base(g.Path()))
	require.NoError(t, s.Close())
	require.NoError(t, g.Remove())
}

// A process that the runner had before is none of the trial's business.
func TestOtherChildrenLive(t *testing.T) {
	other := exec.Command("sleep", "1000")
	require.NoError(t, other.Start())
	out := newSupervisor(t).Run(context.Background(), shell(`(setsid sleep 1000 &); `+good, late), nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.NoError(t, other.Process.Kill()) // it was there to be killed
	var died *exec.ExitError
	require.ErrorAs(t, other.Wait(), &died)
}

type onWorking struct {
	nobody
	do func()
}

func (o onWorking) Working() { o.do() }

func TestCancel(t *testing.T) {
	s := newSupervisor(t)
	ctx, cancel := context.WithCancel(context.Background())
	l := newLifeline(t)
	out := s.Run(ctx, shell(l.hold(`(setsid sleep 1000 &); `+toGo+`sleep 1000`), late), onWorking{do: cancel})
	l.cut(t)
	require.Equal(t, model.Interrupted, out.Status, out.Message)

	out = s.Run(ctx, shell(good, late), nil) // cancelled before it began
	require.Equal(t, model.Interrupted, out.Status)
	require.Zero(t, out.StartedAt)

	// The next is not affected, not even by a cancellation that came too late.
	_, err := unix.Write(s.wake[1], []byte{0})
	require.NoError(t, err)
	out = s.Run(context.Background(), shell(good, late), nil)
	require.Equal(t, model.OK, out.Status, out.Message)
}

// playBurner uses as much CPU as it is told and no more.
func playBurner(amount string) {
	d, err := time.ParseDuration(amount)
	if err != nil {
		panic(err)
	}
	for {
		var now unix.Timespec
		if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now) != nil || time.Duration(now.Nano()) >= d {
			os.Exit(0)
		}
	}
}

// Four workers, one that a killed process had waited for, and one that ended
// as an orphan: were one not counted, a sixth would be missing.
func TestUsageCountsTheTree(t *testing.T) {
	const burn = 60 * time.Millisecond
	l := newLifeline(t)
	spec := shell(l.awaiting(t, `for i in 1 2 3 4; do "$TEST" & done; wait
(setsid sh -c '"$TEST"; echo up >&9; sleep 1000' &)
(sh -c '"$TEST"; echo up >&9' &)
await 2; `+good), late)
	spec.Env = append(spec.Env, "TEST="+os.Args[0], "TRIAL_TEST_BURN="+burn.String())
	out := newSupervisor(t).Run(context.Background(), spec, nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.GreaterOrEqual(t, out.Usage.User+out.Usage.Sys, 6*burn-time.Millisecond)
	l.cut(t)
}

// A real pool waits forever for a worker that was killed.
const lostWorker = `
import json, multiprocessing, os, signal, sys, time
out = os.fdopen(3, "w")
def work(i):
    time.sleep(0.2)  # a process is found within a sample's time
    if i == 1: os.kill(os.getpid(), signal.SIGKILL)
    return i
if __name__ == "__main__":
    sys.stdin.readline()
    print(json.dumps({"ready": {"language": "python"}}), file=out, flush=True)
    sys.stdin.readline()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(work, range(4), 1))
`

func TestKilledWorkerEndsTheTrial(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 here")
	}
	w, err := sample.New(10*time.Millisecond, nil)
	require.NoError(t, err)
	defer w.Close()
	s := newSupervisor(t)
	s.mourn = soon
	spec := shell("", late)
	spec.Argv = []string{python, "-c", lostWorker}
	out := s.Run(context.Background(), spec, w)
	require.Equal(t, model.Crashed, out.Status, out.Message)
	require.Contains(t, out.Message, "was killed by signal 9 (killed); the kernel kills a process when memory runs out")
	w.Result(sample.Total{}, 0)
}

// Whom its own child says to be lost nobody else need see.
func TestLostWorker(t *testing.T) {
	s := newSupervisor(t)
	s.mourn = soon
	const lost = `echo '{"lost":{"pid":7,"signal":11}}' >&3; `
	out := s.Run(context.Background(), shell(toGo+lost+"sleep 1000", late), nil)
	require.Equal(t, model.Crashed, out.Status, out.Message)
	require.Contains(t, out.Message, "no answer came within 200ms of it: its process 7 was killed by signal 11 (segmentation fault)")
	out = s.Run(context.Background(), shell(toGo+lost+ok+lost, late), nil)
	require.Equal(t, model.OK, out.Status, out.Message)
}

// Who goes on computing without it may have ended it itself.
func TestWhoComputesOnNeedsNoLostProcess(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("is not looked after here")
	}
	s := newSupervisor(t)
	s.mourn = 2 * look
	const busy = `i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done; `
	begin := time.Now()
	out := s.Run(context.Background(), shell(toGo+`echo '{"lost":{"pid":7,"signal":9}}' >&3; `+busy+ok, late), nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.Greater(t, time.Since(begin), s.mourn, "it took too little time to show anything")
}

// A child that is stopped, or whose worker is, is late only if it stays so.
func TestStoppedChild(t *testing.T) {
	w, err := sample.New(10*time.Millisecond, nil)
	require.NoError(t, err)
	defer w.Close()
	s := newSupervisor(t)
	// Continued when it has been seen, which the deadline shows.
	const patiently = `for i in 1 2 3 4; do sleep 0.25; done; `
	for name, script := range map[string]string{
		"itself": `(` + patiently + `kill -CONT $$) & kill -STOP $$; `,
		"worker": `sh -c 'kill -STOP $$' & ` + patiently + `kill -CONT $!; wait; `,
	} {
		out := s.Run(context.Background(), shell(toGo+script+ok, 600*time.Millisecond), w)
		require.Equal(t, model.Crashed, out.Status, "%s: %s", name, out.Message)
		require.Contains(t, out.Message, "the child, or one of its processes, was stopped for", name)
		require.Positive(t, out.Paused, name)
		w.Result(sample.Total{}, 0)
	}
	out := s.Run(context.Background(), shell(toGo+`kill -STOP $$`, patient), w)
	require.Equal(t, model.Timeout, out.Status, out.Message)
	require.Contains(t, out.Message, "and still was; kill -CONT continues it")
	require.Zero(t, out.Paused)
	w.Result(sample.Total{}, 0)
}

// playStopped is a runner that says what came of its trial.
func playStopped(script string) {
	s, err := New(Options{})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	out := s.Run(context.Background(), shell(script, pause), onWorking{do: func() { _ = unix.Kill(os.Getpid(), unix.SIGSTOP) }})
	fmt.Println(out.Status, out.Paused > pause, out.Message)
	os.Exit(0)
}

// The deadline passes while the runner is stopped: nobody was late.
func TestStoppedRunner(t *testing.T) {
	runner := exec.Command(os.Args[0])
	runner.Env = append(os.Environ(), "TRIAL_TEST_STOPPED="+toGo+ok)
	var said bytes.Buffer
	runner.Stdout = &said
	require.NoError(t, runner.Start())
	_, err := unix.Wait4(runner.Process.Pid, nil, unix.WUNTRACED, nil) // it stops itself
	require.NoError(t, err)
	time.Sleep(2 * pause) // that is what is tested
	require.NoError(t, runner.Process.Signal(unix.SIGCONT))
	require.NoError(t, runner.Wait())
	require.Contains(t, said.String(), "crashed true the runner was stopped for")
}

func TestNothingLeaks(t *testing.T) {
	s := newSupervisor(t)
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	before, goroutines := count(), runtime.NumGoroutine()
	for range 25 {
		require.Equal(t, model.OK, s.Run(ctx, shell(good, late), nil).Status)
		require.Equal(t, model.Crashed, s.Run(ctx, shell(`exit 1`, late), nil).Status)
		require.Equal(t, model.Crashed, s.Run(ctx, shell(`(sleep 1000 &); echo x >&3`, late), nil).Status)
		require.Equal(t, model.Crashed, s.Run(ctx, Spec{Argv: []string{"/no/such"}, Deadline: late}, nil).Status)
	}
	require.Equal(t, before, count())
	require.LessOrEqual(t, runtime.NumGoroutine(), goroutines)
	require.Empty(t, s.subreaper.survivors(0))
}

// telling says when the child works, and when four of its processes that left
// its group had been seen at the look before.
type telling struct {
	*sample.Watcher
	left int
}

func (t *telling) Working() {
	t.Watcher.Working()
	fmt.Println("working")
}

func (t *telling) Members(to []int) []int {
	if t.left >= 4 {
		fmt.Println("followed")
	}
	t.left = 0
	to = t.Watcher.Members(to)
	slices.Sort(to[1:])
	to = slices.Compact(to)
	for _, pid := range to {
		if group, err := unix.Getpgid(pid); err == nil && group != to[0] {
			t.left++
		}
	}
	return to
}

// playRunner is a runner with a guard, which is killed at work.
func playRunner(script string) {
	o := Options{Guard: []string{os.Args[0], "guard"}}
	path := "none"
	if g, err := cgroup.New("test"); err == nil {
		o.Group, path = g, g.Path()
	}
	s, err := New(o)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	w, err := sample.New(10*time.Millisecond, o.Group)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(s.guard.processes[0].Pid, s.guard.processes[1].Pid, path)
	s.Run(context.Background(), shell(script, time.Hour), &telling{Watcher: w})
	os.Exit(1)
}

func TestNothingOutlivesAKilledRunner(t *testing.T) {
	newSupervisor(t) // adopts the guard, so that the test can wait for it
	l := newLifeline(t)
	scrubbed := "" // only a control group tells whose it is
	if g, err := cgroup.New("probe"); err == nil {
		require.NoError(t, g.Remove())
		scrubbed = descendantScripts["scrubbed"]
	}
	// Only after the request is a child sure to be in its group.
	script := l.awaiting(t, "read request; "+scrubbed+descendantScripts["hopping"]+descendantScripts["double fork"]+descendantScripts["setsid"]+descendantScripts["child in the group"]+
		`echo '{"ready":{}}' >&3; read go; sleep 1000`)

	runner := exec.Command(os.Args[0])
	runner.Env = append(os.Environ(), "TRIAL_TEST_RUNNER="+script)
	stdout, err := runner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, runner.Start())
	var guardPID, other int
	var group, word string
	_, err = fmt.Fscan(stdout, &other, &guardPID, &group, &word)
	require.NoError(t, err)
	require.Equal(t, "working", word)

	require.NoError(t, unix.Kill(other, unix.SIGKILL), "half of the guard")
	require.NoError(t, runner.Process.Kill())
	// The end of its output: neither the guard nor a child held it.
	_, err = io.ReadAll(stdout)
	require.NoError(t, err)
	require.Error(t, runner.Wait())

	// All of the trial are gone, and then so is the guard, content.
	require.NoError(t, l.r.SetReadDeadline(time.Now().Add(late)))
	_, err = io.ReadAll(l.r)
	require.NoError(t, err)
	var ws unix.WaitStatus
	_, err = unix.Wait4(other, nil, 0, nil)
	require.NoError(t, err)
	_, err = unix.Wait4(guardPID, &ws, 0, nil)
	require.NoError(t, err)
	require.True(t, ws.Exited() && ws.ExitStatus() == 0, "guard: %v", ws)
	require.NoDirExists(t, group)
}

// The guards are killed together with the runner: the kernel ends the trial.
func TestNothingOutlivesAllThatGuardIt(t *testing.T) {
	newSupervisor(t) // adopts the guards, so that the test can wait for them
	l := newLifeline(t)
	const busy = `sh -c "while :; do :; done" & `
	script := l.hold(toGo + busy + busy + "setsid " + busy + "(setsid " + busy + "); timeout 1000 " + busy + "sleep 1000")
	runner := exec.Command(os.Args[0])
	runner.Env = append(os.Environ(), "TRIAL_TEST_RUNNER="+script)
	stdout, err := runner.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, runner.Start())
	var guards [2]int
	var group, word string
	_, err = fmt.Fscan(stdout, &guards[0], &guards[1], &group, &word)
	require.NoError(t, err)
	require.Equal(t, "working", word)
	_, err = fmt.Fscan(stdout, &word)
	require.NoError(t, err)
	require.Equal(t, "followed", word)

	for _, pid := range []int{guards[0], guards[1], runner.Process.Pid} {
		require.NoError(t, unix.Kill(pid, unix.SIGKILL))
	}
	require.Error(t, runner.Wait())
	require.NoError(t, l.r.SetReadDeadline(time.Now().Add(time.Second)))
	_, err = io.ReadAll(l.r)
	require.NoError(t, err, "a process of the trial is alive")
	for _, pid := range guards {
		_, err = unix.Wait4(pid, nil, 0, nil)
		require.NoError(t, err)
	}
	if g, err := cgroup.New("probe"); err == nil { // and removes the dead runner's
		require.NoError(t, g.Remove())
	}
	require.NoDirExists(t, group)
}

func TestGuardEndsWithTheRun(t *testing.T) {
	s, err := New(Options{Guard: []string{os.Args[0], "guard"}})
	require.NoError(t, err)
	pid := s.guard.processes[0].Pid
	out := s.Run(context.Background(), shell(good, late), nil)
	require.Equal(t, model.OK, out.Status, out.Message)
	require.NoError(t, unix.Kill(pid, 0), "a trial ended the guard")
	require.NoError(t, s.Close())
	require.Equal(t, unix.ESRCH, unix.Kill(pid, 0))
}

func TestGuardMainRefuses(t *testing.T) {
	for _, args := range [][]string{nil, {""}, {"a", "b", "c"}} {
		require.ErrorContains(t, GuardMain(bytes.NewReader(nil), args), "not for people")
	}
	require.ErrorContains(t, GuardMain(broken{}, []string{"m"}), "wait for the end of the runner: cable cut")
	require.NoError(t, GuardMain(strings.NewReader("."), []string{"m"}))
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("cable cut") }
