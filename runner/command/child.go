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

// A Share is what the child itself used while the program ran, which is no part
// of the program's figures, and what it knows of the program better than others.
type Share struct {
	UserNS, SysNS          int64
	Voluntary, Involuntary int64 // context switches
	RSS, Threads           int64 // bytes and threads, all the time
	// Peak is the most memory, in bytes, that one of the program's processes
	// had. On Linux a process is born with the most of who started it, so this
	// is at least the child's own, 3 to 4 MB.
	Peak int64
}

// share is that of this process up to now.
func share() (s Share) {
	var ru syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &ru) // cannot fail
	s = Share{UserNS: ru.Utime.Nano(), SysNS: ru.Stime.Nano(), Voluntary: int64(ru.Nvcsw), Involuntary: int64(ru.Nivcsw), Peak: peak(&ru)}
	s.RSS, s.Threads = size()
	return s
}

// between is the share of the time since an earlier one.
func (s Share) between(then Share, program *syscall.Rusage) Share {
	s.UserNS, s.SysNS = s.UserNS-then.UserNS, s.SysNS-then.SysNS
	s.Voluntary, s.Involuntary = s.Voluntary-then.Voluntary, s.Involuntary-then.Involuntary
	s.Peak = peak(program)
	return s
}

// metrics add the share to those of the program.
func (s Share) metrics(m map[string]int64) {
	for name, field := range s.fields() {
		m[name] = *field
	}
}

func (s *Share) fields() map[string]*int64 {
	return map[string]*int64{
		"child_user_ns": &s.UserNS, "child_sys_ns": &s.SysNS, "child_voluntary_count": &s.Voluntary, "child_involuntary_count": &s.Involuntary,
		"child_rss_bytes": &s.RSS, "child_threads_count": &s.Threads, "program_peak_bytes": &s.Peak,
	}
}

// Take removes the share from a trial's metrics.
func Take(metrics map[string]float64) (s Share) {
	for name, field := range s.fields() {
		*field = int64(metrics[name])
		delete(metrics, name)
	}
	return s
}

// linger is how long what a program has started may take to end after it before
// it counts as left behind: helpers end when they see that nobody needs them.
const linger = 50 * time.Millisecond

// Main is the child that runs a program in the place of one that speaks the
// protocol (runner/PROTOCOL.md). It returns the exit status.
func Main() int {
	fd, err := strconv.Atoi(os.Getenv("TANDEM_FD"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "tandem command: the runner starts this; to compare commands: tandem compare 'COMMAND' 'COMMAND'")
		return 2
	}
	syscall.CloseOnExec(fd)
	said := os.NewFile(uintptr(fd), "TANDEM_FD")
	say := func(message map[string]any) error {
		line, err := json.Marshal(message)
		if err == nil {
			_, err = said.Write(append(line, '\n'))
		}
		return err
	}
	if err := converse(bufio.NewReader(os.Stdin), say); err != nil {
		_ = say(map[string]any{"failed": err.Error()}) // nobody listens: the runner is gone
		return 1
	}
	return 0
}

func converse(in *bufio.Reader, say func(map[string]any) error) error {
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
	answer  mark
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
	if p.Answer.File != "" {
		r.answer = markOf(p.Answer.File)
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
	then := share()
	begun := time.Now()
	pid, err := syscall.ForkExec(r.program.Argv[0], r.program.Argv, &r.attr)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", r.program.Argv[0], err)
	}
	read := make(chan error, 1)
	if r.out == nil {
		read <- nil
	} else {
		r.printed.Close()
		go func() { read <- r.follow() }()
	}
	status, used, err := wait(pid)
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
	case status.ExitStatus() != 0:
		return nil, fmt.Errorf("%s exited with status %d", r.program.Argv[0], status.ExitStatus())
	}
	if err := r.answer.fresh(); err != nil {
		return nil, err
	}
	answer, err := r.reader.answer()
	if err == nil {
		err = r.reader.times()
	}
	if err != nil {
		return nil, err
	}
	metrics := map[string]int64{}
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
	share().between(then, &used).metrics(metrics)
	return map[string]any{"elapsed_ns": elapsed.Nanoseconds(), "answer": answer, "metrics": metrics}, nil
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
