package trial

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// allWell is what a runner tells its guard when it ends as it should.
const allWell = '.'

// A guard is what outlives the runner, should the runner be killed, to end what
// the runner could not: two processes, in case one of them is killed as well.
type guard struct {
	processes [2]*os.Process
	pipe      *os.File
}

// startGuard starts the guard, each process in a session of its own, away from
// the terminal and its signals. It holds no descriptor of the runner's but its
// pipe.
func startGuard(argv []string, marker, group string) (*guard, error) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	defer r.Close()
	argv = append(argv[:len(argv):len(argv)], marker)
	if group != "" {
		argv = append(argv, group)
	}
	var env []string
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, markerName+"=") { // it must not find itself
			env = append(env, e)
		}
	}
	g := &guard{pipe: w}
	for i := range g.processes {
		g.processes[i], err = os.StartProcess(argv[0], argv, &os.ProcAttr{
			Dir:   "/",
			Env:   env,
			Files: []*os.File{r, null, null},
			Sys:   &syscall.SysProcAttr{Setsid: true},
		})
		if err != nil {
			return nil, errors.Join(fmt.Errorf("start the guard: %w", err), g.close())
		}
	}
	return g, nil
}

// close tells the guard that nothing is left to do, and waits for its end.
func (g *guard) close() error {
	if g == nil {
		return nil
	}
	_, err := g.pipe.Write(bytes.Repeat([]byte{allWell}, len(g.processes)))
	err = errors.Join(err, g.pipe.Close())
	for _, process := range g.processes {
		if process == nil { // it could not be started
			continue
		}
		state, werr := process.Wait()
		if werr == nil && !state.Success() {
			werr = errors.New(state.String())
		}
		err = errors.Join(err, werr)
	}
	if err != nil {
		return fmt.Errorf("end the guard: %w", err)
	}
	return nil
}

// GuardMain is the body of the guard's process. in is the pipe that the runner
// holds: its end without a word means that the runner was killed. Then
// everything that carries the run's marker in its environment, or is in the
// run's control group, is killed until nothing is left. args are what New
// appended: the marker and, where there is one, the group's directory.
func GuardMain(in io.Reader, args []string) error {
	if len(args) < 1 || len(args) > 2 || args[0] == "" {
		return errors.New("want a run's marker and its control group; this command is not for people, the runner starts it")
	}
	spared, err := unix.Getpgid(os.Getppid())
	if err != nil {
		spared = 0 // the runner is dead already, or in another namespace
	}
	// Only the end of the runner ends it.
	ignored := []os.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT}
	signal.Ignore(ignored...)
	defer signal.Reset(ignored...)
	var word [1]byte
	n, err := io.ReadFull(in, word[:])
	if n == 1 && word[0] == allWell {
		return nil
	}
	if err != nil && err != io.EOF {
		return fmt.Errorf("wait for the end of the runner: %w", err)
	}
	group := ""
	if len(args) == 2 {
		group = args[1]
	}
	return sweep(args[0], group, spared)
}
