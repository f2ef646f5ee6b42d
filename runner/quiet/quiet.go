// Package quiet tells whether the machine is quiet enough to measure on.
//
// Its one decision: noise is measured where it acts, in CPU that somebody else
// used and in work that the cores did not do, and it is waited for only within
// a bound. On a machine that never gets quiet a run takes longer and says so;
// it does not hang.
package quiet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tandem/runner/sample"
)

// What a Gate does where its fields are zero.
const (
	DefaultWindow = 50 * time.Millisecond
	DefaultLimit  = 0.08 // cores
)

// A Gate holds trials back while others use the machine.
type Gate struct {
	Window  time.Duration // how long it must have been quiet; 0: DefaultWindow
	Limit   float64       // cores that others may use meanwhile; 0: DefaultLimit
	MaxWait time.Duration // when to go on regardless; one window is always watched

	// Reader is what is watched; nil: this machine.
	Reader Reader
}

// A Reader reads how much CPU time everything but the runner has used since
// some moment in the past.
type Reader interface {
	Foreign() (time.Duration, error)
	// Step is the smallest difference that Foreign can show.
	Step() time.Duration
}

// Wait returns after the first window in which others used at most Limit
// cores, or when no further window fits into MaxWait. It returns the cores that
// others used in the last window and how long it took in all. The error is the
// context's, or says why the machine cannot be read.
func (g *Gate) Wait(ctx context.Context) (foreign float64, waited time.Duration, err error) {
	reader := g.Reader
	if reader == nil {
		if reader, err = thisMachine(); err != nil {
			return 0, 0, err
		}
	}
	window, limit := g.Window, g.Limit
	if window <= 0 {
		window = DefaultWindow
	}
	if limit <= 0 {
		limit = DefaultLimit
	}
	// A single step must not fill the limit: one tick of 10 ms in 50 ms would
	// read as a fifth of a core.
	window = max(window, time.Duration(float64(reader.Step())/limit))

	begin := time.Now()
	for {
		foreign, err = watch(ctx, reader, window)
		waited = time.Since(begin)
		if err != nil || foreign <= limit || waited+window > g.MaxWait {
			return foreign, waited, err
		}
	}
}

// watch measures the cores that others use during a window.
func watch(ctx context.Context, reader Reader, window time.Duration) (cores float64, err error) {
	before, err := reader.Foreign()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := pause(ctx, window); err != nil {
		return 0, err
	}
	after, err := reader.Foreign()
	if err != nil {
		return 0, err
	}
	return cover(before, after, time.Since(begin)), nil
}

// cover is the cores that a CPU time in a while is. The runner's own time is
// read a moment apart from the cores', so a little less than none can come out.
func cover(before, after, during time.Duration) float64 {
	return max(0, float64(after-before)/float64(during))
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// machine is the Reader of this machine.
type machine struct {
	mu    sync.Mutex
	cores sample.Cores
	busy  []time.Duration
}

// thisMachine is opened once and serves as long as the program runs.
var thisMachine = sync.OnceValues(func() (*machine, error) {
	cores, err := sample.OpenCores()
	if err != nil {
		return nil, fmt.Errorf("watch for a quiet machine: %w", err)
	}
	return &machine{cores: cores, busy: make([]time.Duration, cores.Len())}, nil
})

func (m *machine) Foreign() (time.Duration, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.cores.Read(m.busy); err != nil {
		return 0, fmt.Errorf("watch for a quiet machine: %w", err)
	}
	own, err := sample.RunnerCPU()
	if err != nil {
		return 0, fmt.Errorf("watch for a quiet machine: %w", err)
	}
	all := -own
	for _, used := range m.busy {
		all += used
	}
	return all, nil
}

func (m *machine) Step() time.Duration { return m.cores.Step() }
