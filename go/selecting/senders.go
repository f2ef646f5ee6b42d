package selecting

import (
	"time"

	"tandem/go/events"
)

// The senders' names, which are also what they send.
const (
	Fast = "fast" // sends every half unit
	Slow = "slow" // sends every two units
)

// Ratio is how many messages the fast sender has for one of the slow.
const Ratio = 4

// The workers, as events number them.
const (
	FastSender = 0
	SlowSender = 1
	Receiver   = 2
)

// start starts both senders. Their channels have no room: who sends
// waits for the receiver.
func start(messages int, unit time.Duration,
	note events.Note) (<-chan string, <-chan string) {
	fast, slow := make(chan string), make(chan string)
	go send(fast, FastSender, Fast, Ratio*messages, unit/2, note)
	go send(slow, SlowSender, Slow, messages, unit*2, note)
	return fast, slow
}

// send sends a name so many times and closes the channel.
func send(channel chan<- string, worker int, name string, count int,
	interval time.Duration, note events.Note) {
	for i := range count {
		if i > 0 {
			time.Sleep(interval)
		}
		note(worker, "sending", name)
		channel <- name
		note(worker, "sent", name)
	}
	close(channel)
}
