package command

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Names of the metrics that the child adds.
const (
	Startup = "startup_ns"         // until the line that begins what is timed
	Own     = "own_ns"             // what the program says of itself
	Left    = "left_running_count" // processes that it had left behind when it ended
)

// The child's own share of a trial, which is no part of the program's figures,
// as metrics; and what it knows of the program better than others.
const (
	user, sys              = "child_user_ns", "child_sys_ns"
	voluntary, involuntary = "child_voluntary_count", "child_involuntary_count"
	memory, threads        = "child_rss_bytes", "child_threads_count"
	// peakMemory is the most that one of the program's processes had. To Linux
	// that is at least what the child had when it started the program, 3 to 4 MB:
	// then nobody knows, and this is 0.
	peakMemory, bornMemory = "program_peak_bytes", "program_born_bytes"
)

// own is what this process has used up to now.
func own() map[string]int64 {
	var ru syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &ru) // cannot fail
	return map[string]int64{user: ru.Utime.Nano(), sys: ru.Stime.Nano(), voluntary: int64(ru.Nvcsw), involuntary: int64(ru.Nivcsw)}
}

// A Share is that of a trial's child.
type Share struct {
	User, Sys                                                            time.Duration
	Voluntary, Involuntary, Memory, Threads, ProgramsPeak, ProgramsLeast int64
}

// Take removes the child's share from a trial's metrics.
func Take(metrics map[string]float64) Share {
	take := func(name string) int64 {
		defer delete(metrics, name)
		return int64(metrics[name])
	}
	return Share{time.Duration(take(user)), time.Duration(take(sys)), take(voluntary), take(involuntary), take(memory), take(threads), take(peakMemory), take(bornMemory)}
}

// linger is how long what a program has started may take to end after it before
// it counts as left behind: helpers end when they see that nobody needs them.
const linger = 50 * time.Millisecond

// skipStatus is with what a program ends that cannot do its work on this
// machine, as test programs for Automake do.
const skipStatus = 77

type skipped string

func (s skipped) Error() string { return string(s) }

// Main is the child that runs a program in the place of one that speaks the
// protocol (runner/PROTOCOL.md). It returns the exit status.
func Main() int {
	fd, err := strconv.Atoi(os.Getenv("TANDEM_FD"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "tandem command: the runner starts this; to compare commands: tandem compare 'COMMAND' 'COMMAND'")
		return 2
	}
	syscall.CloseOnExec(fd)
	protocol := os.NewFile(uintptr(fd), "TANDEM_FD")
	say := func(message map[string]any) error {
		line, err := json.Marshal(message)
		if err == nil {
			_, err = protocol.Write(append(line, '\n'))
		}
		return err
	}
	err = runProtocol(bufio.NewReader(os.Stdin), say)
	if errors.As(err, new(skipped)) {
		_ = say(map[string]any{"skipped": err.Error()})
		return 0
	}
	if err != nil {
		_ = say(map[string]any{"failed": err.Error()}) // nobody listens: the runner is gone
		return 1
	}
	return 0
}

func runProtocol(in *bufio.Reader, say func(map[string]any) error) error {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	var request struct {
		Params struct{ Program Program }
	}
	if err := json.Unmarshal(line, &request); err != nil {
		return fmt.Errorf("reading the request: %w", err)
	}
	r, err := prepare(&request.Params.Program)
	if err != nil {
		return err
	}
	if err := say(map[string]any{"ready": map[string]any{"language": "command", "version": ""}}); err != nil {
		return err
	}
	if _, err := in.ReadBytes('\n'); err != nil {
		return nil // the runner has given up
	}
	done, err := r.run()
	if err != nil {
		return err
	}
	if err := say(map[string]any{"done": done}); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, in) // what is left of the program stays until now
	return err
}

// A run is one run of a program.
type run struct {
	program *Program
	reader  *reader
	attr    syscall.ProcAttr
	stdin   *os.File
	out     *os.File // what the program prints; nil where nobody looks at it
	printed *os.File // the program's end of it
}

func prepare(p *Program) (*run, error) {
	if len(p.Argv) == 0 {
		return nil, errors.New("no command given")
	}
	r := &run{program: p}
	var err error
	if r.reader, err = newReader(p); err != nil {
		return nil, err
	}
	stdin, err := os.Open(os.DevNull)
	if p.Stdin != "" {
		stdin, err = os.Open(p.Stdin)
	}
	if err != nil {
		return nil, fmt.Errorf("opening its standard input: %w", err)
	}
	r.printed = os.Stdout
	if !p.silent() {
		if r.out, r.printed, err = os.Pipe(); err != nil {
			return nil, err
		}
	}
	r.stdin = stdin
	r.attr.Files = []uintptr{stdin.Fd(), r.printed.Fd(), os.Stderr.Fd()}
	r.attr.Env = slices.DeleteFunc(os.Environ(), func(set string) bool { return strings.HasPrefix(set, "TANDEM_FD=") })
	adopt()
	return r, nil
}

// run runs it once and returns what the child has to say of it.
func (r *run) run() (map[string]any, error) {
	born, before := born(), own()
	begun := time.Now()
	pid, err := syscall.ForkExec(r.program.Argv[0], r.program.Argv, &r.attr)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w%s", r.program.Argv[0], err, unstarted(err))
	}
	read := make(chan error, 1)
	if r.out == nil {
		read <- nil
	} else {
		r.printed.Close()
		go func() { read <- r.follow() }()
	}
	status, usage, err := wait(pid)
	ended := time.Now()
	if err != nil {
		return nil, fmt.Errorf("wait for %s: %w", r.program.Argv[0], err)
	}
	left := orphans(linger)
	if r.out != nil && left != 0 { // what is left may print for ever
		_ = r.out.SetReadDeadline(time.Now().Add(linger))
	}
	if err := <-read; err != nil {
		return nil, err
	}
	switch {
	case status.Signaled():
		return nil, fmt.Errorf("%s was killed by signal %d (%v)", r.program.Argv[0], int(status.Signal()), status.Signal())
	case status.ExitStatus() == skipStatus:
		return nil, skipped(fmt.Sprintf("%s exited with status %d, by which a program says that it cannot run here", r.program.Argv[0], skipStatus))
	case status.ExitStatus() != 0:
		return nil, fmt.Errorf("%s exited with status %d", r.program.Argv[0], status.ExitStatus())
	}
	answer, err := r.reader.answer()
	if err == nil {
		err = r.reader.times()
	}
	if err != nil {
		return nil, err
	}
	metrics := own()
	for name, then := range before {
		metrics[name] -= then
	}
	metrics[memory], metrics[threads] = size()
	if metrics[bornMemory] = born; peak(&usage) > born {
		metrics[peakMemory] = peak(&usage)
	}
	elapsed := ended.Sub(begun)
	if r.reader.from != nil {
		elapsed = r.reader.ended.Sub(r.reader.began)
		metrics[Startup] = r.reader.began.Sub(begun).Nanoseconds()
	}
	if r.reader.own != nil {
		metrics[Own] = r.reader.figure.Nanoseconds()
	}
	if left > 0 {
		metrics[Left] = int64(left)
	}
	all := map[string]any{}
	for name, v := range r.reader.found {
		all[name] = v
	}
	for name, v := range metrics {
		all[name] = v
	}
	return map[string]any{"elapsed_ns": elapsed.Nanoseconds(), "answer": answer, "metrics": all}, nil
}

// unstarted is what to do about a file that is there, but is not started.
func unstarted(err error) string {
	switch {
	case errors.Is(err, syscall.ENOEXEC):
		return ": it is no program of this machine, and no first line (#!) says what runs it; name that before it (sh FILE)"
	case errors.Is(err, syscall.ENOENT):
		return ": it, or what its first line (#!) says runs it, is not there"
	}
	return ""
}

func wait(pid int) (status syscall.WaitStatus, used syscall.Rusage, err error) {
	for {
		if _, err = syscall.Wait4(pid, &status, 0, &used); err != syscall.EINTR {
			return status, used, err
		}
	}
}

// follow reads what the program prints, and passes it on to the trial's log.
func (r *run) follow() error {
	buf := make([]byte, 64<<10)
	for {
		n, err := r.out.Read(buf)
		if n > 0 {
			r.reader.read(buf[:n], time.Now())
			_, _ = os.Stdout.Write(buf[:n]) // the log; the runner is gone where it fails
		}
		if err == io.EOF || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading what it prints: %w", err)
		}
	}
}
