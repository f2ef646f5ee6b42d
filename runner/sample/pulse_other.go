//go:build !linux

package sample

import "time"

// A pulse beats until it is closed.
type pulse struct {
	ticker *time.Ticker
	closed chan struct{}
}

func newPulse() (*pulse, error) {
	return &pulse{time.NewTicker(time.Hour), make(chan struct{})}, nil
}

// every sets the interval, 0: none.
func (p *pulse) every(interval time.Duration) {
	if p.ticker.Stop(); interval > 0 {
		p.ticker.Reset(interval)
	}
}

// beats calls f at each beat, until the pulse is closed.
func (p *pulse) beats(f func()) {
	for {
		select {
		case <-p.ticker.C:
			f()
		case <-p.closed:
			return
		}
	}
}

func (p *pulse) close() { close(p.closed) }
