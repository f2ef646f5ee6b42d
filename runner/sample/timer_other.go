//go:build !linux

package sample

import "time"

// A timer calls a function at intervals, until it is closed.
type timer struct {
	ticker *time.Ticker
	closed chan struct{}
}

func newTimer() (*timer, error) {
	return &timer{time.NewTicker(time.Hour), make(chan struct{})}, nil
}

// every sets the interval, 0: none.
func (t *timer) every(interval time.Duration) {
	if t.ticker.Stop(); interval > 0 {
		t.ticker.Reset(interval)
	}
}

// run calls f at each interval, until the timer is closed.
func (t *timer) run(f func()) {
	for {
		select {
		case <-t.ticker.C:
			f()
		case <-t.closed:
			return
		}
	}
}

func (t *timer) close() { close(t.closed) }
