package trial

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tandem/runner/cgroup"
	"tandem/runner/model"
)

const (
	// grace is how long a child may take to be gone once it has answered.
	grace = 5 * time.Second
	// patience is how long killed processes may take to be gone.
	patience = time.Second
	// mourning is how long a child may take to answer once one of its processes
	// was killed and all are idle: some programs go on without.
	mourning = 3 * time.Second
	// look is how often the child's processes are looked after, and pause what
	// the runner must have been stopped for: nothing that it does takes so long.
	look  = 250 * time.Millisecond
	pause = time.Second
)

// Options are what a Supervisor may use. The zero value is valid.
type Options struct {
	// Group receives every child, where a control group could be made. The
	// caller keeps it and removes it, after Close.
	Group *cgroup.Group
	// Guard is the start of the command line of a process whose body is
	// GuardMain; New appends the arguments. It ends the trial should the
	// runner be killed, and removes what it left. The kernel ends the child's
	// processes by itself, where they are known (see deathSignal).
	Guard []string
}

// A Supervisor runs the trials of one run.
type Supervisor struct {
	group  *cgroup.Group
	guard  *guard
	marker string
	grace  time.Duration
	mourn  time.Duration
	most   int    // bytes that a child may say
	wake   [2]int // a pipe: a cancelled context wakes the poll of Run

	subreaper    *subreaper
	deathSignals *deathSignals
	buf          []byte // what was read of a child's lines, kept from trial to trial
	log          tail
}

// One trial at a time in a process: all orphans come to the process, which
// could not tell whose they are.
var running sync.Mutex

// New prepares this process to supervise: it becomes the one that adopts
// orphans, and starts the guard. Call Close at the end.
func New(o Options) (*Supervisor, error) {
	s := &Supervisor{
		group:        o.Group,
		marker:       fmt.Sprintf("%d-%s", os.Getpid(), rand.Text()),
		grace:        grace,
		mourn:        mourning,
		most:         maxReceived,
		wake:         [2]int{-1, -1},
		deathSignals: newDeathSignals(),
	}
	var err error
	if s.subreaper, err = newSubreaper(); err != nil {
		return nil, err
	}
	if s.wake, err = pipe(); err == nil {
		// A full pipe has woken the reader already.
		err = errors.Join(syscall.SetNonblock(s.wake[0], true), syscall.SetNonblock(s.wake[1], true))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare to run trials: %w", err), s.Close())
	}
	if len(o.Guard) > 0 {
		path := ""
		if o.Group != nil {
			path = o.Group.Path()
		}
		if s.guard, err = startGuard(o.Guard, s.marker, path); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Close ends the guard. No trial may be running.
func (s *Supervisor) Close() error {
	err := s.guard.close()
	closeFDs(&s.wake[0], &s.wake[1])
	s.subreaper.close()
	s.deathSignals.close()
	return err
}

// Run runs one trial and returns when nothing of it is alive. When ctx is
// cancelled the trial is killed and reported as interrupted. Trials in one
// process run one after the other, and what becomes a child of the calling
// process meanwhile is taken for a part of the trial; so start no other
// processes while it runs.
func (s *Supervisor) Run(ctx context.Context, spec Spec, obs Observer) Outcome {
	running.Lock()
	defer running.Unlock()

	if obs == nil {
		obs = nobody{}
	}
	t := &trial{s: s, ctx: ctx, spec: &spec, obs: obs}
	if err := t.prepare(); err != nil {
		t.fail(model.Crashed, "%v", err)
		return t.out
	}
	if ctx.Err() != nil {
		t.interrupted()
		return t.out
	}
	stop := s.wakeOn(ctx)
	defer stop()
	t.run()
	return t.out
}

// wakeOn makes the cancellation of ctx end a poll of the wake pipe. After stop
// has returned nothing touches that pipe any more.
func (s *Supervisor) wakeOn(ctx context.Context) (stop func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	woken := make(chan struct{})
	undo := context.AfterFunc(ctx, func() {
		defer close(woken)
		_, _ = syscall.Write(s.wake[1], []byte{0}) // full: it is awake already
	})
	return func() {
		if !undo() {
			<-woken
		}
	}
}

// environ is the child's environment: the caller's, with ours in place of what
// an enclosing run may have put there.
func (s *Supervisor) environ(env []string) []string {
	out := make([]string, 0, len(env)+2)
	for _, e := range env {
		if !strings.HasPrefix(e, "TANDEM_FD=") && !strings.HasPrefix(e, markerName+"=") {
			out = append(out, e)
		}
	}
	return append(out, "TANDEM_FD=3", markerName+"="+s.marker)
}

// markerName is the variable by which the guard knows the processes of a run.
const markerName = "TANDEM_TRIAL"

type nobody struct{}

func (nobody) Started(int)                         {}
func (nobody) Working()                            {}
func (nobody) Finished()                           {}
func (nobody) Ended(int)                           {}
func (nobody) Fallen() (pid int, _ syscall.Signal) { return 0, 0 }
func (nobody) Members(to []int) []int              { return to }

// retry repeats a system call that a signal interrupted. The Go runtime sends
// itself signals all the time.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != unix.EINTR {
			return n, err
		}
	}
}

// closeFDs closes what is open of fds and marks it closed. Our ends of pipes
// hold no data that a failing close could lose.
func closeFDs(fds ...*int) {
	for _, fd := range fds {
		if *fd >= 0 {
			_ = syscall.Close(*fd)
			*fd = -1
		}
	}
}
