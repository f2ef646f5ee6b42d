// Package internals asks the runtime what it does, for claims that no
// stopwatch decides: how many threads serve so many workers, what a
// parked worker costs, who may be interrupted.
//
// Its one decision: every fact is an exact number that a small program
// draws out of the runtime itself. None is written down here, and one
// that cannot be had on this system is left out.
//
// It is read beside python/tandem/internals.py: same names, same order.
package internals

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/internals.toml has.
type Params struct{ Workers, Parked int }

// Topic has the variants, which differ in what the runtime was told
// when it started. What parked workers weigh is asked once.
var Topic = trial.Topic{
	trial.Variant("inspect", Look),
	trial.Variant("inspect-cooperative", Look, "workers"),
}

// Facts are numbers by name. A yes is 1, a no is 0; other names end in
// their unit.
type Facts trial.Metrics

// Result is the facts.
func (f Facts) Result() trial.Result {
	return trial.Result{Answer: "inspected", Metrics: trial.Metrics(f)}
}

// Look draws all facts out of the runtime, with so many workers, or
// so many that are parked where memory is the question.
func Look(p Params, note events.Note) (Facts, error) {
	facts := Facts{}
	for _, ask := range []struct {
		about string
		what  func() Facts
	}{
		{"cores", Cores},
		{"parked workers", func() Facts { return Waiting(p.Workers) }},
		{"memory", func() Facts { return Memory(max(p.Parked, 1)) }},
		// The runtime keeps the threads of these, so they come later.
		{"blocked workers", func() Facts { return Blocked(p.Workers) }},
		{"preemption", Preemption},
		{"main returns", MainReturns},
		{"storing", Storing},
		{"channels", channels},
		{"directions", directions},
		{"methods", methods},
	} {
		note(0, "start", ask.about)
		maps.Copy(facts, ask.what())
		note(0, "finish", ask.about)
	}
	return facts, nil
}

// ThreadCount is how many threads of the operating system this process
// has; 0 where the system does not say.
func ThreadCount() int {
	threads, _ := os.ReadDir("/proc/self/task")
	return len(threads)
}

// perWorker is how many threads came with each worker.
func perWorker(name string, before, with, workers int) Facts {
	if before == 0 || with == 0 {
		return nil
	}
	return Facts{name: float64(with-before) / float64(workers)}
}

// Cores is how many cores there are, and on how many of them workers
// run unless they are told otherwise.
func Cores() Facts {
	now := runtime.GOMAXPROCS(0)
	runtime.SetDefaultGOMAXPROCS() // whatever the environment says
	byDefault := runtime.GOMAXPROCS(now)
	return Facts{
		"usable_cores":       float64(runtime.NumCPU()),
		"default_gomaxprocs": float64(byDefault),
	}
}

// Waiting is how many threads a worker takes while it waits for another
// one: here, to receive from a channel.
func Waiting(workers int) Facts {
	before := ThreadCount()
	release := make(chan struct{})
	all := started(workers, func() { <-release })
	with := ThreadCount()
	close(release)
	all.Wait()
	return perWorker("threads_per_parked_worker",
		before, with, workers)
}

// Memory is what each of very many parked workers takes: its stack, and
// all in all.
func Memory(parked int) Facts {
	var before, with runtime.MemStats
	// Twice, so that what an earlier fact left is gone, pools too.
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&before)
	release := make(chan struct{})
	all := started(parked, func() { <-release })
	runtime.ReadMemStats(&with)
	threads := ThreadCount()
	close(release)
	all.Wait()

	stacks := float64(with.StackInuse) - float64(before.StackInuse)
	heap := float64(with.HeapAlloc) - float64(before.HeapAlloc)
	facts := Facts{
		"parked_workers":          float64(parked),
		"stack_bytes_per_worker":  stacks / float64(parked),
		"memory_bytes_per_worker": (stacks + heap) / float64(parked),
	}
	if threads > 0 {
		facts["threads_while_parked"] = float64(threads)
	}
	return facts
}

// Blocked is how many it takes while it waits in the operating system:
// here, to read from a pipe of which the runtime does not know.
func Blocked(workers int) Facts {
	var pipe [2]int
	if err := syscall.Pipe(pipe[:]); err != nil {
		return nil
	}
	before := ThreadCount()
	all := started(workers, func() {
		syscall.Read(pipe[0], make([]byte, 1))
	})
	with := ThreadCount()
	syscall.Close(pipe[1]) // all of them read the end of the file
	all.Wait()
	syscall.Close(pipe[0])
	return perWorker("threads_per_blocked_worker",
		before, with, workers)
}

// Preemption is whether a worker that never waits, and calls nothing,
// is interrupted for another one, where there is but one core.
func Preemption() Facts {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var othersRan atomic.Bool
	noticed := make(chan bool, 1)
	go func() {
		// Bounded, for where nobody interrupts it, at many times
		// the 10 ms after which somebody would.
		for range 1 << 28 {
			if othersRan.Load() {
				noticed <- true
				return
			}
		}
		noticed <- false
	}()
	runtime.Gosched() // gives the spinner the core
	othersRan.Store(true)
	return Facts{"preempted": truth(<-noticed)}
}

// MainReturns is whether a program ends when its main function returns,
// although a worker still waits. Another process must try that.
func MainReturns() Facts {
	self, err := os.Executable()
	if err != nil {
		return nil
	}
	const enough = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), enough)
	defer cancel()
	child := exec.CommandContext(ctx, self)
	child.Env = append(os.Environ(), returning+"=1")
	// Nothing is ever written to this pipe, and it stays open until the
	// child has ended: its worker has no other reason to end.
	if _, err := child.StdinPipe(); err != nil {
		return nil
	}
	out, err := child.Output()
	outlived := ctx.Err() != nil
	if !outlived && (err != nil || string(out) != "returning\n") {
		return nil // it did not run at all
	}
	return Facts{"main_returns_kills": truth(!outlived)}
}

// Storing is how many values a channel takes that nobody receives from.
func Storing() Facts {
	stored := func(capacity int) float64 {
		values := make(chan int, capacity)
		for {
			select {
			case values <- 1:
			default:
				return float64(len(values))
			}
		}
	}
	return Facts{
		"stored_unbuffered":   stored(0),
		"stored_capacity_one": stored(1),
	}
}

// From here on each language has its own.

// returning is set for the process that MainReturns starts.
const returning = "TANDEM_MAIN_RETURNS"

// Child says whether this is that process. Then main must return: it
// leaves a worker behind that waits for input which never comes.
func Child() bool {
	if os.Getenv(returning) == "" {
		return false
	}
	started(1, func() {
		io.Copy(io.Discard, os.Stdin)
		fmt.Println("outlived main")
	})
	fmt.Println("returning")
	return true
}

// channels is what else the runtime says of channels.
func channels() Facts {
	return Facts{
		"receiver_close_panics_sender": truth(receiverCloses()),
		"pointer_sent_is_shared":       truth(pointerShared()),
		"unclosed_channel_is_freed":    truth(unclosedFreed()),
	}
}

// receiverCloses says whether a sender panics when its receiver has
// closed the channel.
func receiverCloses() bool {
	values, closed := make(chan int), make(chan struct{})
	said := make(chan any)
	go func() {
		defer func() { said <- recover() }()
		values <- 1
		<-closed
		values <- 2
	}()
	<-values
	close(values)
	close(closed)
	const want = "send on closed channel"
	return strings.Contains(fmt.Sprint(<-said), want)
}

// pointerShared says whether sender and receiver of a pointer have the
// same variable: the one writes to it, the other one sees it.
func pointerShared() bool {
	variable := 1
	pointers, done := make(chan *int), make(chan struct{})
	go func() {
		*<-pointers = 2
		close(done)
	}()
	pointers <- &variable
	<-done
	return variable == 2
}

// unclosedFreed says whether the memory of channels comes back that
// nobody has closed, and nobody uses any more.
func unclosedFreed() bool {
	const count, size = 16, 1 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	func() {
		for range count {
			values := make(chan [size / 32]byte, 32)
			values <- [size / 32]byte{}
		}
	}()
	runtime.GC()
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	return allocated >= count*size && kept < size
}

// wrong has three mistakes: each uses a channel against its direction.
const wrong = `package wrong

func wrong(receive <-chan int, send chan<- int) {
	receive <- 1
	<-send
	close(receive)
}`

// directions is how many of these mistakes the type checker finds,
// which is the compiler's own.
func directions() Facts {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "wrong.go", wrong, 0)
	if err != nil {
		return nil
	}
	lines := map[int]bool{}
	checker := types.Config{Error: func(err error) {
		mistake, _ := err.(types.Error)
		lines[files.Position(mistake.Pos).Line] = true
	}}
	checker.Check("wrong", files, []*ast.File{file}, nil)
	return Facts{"direction_mistakes_found": float64(len(lines))}
}

// methods counts the exported methods of types in package sync.
func methods() Facts {
	waitGroup := reflect.TypeFor[*sync.WaitGroup]()
	mutex := reflect.TypeFor[*sync.Mutex]()
	return Facts{
		"waitgroup_methods": float64(waitGroup.NumMethod()),
		"mutex_methods":     float64(mutex.NumMethod()),
	}
}

// started starts so many workers and returns when each is about to
// wait.
func started(workers int, wait func()) *sync.WaitGroup {
	var all, ready sync.WaitGroup
	ready.Add(workers)
	for range workers {
		all.Go(func() {
			ready.Done()
			wait()
		})
	}
	ready.Wait()
	return &all
}

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
