// Package deadlock receives from a sender that forgets to say when it
// is done, and shows what comes of that.
//
// Its one decision: the broken function and the fixed one differ in
// one line. The broken one never returns, so it runs in a program of
// its own, go/cmd/deadlock, and this one lives to tell.
//
// It is read beside python/tandem/deadlock.py: same names, same order.
package deadlock

import (
	"strconv"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/deadlock.toml has.
type Params struct{ Items int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("broken", watched("broken")),
	trial.Variant("fixed", watched("fixed")),
}

// The workers, as events number them.
const (
	Sender   = 0
	Receiver = 1
)

// Broken never returns: when all is received, the loop waits for more,
// and nobody is left to send it.
func Broken(items int, note events.Note) int {
	numbers := make(chan int)
	go func() {
		for number := range items {
			note(Sender, "sending", strconv.Itoa(number))
			numbers <- number
		}
		// Nobody says that this was the last.
	}()
	return receive(numbers, note)
}

// Fixed is the same, but the sender closes the channel: it is the one
// who knows that nothing more will come.
func Fixed(items int, note events.Note) int {
	numbers := make(chan int)
	go func() {
		for number := range items {
			note(Sender, "sending", strconv.Itoa(number))
			numbers <- number
		}
		close(numbers)
	}()
	return receive(numbers, note)
}

// receive receives until the channel is closed, and returns how many
// numbers came.
func receive(numbers <-chan int, note events.Note) int {
	count := 0
	for number := range numbers {
		note(Receiver, "received", strconv.Itoa(number))
		count++
	}
	return count
}
