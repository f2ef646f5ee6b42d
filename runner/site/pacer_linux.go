package site

import (
	"container/heap"
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A pacer wakes handlers when their latency is over. On an idle machine Go's
// own timers are late by half a millisecond on average, because the runtime
// waits for files and timers in one call that counts milliseconds; a latency
// of 10 ms would be 5 % longer than it says. A timerfd is a file that becomes
// readable at the right microsecond.
type pacer struct {
	timer *os.File

	mu       sync.Mutex
	sleepers sleepers
	woken    sync.WaitGroup // the loop that wakes
}

type sleeper struct {
	due   time.Time
	awake chan struct{}
	index int // in the heap, -1 when woken
}

func newPacer() (*pacer, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("making a timer: %w", err)
	}
	p := &pacer{timer: os.NewFile(uintptr(fd), "timerfd")}
	p.woken.Go(p.wake)
	return p, nil
}

// sleep returns when d has passed or ctx has ended.
func (p *pacer) sleep(ctx context.Context, d time.Duration) {
	s := &sleeper{due: time.Now().Add(d), awake: make(chan struct{})}
	p.mu.Lock()
	heap.Push(&p.sleepers, s)
	if s.index == 0 {
		p.arm()
	}
	p.mu.Unlock()
	select {
	case <-s.awake:
	case <-ctx.Done():
		p.mu.Lock()
		if s.index >= 0 {
			heap.Remove(&p.sleepers, s.index)
		}
		p.mu.Unlock()
	}
}

// wake wakes who is due, until the timer is closed.
func (p *pacer) wake() {
	expirations := make([]byte, 8)
	for {
		if _, err := p.timer.Read(expirations); err != nil {
			return
		}
		p.mu.Lock()
		now := time.Now()
		for len(p.sleepers) > 0 && !p.sleepers[0].due.After(now) {
			close(heap.Pop(&p.sleepers).(*sleeper).awake)
		}
		p.arm()
		p.mu.Unlock()
	}
}

// arm sets the timer for who is due first.
func (p *pacer) arm() {
	if len(p.sleepers) == 0 {
		return
	}
	wait := max(time.Until(p.sleepers[0].due), 1) // 0 would turn it off
	next := unix.ItimerSpec{Value: unix.NsecToTimespec(wait.Nanoseconds())}
	// It fails only when the timer is closed. Then all contexts have ended,
	// and nobody waits to be woken.
	if raw, err := p.timer.SyscallConn(); err == nil {
		raw.Control(func(fd uintptr) { unix.TimerfdSettime(int(fd), 0, &next, nil) })
	}
}

func (p *pacer) Close() error {
	err := p.timer.Close()
	p.woken.Wait()
	return err
}

// sleepers is a heap: who is due first is at 0.
type sleepers []*sleeper

func (s sleepers) Len() int           { return len(s) }
func (s sleepers) Less(i, j int) bool { return s[i].due.Before(s[j].due) }

func (s sleepers) Swap(i, j int) {
	s[i], s[j] = s[j], s[i]
	s[i].index, s[j].index = i, j
}

func (s *sleepers) Push(x any) {
	x.(*sleeper).index = len(*s)
	*s = append(*s, x.(*sleeper))
}

func (s *sleepers) Pop() any {
	last := len(*s) - 1
	x := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	x.index = -1
	return x
}
