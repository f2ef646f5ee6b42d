package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/shirou/gopsutil/v3/process"

	"tandem/go/events"
	child "tandem/go/trial"
)

// How much the children of the truth do.
const (
	pinnedFor  = time.Second
	burnFor    = 250 * time.Millisecond // each of the pool
	holdBytes  = 100_000_000            // each of the pool
	poolWorker = 4
)

// variants are children that know what they use, and say so: that is the truth
// which the sampler is held against.
var variants = child.Topic{
	// One thread spins on one core.
	child.Variant("pinned", func(p pinned, _ events.Note) (child.Result, error) {
		before, begin := used(), time.Now()
		burn(pinnedFor)
		return child.Result{Metrics: child.Metrics{
			"core": float64(p.core), "cores": (used() - before).Seconds() / time.Since(begin).Seconds(),
		}}, nil
	}),
	// Four workers and an orphan, whose parent is gone before it works, burn
	// at once.
	child.Variant("pool", func(struct{}, events.Note) (child.Result, error) {
		before := used()
		p := pool{}
		for range poolWorker {
			p.start(burnVerb, burnFor.String())
		}
		p.start(burnVerb, burnFor.String(), "as an orphan")
		burnt := p.numbers()
		return child.Result{Metrics: child.Metrics{"burnt": burnt + float64(used()-before)}}, p.err
	}),
	// Four workers hold memory at once.
	child.Variant("memory", func(struct{}, events.Note) (child.Result, error) {
		own, err := resident()
		if err != nil {
			return child.Result{}, err
		}
		p := pool{}
		for range poolWorker {
			p.start(holdVerb, strconv.Itoa(holdBytes))
		}
		return child.Result{Metrics: child.Metrics{"held": own + p.numbers()}}, p.err
	}),
}

// Where one thread spins.
type pinned struct{ core int }

// Prepare looks for a core.
func (p *pinned) Prepare() (err error) {
	if p.core, err = pin(); err != nil {
		return child.Skip(err.Error())
	}
	return nil
}

// A pool is workers of which each prints one number and ends when this process
// does.
type pool struct {
	outs []io.Reader
	err  error // the first
}

func (p *pool) start(args ...string) {
	if p.err != nil {
		return
	}
	self, err := os.Executable()
	if err != nil {
		p.err = err
		return
	}
	cmd := exec.Command(self, args...)
	cmd.Stderr = os.Stderr
	if _, p.err = cmd.StdinPipe(); p.err != nil { // its end is this process's
		return
	}
	// Not StdoutPipe, which a Wait would close: an orphan writes after it.
	out, in, err := os.Pipe()
	if err != nil {
		p.err = err
		return
	}
	defer in.Close()
	cmd.Stdout = in
	p.outs, p.err = append(p.outs, out), cmd.Start()
}

// numbers adds up what the workers print.
func (p *pool) numbers() (sum float64) {
	for _, out := range p.outs {
		if p.err != nil {
			break
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		v, bad := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if p.err = err; err == nil {
			p.err = bad
		}
		sum += v
	}
	return sum
}

// burner is a worker: it burns and prints how many nanoseconds of CPU it has
// used. As an orphan it leaves that to a process of its own, and ends.
func burner(args []string) {
	if len(args) > 1 {
		self, err := os.Executable()
		check(err)
		cmd := exec.Command(self, burnVerb, args[0])
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		check(cmd.Start())
		return
	}
	d, err := time.ParseDuration(args[0])
	check(err)
	burn(d)
	fmt.Println(int64(used()))
}

// holder is a worker: it holds bytes, prints what it should have resident with
// them, and waits.
func holder(args []string) {
	n, err := strconv.Atoi(args[0])
	check(err)
	before, err := resident()
	check(err)
	held := make([]byte, n)
	for i := 0; i < n; i += 4096 {
		held[i] = 1
	}
	fmt.Println(int64(before) + int64(n))
	wait()
	runtime.KeepAlive(held)
}

// tree is a number of processes and a number of threads in the first of them:
// it prints a line when they are there, and waits. It begins with a word on
// its standard input, so that it can be put into a group before it forks.
func tree(args []string) {
	processes, err := strconv.Atoi(args[0])
	check(err)
	threads, err := strconv.Atoi(args[1])
	check(err)
	in := bufio.NewReader(os.Stdin)
	_, err = in.ReadString('\n')
	check(err)
	for range processes - 1 {
		cmd := exec.Command("cat")
		_, err := cmd.StdinPipe()
		check(err)
		check(cmd.Start())
	}
	up := make(chan bool)
	for range threads {
		go func() {
			runtime.LockOSThread()
			up <- true
			select {}
		}()
	}
	for range threads {
		<-up
	}
	fmt.Println("up")
	_, _ = in.ReadString('\n')
}

func wait() { _, _ = io.Copy(io.Discard, os.Stdin) }

// check ends a worker that cannot go on; whoever waits for it sees that.
func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// burn uses d of CPU on this thread, but never waits.
func burn(d time.Duration) {
	for end := used() + d; used() < end; {
		for i := range 20_000 {
			sink += i * 3
		}
	}
}

var sink int

// used is the CPU time of this process, all of its threads together.
func used() time.Duration {
	var ru syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &ru))
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// resident is the memory of this process in bytes.
func resident() (float64, error) {
	p, err := process.NewProcess(int32(os.Getpid()))
	if err != nil {
		return 0, err
	}
	m, err := p.MemoryInfo()
	if err != nil {
		return 0, err
	}
	return float64(m.RSS), nil
}
