package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tandem/runner/model"
)

// Where a conversation stands.
type stage int

const (
	starting stage = iota // until ready
	working               // told to go
	answered              // said done, failed or skipped; may send events and must go
)

func (s stage) String() string {
	return [...]string{"starting", "working", "ending"}[s]
}

// Why no further line comes.
var (
	errExited    = errors.New("the child is gone")
	errLate      = errors.New("the deadline has passed")
	errCancelled = errors.New("the run was interrupted")
	errLong      = errors.New("a line is too long")
	errMuch      = errors.New("too much on TANDEM_FD")
)

// A trial is one run of one child. One goroutine does all of it, blocked in
// poll(2) while there is nothing to do: handing work to other goroutines would
// cost more than the trial of a small child takes.
type trial struct {
	s    *Supervisor
	ctx  context.Context
	spec *Spec
	obs  Observer
	out  Outcome

	child    child
	pending  []byte // not yet sent
	buf      []byte // read and not yet looked at; starts at s.buf
	from     int    // where in buf the next line starts
	scanned  int    // buf has no line end from here on before this index
	received int    // bytes read from TANDEM_FD
	lines    int    // number of the last line
	stage    stage
	deadline time.Time
	begun    time.Time     // when the child was told to go
	heard    time.Time     // when the last bytes came from TANDEM_FD
	awake    time.Duration // when the runner was last seen to run, by uptime
	looked   time.Duration // when the child's processes were last looked after, by uptime
	stopped  int           // the one of them that was stopped then
	halted   time.Duration // how long any of them was
	members  []int         // scratch
	fallen   string        // what became of a process of the child's, which ends the work soon
	limit    time.Time     // the deadline before that
	used     time.Duration // processor time of the tree at the last look since then
}

func (t *trial) prepare() error {
	if len(t.spec.Argv) == 0 {
		return errors.New("start the child: no command given")
	}
	line, err := json.Marshal(t.spec.Request)
	if err != nil {
		return fmt.Errorf("write the request of %s/%s: %w", t.spec.Request.Topic, t.spec.Request.Variant, err)
	}
	t.pending = append(line, '\n')
	if t.s.buf == nil {
		t.s.buf = make([]byte, 4<<10)
	}
	t.buf = t.s.buf[:0]
	t.awake = uptime()
	t.looked = t.awake
	t.s.log.reset()
	return nil
}

func (t *trial) run() {
	// The kernel sends the death signal when the thread that started the child
	// ends, so this thread must outlive it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()

	t.s.subreaper.remember()
	t.out.StartedAt = time.Now()
	t.deadline = t.out.StartedAt.Add(t.spec.Deadline)
	if err := t.child.start(t.s, t.spec, t.obs); err != nil {
		t.fail(model.Crashed, "start %q: %v%s", t.spec.Argv[0], err, unlessLimit(err, "; see that it is there and may be executed (tandem doctor lists what was found)"))
		return
	}
	defer t.child.close()
	t.s.deathSignals.begin(t.child.pid)
	defer t.s.deathSignals.end()
	t.obs.Started(t.child.pid)
	t.runProtocol()
	t.finish()
}

// finish leaves nothing behind, and completes the outcome.
func (t *trial) finish() {
	if err := t.s.end(&t.child); err != nil {
		t.fail(model.Crashed, "%v; see what holds it (ps, column STAT: D is a stuck device or network disk)", err)
	}
	t.readLog()
	t.slept(0)
	who := "the runner"
	if t.out.Paused == 0 && t.halted > 0 {
		who, t.out.Paused = "the child, or one of its processes,", t.halted
	}
	if t.out.Paused > 0 && t.out.Status != model.Interrupted {
		t.fail(model.Crashed, "%s was stopped for %v meanwhile", who, t.out.Paused.Round(time.Second/10))
	}
	t.out.Usage = t.child.usage
	t.out.Log = t.s.log.String()
	if cap(t.buf) > cap(t.s.buf) {
		t.s.buf = t.buf[:0]
	}
}

// runProtocol runs the protocol with the child to its end.
func (t *trial) runProtocol() {
	t.send(nil)
	for {
		line, err := t.next()
		if err != nil {
			t.over(err)
			return
		}
		m, err := parse(line)
		if err == nil {
			err = t.handle(m)
		}
		if err != nil {
			t.fail(model.Crashed, "line %d on TANDEM_FD %v; runner/PROTOCOL.md says what belongs there, print everything else to standard output", t.lines, err)
			return
		}
	}
}

// handle takes one message. Its errors are breaches of the protocol.
func (t *trial) handle(m message) error {
	if t.stage == answered && m.Events == nil && m.Lost == nil {
		return errors.New("is a second answer")
	}
	switch {
	case m.Ready != nil:
		if t.stage != starting {
			return errors.New("says ready a second time")
		}
		t.out.Ready = *m.Ready
		t.out.Startup = t.heard.Sub(t.out.StartedAt)
		t.stage = working
		t.obs.Working()
		t.begun = time.Now()
		t.send([]byte("{\"go\":true}\n"))
	case m.Done != nil:
		if t.stage == starting || t.heard.Before(t.begun) {
			return errors.New("says done before the child was told to go")
		}
		wall, seen := time.Duration(*m.Done.ElapsedNS), t.heard.Sub(t.begun)
		if wall > seen {
			return fmt.Errorf("says that the work took %v, but only %v went by between go and done", wall, seen)
		}
		t.out.Status, t.out.Wall, t.out.Answer, t.out.Metrics = model.OK, wall, *m.Done.Answer, m.Done.Metrics
		t.obs.Finished()
		t.answered()
	case m.Failed != nil:
		t.mourn()
		t.fail(model.Crashed, "the child failed: %s%s", *m.Failed, t.fallen)
		t.answered()
	case m.Skipped != nil:
		t.fail(model.Skipped, "%s", *m.Skipped)
		t.answered()
	case m.Lost != nil:
		t.lost(m.Lost.PID, m.Lost.Signal)
	case m.Events != nil:
		if t.stage != answered {
			return errors.New("has events before the answer")
		}
		t.out.Events = append(t.out.Events, *m.Events...)
	}
	return nil
}

// answered lets the child go: it sees the end of its input.
func (t *trial) answered() {
	t.stage = answered
	t.pending = nil
	closeFDs(&t.child.in)
	limit := time.Now().Add(t.s.grace)
	if !t.spec.Request.Trace || limit.After(t.deadline) {
		t.deadline = limit // else events may take until the deadline
	}
}

// over says what it means that no further line comes.
func (t *trial) over(err error) {
	switch err {
	case errCancelled:
		t.interrupted()
	case errLong:
		t.fail(model.Crashed, "line %d on TANDEM_FD is longer than %d bytes: %s; send events in several lines", t.lines+1, maxLine, quote(t.buf[t.from:]))
	case errMuch:
		t.fail(model.Crashed, "more than %d MiB came on TANDEM_FD by line %d; send fewer events", t.s.most>>20, t.lines)
	case errLate:
		if t.stopped > 0 {
			t.fail(model.Timeout, "its process %d had been stopped for %v, and still was; kill -CONT continues it", t.stopped, t.halted.Round(time.Second/10))
			t.halted = 0 // it would take as long again
			return
		}
		if t.stage == answered {
			if t.out.Status == model.OK { // else the reason it gave says more
				t.fail(model.Timeout, "answered, but was not gone %v later and was killed; it must end when its standard input does", t.s.grace)
			}
			return
		}
		if t.fallen != "" {
			t.fail(model.Crashed, "no answer came within %v of it:%s", t.s.mourn, t.fallen[1:])
			return
		}
		closed := ""
		if t.child.lines < 0 {
			closed = " (it had closed TANDEM_FD, so no answer could come)"
		}
		t.fail(model.Timeout, "passed its deadline of %v while %v%s and was killed; give it less to do with --param (a smaller n), or raise the pair's deadline", t.spec.Deadline, t.stage, closed)
	case errExited:
		t.exited()
	default:
		t.fail(model.Crashed, "watch the child: %v", err)
	}
}

// exited judges a child that ended by itself.
func (t *trial) exited() {
	t.readLog()
	if t.stage == answered && (t.out.Status != model.OK || t.child.status == 0) {
		return
	}
	when := "before it answered"
	if t.stage == answered {
		when = "after it had answered"
	}
	last := ""
	if line := reason(t.s.log.String()); line != "" {
		last = fmt.Sprintf("; it printed %q", cut(line, 200))
	}
	switch ws := t.child.status; {
	case ws.Signaled() && ws.Signal() == syscall.SIGKILL:
		t.fail(model.Crashed, "killed by signal 9 %s (the kernel kills a process when memory runs out); give it less to do with --param, or free memory%s", when, last)
	case ws.Signaled():
		t.fail(model.Crashed, "killed by signal %d (%v) %s%s", int(ws.Signal()), ws.Signal(), when, last)
	case ws.ExitStatus() == 0:
		t.fail(model.Crashed, `exited with status 0 while %v, without an answer; a child must write {"done":...} to the descriptor that TANDEM_FD names (runner/PROTOCOL.md)%s`, t.stage, last)
	default:
		t.fail(model.Crashed, "exited with status %d %s%s; its log may say why", ws.ExitStatus(), when, last)
	}
}

func (t *trial) interrupted() {
	t.fail(model.Interrupted, "the run was interrupted; go on with tandem run --resume")
}

// fail makes the outcome something that has no answer.
func (t *trial) fail(status model.Status, format string, args ...any) {
	t.out.Status, t.out.Message = status, fmt.Sprintf(format, args...)
	if l := Limit(t.out.Message); l != "" {
		t.out.Message += "; " + l
	}
	t.out.Wall, t.out.Answer, t.out.Metrics, t.out.Events = 0, "", nil, nil
}

// next returns the child's next line, without its end, or why there is none.
// The line is valid until the next call.
func (t *trial) next() ([]byte, error) {
	for {
		rest := t.buf[t.from:]
		if i := bytes.IndexByte(rest[t.scanned:], '\n'); i >= 0 {
			line := rest[:t.scanned+i]
			if len(line) > maxLine {
				return nil, errLong
			}
			t.take(len(line) + 1)
			return line, nil
		}
		t.scanned = len(rest)
		switch {
		case len(rest) > maxLine:
			return nil, errLong
		case t.received > t.s.most:
			return nil, errMuch
		case t.child.ended && len(rest) > 0: // a last line without its end
			t.take(len(rest))
			return rest, nil
		case t.child.ended:
			return nil, errExited
		}
		if err := t.poll(); err != nil {
			return nil, err
		}
	}
}

func (t *trial) take(n int) {
	t.from += n
	t.scanned = 0
	t.lines++
}

// poll waits until something happens and deals with it.
func (t *trial) poll() error {
	c := &t.child
	left := time.Until(t.deadline)
	if left <= 0 {
		return errLate
	}
	timeout := min(left+time.Millisecond-1, look) // poll counts milliseconds: round up
	if c.pidfd < 0 {
		timeout = min(timeout, 10*time.Millisecond) // nothing else tells that it is gone
	}
	// poll skips negative descriptors: what is closed, or has nothing to send.
	in := c.in
	if len(t.pending) == 0 {
		in = -1
	}
	fds := [...]unix.PollFd{
		{Fd: int32(c.lines), Events: unix.POLLIN},
		{Fd: int32(c.log), Events: unix.POLLIN},
		{Fd: int32(c.pidfd), Events: unix.POLLIN},
		{Fd: int32(t.s.wake[0]), Events: unix.POLLIN},
		{Fd: int32(in), Events: unix.POLLOUT},
	}
	if _, err := unix.Poll(fds[:], int(timeout/time.Millisecond)); err != nil && err != unix.EINTR {
		return err
	}
	t.slept(timeout)
	t.mourn()
	t.look()
	if fds[3].Revents != 0 {
		var b [16]byte
		_, _ = syscall.Read(t.s.wake[0], b[:])
		if t.ctx.Err() != nil { // else it is left over from the last trial
			return errCancelled
		}
	}
	if fds[0].Revents != 0 {
		t.readLines()
	}
	if fds[1].Revents != 0 {
		t.readLogOnce()
	}
	if fds[4].Revents != 0 {
		t.send(nil)
	}
	if fds[0].Revents != 0 {
		return nil // what it said is heard first: a zombie still tells what it used
	}
	if fds[2].Revents != 0 || c.pidfd < 0 && c.dead() {
		// Nobody may write any more once all are gone: what is left in the
		// pipe is the end of what there is to read.
		if err := t.s.end(c); err != nil {
			return err
		}
		for t.child.readable(c.lines) && t.received <= t.s.most {
			t.readLines()
		}
	}
	return nil
}

// slept notes whether the runner did not run for much longer than it meant to:
// then it had been stopped, and that time is none of the child's.
func (t *trial) slept(meant time.Duration) {
	now := uptime()
	if gap := now - t.awake - meant; gap > pause {
		t.out.Paused += gap
		t.deadline = t.deadline.Add(gap)
	}
	t.awake = now
}

// look sees after the child's processes, now and then: those that left its group
// shall die with the runner too, and while one is stopped nobody is late.
func (t *trial) look() {
	since := t.awake - t.looked
	if since < look {
		return
	}
	t.looked = t.awake
	t.members = append(t.members[:0], t.child.pid)
	if t.stage == working {
		t.members = t.obs.Members(append(t.members, t.s.subreaper.adopted(t.child.pid)...))
	}
	was := t.stopped
	t.stopped = stopped(t.members)
	if (was > 0 || t.stopped > 0) && t.halted < t.spec.Deadline {
		since = min(since, 2*look) // what is longer was the runner's
		t.halted += since
		t.deadline = t.deadline.Add(since)
	}
	if t.fallen != "" {
		// Who goes on computing may need no worker, as a program that has ended
		// its own: it is late once it is idle.
		now := used(t.members)
		if limit := time.Now().Add(t.s.mourn); now-t.used > since/20 && limit.Before(t.limit) {
			t.deadline = limit
		}
		t.used = now
	}
	t.s.deathSignals.follow(t.child.pid, t.members)
}

// mourn looks whether a process of the child's was killed while the work goes
// on. A pool that has lost a worker may wait for it forever.
func (t *trial) mourn() {
	if t.stage != working || t.fallen != "" {
		return
	}
	if pid, by := t.obs.Fallen(); pid != 0 {
		t.lost(pid, by)
	}
}

// lost gives the work a last moment once a process of it was killed.
func (t *trial) lost(pid int, by syscall.Signal) {
	if t.stage != working || t.fallen != "" {
		return
	}
	why := ""
	if by == syscall.SIGKILL {
		why = "; the kernel kills a process when memory runs out: give it less to do with --param, or free memory"
	}
	t.fallen = fmt.Sprintf("; its process %d was killed by signal %d (%v)%s", pid, int(by), by, why)
	t.limit = t.deadline
	if limit := time.Now().Add(t.s.mourn); limit.Before(t.deadline) {
		t.deadline = limit
	}
}

// readLines reads once from TANDEM_FD.
func (t *trial) readLines() {
	if t.from == len(t.buf) {
		t.buf, t.from, t.scanned = t.buf[:0], 0, 0
	}
	if len(t.buf) == cap(t.buf) {
		if t.from > cap(t.buf)/2 {
			t.buf, t.from = t.buf[:copy(t.buf[:cap(t.buf)], t.buf[t.from:])], 0
		} else {
			t.buf = append(t.buf, make([]byte, cap(t.buf))...)[:len(t.buf)]
		}
	}
	n, err := retry(func() (int, error) { return syscall.Read(t.child.lines, t.buf[len(t.buf):cap(t.buf)]) })
	if n <= 0 || err != nil {
		closeFDs(&t.child.lines)
		return
	}
	t.heard = time.Now()
	t.buf = t.buf[:len(t.buf)+n]
	t.received += n
}

func (t *trial) readLogOnce() {
	log := &t.s.log
	n, err := retry(func() (int, error) { return syscall.Read(t.child.log, log.room()) })
	if n <= 0 || err != nil {
		closeFDs(&t.child.log)
		return
	}
	log.wrote(n)
}

// readLog reads what is left of the log once nobody is left to write. A pipe
// holds at most a megabyte; a process that could not be killed may go on.
func (t *trial) readLog() {
	for read := 0; t.child.readable(t.child.log) && read < 64; read++ {
		t.readLogOnce()
	}
}

// send writes what it can without waiting; poll does the rest.
func (t *trial) send(line []byte) {
	t.pending = append(t.pending, line...)
	if t.child.in < 0 {
		return
	}
	for len(t.pending) > 0 {
		n, err := retry(func() (int, error) { return syscall.Write(t.child.in, t.pending) })
		if err == unix.EAGAIN {
			return
		}
		if err != nil {
			// The child does not listen. It may be gone, or may answer yet.
			t.pending = nil
			closeFDs(&t.child.in)
			return
		}
		t.pending = t.pending[n:]
	}
}
