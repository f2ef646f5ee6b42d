//go:build linux

package sample

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"tandem/runner/cgroup"
)

// The test binary is also the child that is watched: with this variable set it
// does what the value says.
const childVar = "TANDEM_SAMPLE_CHILD"

func TestMain(m *testing.M) {
	if what := os.Getenv(childVar); what != "" {
		act(what)
		return
	}
	// Orphans come to this process, as they do to a supervisor.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// child is a process that waits for a word after each line that it prints.
type child struct {
	t   testing.TB
	w   *Watcher // that is told of its end
	cmd *exec.Cmd
	in  *os.File
	out *bufio.Reader
}

// startChild starts the test binary as a child that has been asked nothing yet.
func startChild(t testing.TB, what string) *child { return startIn(t, nil, what) }

// startIn starts it inside a group.
func startIn(t testing.TB, g *cgroup.Group, what string) *child {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	// The race detector makes each program's end take a second otherwise.
	cmd.Env = append(os.Environ(), childVar+"="+what, "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	read, write, err := os.Pipe()
	require.NoError(t, err)
	cmd.Stdin = read
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	if g != nil {
		require.NoError(t, g.Start(cmd.SysProcAttr, cmd.Start))
	} else {
		require.NoError(t, cmd.Start())
	}
	require.NoError(t, read.Close())
	c := &child{t: t, cmd: cmd, in: write, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = write.Close()
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
	})
	return c
}

func (c *child) say(word string) {
	_, err := c.in.WriteString(word + "\n")
	require.NoError(c.t, err)
}

// hear returns the numbers of the next line.
func (c *child) hear() []int64 {
	line, err := c.out.ReadString('\n')
	require.NoError(c.t, err)
	var numbers []int64
	for _, word := range strings.Fields(line) {
		v, err := strconv.ParseInt(word, 10, 64)
		require.NoError(c.t, err)
		numbers = append(numbers, v)
	}
	return numbers
}

// wait ends the child and returns what was accounted to it and to the orphans
// that it left.
func (c *child) wait() Total {
	_ = c.in.Close()
	c.ended(c.cmd.Process.Pid)
	_ = c.cmd.Wait()
	ru := c.cmd.ProcessState.SysUsage().(*syscall.Rusage)
	total := Total{
		User: c.cmd.ProcessState.UserTime(), Sys: c.cmd.ProcessState.SystemTime(),
		Voluntary: int64(ru.Nvcsw), Involuntary: int64(ru.Nivcsw),
	}
	if c.w == nil {
		return total
	}
	for pid := range c.w.end.accounts.own {
		if pid != c.cmd.Process.Pid && c.ended(pid) {
			var ru unix.Rusage
			_, err := unix.Wait4(pid, nil, 0, &ru)
			require.NoError(c.t, err)
			total.User += time.Duration(ru.Utime.Nano())
			total.Sys += time.Duration(ru.Stime.Nano())
		}
	}
	return total
}

// ended tells the watcher when a process of the trial is dead, as a supervisor
// does. It is false where the process is no child of this one.
func (c *child) ended(pid int) bool {
	err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
	if err == nil && c.w != nil {
		c.w.Ended(pid)
	}
	return err == nil
}

// newGroup is a control group for a test, or nil where none can be made.
func newGroup(t testing.TB) *cgroup.Group {
	g, err := cgroup.New("sample-test")
	if err != nil {
		t.Log(err)
		return nil
	}
	t.Cleanup(func() {
		require.NoError(t, g.Kill())
		require.NoError(t, g.Remove())
	})
	return g
}

// cannot skips a benchmark; alone in a process, with a status that says so.
func cannot(b *testing.B, why string) {
	if status, err := strconv.Atoi(os.Getenv("BENCH_SKIP_STATUS")); err == nil {
		fmt.Println(why)
		os.Exit(status)
	}
	b.Skip(why)
}

// newPortable is New on gopsutil alone.
func newPortable(interval time.Duration) (*Watcher, error) {
	cores, err := openGopsCores()
	if err != nil {
		return nil, fmt.Errorf("watch the cores: %w", err)
	}
	src, err := newGops(cores.Len())
	if err != nil {
		return nil, fmt.Errorf("watch processes: %w", err)
	}
	return newWatcher(interval, nil, cores, src)
}

// watchers are the ways to watch on this machine.
func watchers(t *testing.T, interval time.Duration, test func(t *testing.T, w *Watcher)) {
	t.Run("group", func(t *testing.T) {
		g := newGroup(t)
		if g == nil {
			t.Skip("no control group can be made here")
		}
		w, err := New(interval, g)
		require.NoError(t, err)
		defer func() { require.NoError(t, w.Close()) }()
		test(t, w)
	})
	t.Run("parents", func(t *testing.T) {
		w, err := New(interval, nil)
		require.NoError(t, err)
		defer func() { require.NoError(t, w.Close()) }()
		test(t, w)
	})
	t.Run("portable", func(t *testing.T) {
		w, err := newPortable(interval)
		require.NoError(t, err)
		defer func() { require.NoError(t, w.Close()) }()
		test(t, w)
	})
}

// watched starts a child and brings the watcher to where it works.
func watched(t testing.TB, w *Watcher, what string) *child {
	t.Helper()
	c := startIn(t, w.group, what)
	c.w = w
	w.Started(c.cmd.Process.Pid)
	c.hear()
	w.Working()
	c.say("go")
	return c
}

// act is the child's side.
func act(what string) {
	in := bufio.NewReader(os.Stdin)
	print := func(numbers ...int64) {
		fmt.Println(strings.Trim(fmt.Sprint(numbers), "[]"))
	}
	pause := func() { _, _ = in.ReadString('\n') }
	verb, arg, _ := strings.Cut(what, " ")
	n, _ := strconv.ParseInt(arg, 10, 64)
	switch verb {
	case "burn": // use n ms of CPU, say how many ns it was, go on burning
		print()
		pause()
		print(burn(time.Duration(n) * time.Millisecond))
		for end := time.Now().Add(5 * time.Millisecond); time.Now().Before(end); {
		}
		pause()
	case "pinned": // burn n ms on one core; say the core, then what it was
		pin() // this thread; the program that it becomes inherits it in all
		_ = os.Setenv(childVar, "on-core "+arg)
		panic(syscall.Exec("/proc/self/exe", os.Args[:1], os.Environ()))
	case "on-core":
		print(int64(pin()))
		pause()
		print(burn(time.Duration(n) * time.Millisecond))
		pause()
	case "spin": // for n ms by the clock, on one core; say how many ns, go on
		print(int64(pin()))
		pause()
		begin := time.Now()
		for time.Since(begin) < time.Duration(n)*time.Millisecond {
		}
		print(int64(time.Since(begin)))
		for {
			sink++
		}
	case "crew": // n ms each on four threads
		print()
		pause()
		begin := clock(unix.CLOCK_PROCESS_CPUTIME_ID)
		var crew sync.WaitGroup
		for range 4 {
			crew.Go(func() { burn(time.Duration(n) * time.Millisecond) })
		}
		crew.Wait()
		print(clock(unix.CLOCK_PROCESS_CPUTIME_ID) - begin)
		pause()
	case "reaped": // four processes burn n ms each and are waited for
		print()
		pause()
		print(reaped(arg, 4))
		pause()
	case "early": // a process that was there before burns n ms; so does this one
		used := helper(arg)
		print()
		pause()
		begin := clock(unix.CLOCK_PROCESS_CPUTIME_ID)
		early := used()
		burn(time.Duration(n) * time.Millisecond)
		print(early, clock(unix.CLOCK_PROCESS_CPUTIME_ID)-begin)
		pause()
	case "helper": // says what it used since it was asked
		print(0)
		pause()
		print(burn(time.Duration(n) * time.Millisecond))
		pause()
	case "loses": // a worker dies of a signal and is not waited for
		print()
		pause()
		arg, reap, _ := strings.Cut(arg, " ")
		worker := exec.Command("sleep", "1000")
		if err := worker.Start(); err != nil {
			panic(err)
		}
		print(int64(worker.Process.Pid))
		pause()
		_ = syscall.Kill(worker.Process.Pid, map[string]syscall.Signal{"KILL": syscall.SIGKILL, "SEGV": syscall.SIGSEGV, "TERM": syscall.SIGTERM}[arg])
		if reap == "reaped" {
			_ = worker.Wait()
		} else {
			_ = unix.Waitid(unix.P_PID, worker.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		}
		print()
		pause()
	case "share": // four processes, this one among them, read the same n MiB
		print()
		pause()
		file, err := os.CreateTemp("", "")
		if err != nil {
			panic(err)
		}
		defer os.Remove(file.Name())
		if err := file.Truncate(n << 20); err != nil {
			panic(err)
		}
		sharing = file
		maps(file, n)
		pool(n, "sharer", "sharer", "sharer")
		print()
		pause()
	case "sharer": // of the file that is its standard error
		maps(os.Stderr, n)
		print()
		pause()
	case "strays": // leaves its group for the one above, burns there 60 ms
		print()
		pause()
		if err := os.WriteFile(arg+"/../cgroup.procs", []byte(strconv.Itoa(os.Getpid())), 0); err != nil {
			panic(err)
		}
		print(burn(60 * time.Millisecond))
		pause()
	case "brief": // as worker, and ends at once
		burn(time.Duration(n) * time.Millisecond)
	case "pool": // four workers and an orphan burn n ms each, one after another
		print()
		pause()
		begin := clock(unix.CLOCK_PROCESS_CPUTIME_ID)
		used := pool(n, "worker", "worker", "worker", "worker", "orphan")
		print(append(used, clock(unix.CLOCK_PROCESS_CPUTIME_ID)-begin)...)
		pause()
	case "workers": // as pool, without the orphan, and waits for them
		print()
		pause()
		begin := clock(unix.CLOCK_PROCESS_CPUTIME_ID)
		used := pool(n, "worker", "worker", "worker", "worker")
		print(append(used, clock(unix.CLOCK_PROCESS_CPUTIME_ID)-begin)...)
		pause()
		hold.Close()
		workers.Wait()
	case "memory": // four workers hold n MiB each; say how much is resident
		print()
		pause()
		print(append(pool(n, "hold", "hold", "hold", "hold"), resident())...)
		pause()
	case "threads": // n threads wait
		print()
		pause()
		stop := make(chan bool)
		threads(int(n), stop)
		print()
		pause()
	case "tree", "busy": // n processes wait, or work now and then
		print()
		pause()
		kinds := make([]string, n)
		for i := range kinds {
			kinds[i] = map[string]string{"tree": "hold", "busy": "stir"}[verb]
		}
		pool(0, kinds...)
		print()
		pause()
	case "crash":
		print()
		pause()
		os.Exit(3)

	case "worker": // say all that it used, its start included
		burn(time.Duration(n) * time.Millisecond)
		print(clock(unix.CLOCK_PROCESS_CPUTIME_ID))
		pause()
	case "orphan": // a grandchild whose parent is gone before it works
		cmd := self("worker "+arg, os.Stdin, os.Stdout)
		if cmd.Start() != nil {
			os.Exit(1)
		}
	case "alone": // hold n MiB in one process
		print()
		pause()
		held := make([]byte, n<<20)
		for i := 0; i < len(held); i += 4096 {
			held[i] = byte(i)
		}
		print(resident())
		pause()
		sink += uint64(held[len(held)/2])
	case "stir": // for 50 us every 5 ms
		print(0)
		go func() {
			for {
				burn(50 * time.Microsecond)
				time.Sleep(5 * time.Millisecond)
			}
		}()
		pause()
	case "hold": // the same as a worker
		held := make([]byte, n<<20)
		for i := 0; i < len(held); i += 4096 {
			held[i] = byte(i)
		}
		print(resident())
		pause()
		sink += uint64(held[len(held)/2])
	default:
		fmt.Fprintf(os.Stderr, "unknown child %q\n", what)
		os.Exit(2)
	}
}

// maps reads all of a shared file into this process's memory.
func maps(file *os.File, n int64) {
	data, err := unix.Mmap(int(file.Fd()), 0, int(n<<20), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		panic(err)
	}
	sink += uint64(data[0])
}

// reaped runs processes at once and returns what they and this one used.
func reaped(arg string, processes int) int64 {
	usage := func() (all int64) {
		for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
			var ru unix.Rusage
			if err := unix.Getrusage(who, &ru); err != nil {
				panic(err)
			}
			all += ru.Utime.Nano() + ru.Stime.Nano()
		}
		return all
	}
	begin := usage()
	var all sync.WaitGroup
	for range processes {
		all.Go(func() { _ = self("brief "+arg, nil, nil).Run() })
	}
	all.Wait()
	return usage() - begin
}

// helper starts a process that works when used is called.
func helper(arg string) (used func() int64) {
	in, ask, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	out, say, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	if err := self("helper "+arg, in, say).Start(); err != nil {
		panic(err)
	}
	var v int64
	if _, err := fmt.Fscan(out, &v); err != nil { // its start is over
		panic(err)
	}
	return func() int64 {
		fmt.Fprintln(ask)
		if _, err := fmt.Fscan(out, &v); err != nil {
			panic(err)
		}
		hold = ask
		return v
	}
}

func self(what string, in, out *os.File) *exec.Cmd {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(path)
	cmd.Env = append(os.Environ(), childVar+"="+what)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, os.Stderr
	return cmd
}

// hold is what the workers of a pool wait on; workers is how their end is seen.
var (
	hold    *os.File
	sharing *os.File
	workers sync.WaitGroup
)

// pool starts workers, waits for a line of each, and returns their numbers.
// The workers live until this process closes hold or ends.
func pool(n int64, kinds ...string) (numbers []int64) {
	held, write, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	hold = write
	for _, kind := range kinds {
		out, in, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		cmd := self(kind+" "+strconv.FormatInt(n, 10), held, in)
		if kind == "sharer" {
			cmd.Stderr = sharing
		}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		in.Close()
		if kind == "orphan" { // is gone before its child works
			_ = cmd.Wait()
			numbers = append(numbers, int64(cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()))
		} else {
			workers.Go(func() { _ = cmd.Wait() })
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			panic(err)
		}
		v, _ := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
		numbers = append(numbers, v)
	}
	return numbers
}
