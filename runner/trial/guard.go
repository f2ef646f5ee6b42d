package trial

import (
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

// A guard is the process that outlives the runner, should the runner be
// killed, to end what the runner could not.
type guard struct {
	process *os.Process
	pipe    *os.File
}

// startGuard starts the guard in a session of its own, away from the terminal
// and its signals. It holds no descriptor of the runner's but its pipe.
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
	process, err := os.StartProcess(argv[0], argv, &os.ProcAttr{
		Dir:   "/",
		Env:   env,
		Files: []*os.File{r, null, null},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the guard: %w", err), w.Close())
	}
	return &guard{process, w}, nil
}

// close tells the guard that nothing is left to do, and waits for its end.
func (g *guard) close() error {
	if g == nil {
		return nil
	}
	_, err := g.pipe.Write([]byte{allWell})
	err = errors.Join(err, g.pipe.Close())
	state, werr := g.process.Wait()
	if werr == nil && !state.Success() {
		werr = errors.New(state.String())
	}
	if err = errors.Join(err, werr); err != nil {
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
