package swarm

import (
	"runtime"
	"time"

	"tandem/go/events"
)

// Handover has two workers hand a token to each other, so many times,
// and says what a change from one to the other costs.
func Handover(p Params, note events.Note) (Facts, error) {
	return pingPong(p.Rounds, func() {}, note)
}

// HandoverThreads is the same between two threads: the operating system
// changes from one to the other.
func HandoverThreads(p Params, note events.Note) (Facts, error) {
	return pingPong(p.Rounds, runtime.LockOSThread, note)
}

// pingPong lets two workers begin, and times their ping-pong.
func pingPong(rounds int, begin func(),
	note events.Note) (Facts, error) {
	ping, pong := make(chan bool), make(chan bool)
	took := make(chan time.Duration)
	note(0, "start", "handover")
	go func() {
		begin()
		for range ping {
			pong <- true
		}
		close(pong)
	}()
	go func() {
		begin()
		start := time.Now()
		for range rounds {
			ping <- true
			<-pong
		}
		elapsed := time.Since(start)
		close(ping)
		<-pong
		took <- elapsed
	}()
	elapsed := <-took
	note(0, "finish", "handover")
	changes := float64(2 * rounds)
	return Facts{"switch_ns": float64(elapsed) / changes}, nil
}
