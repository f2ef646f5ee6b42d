// Package selecting receives from two senders, one of them four times
// as fast as the other: who waits for the slow one, and who need not?
//
// Its one decision: each sender sends a fixed number of messages, so
// all variants receive the same. What differs is in which order, and
// how long it takes.
//
// It is read beside python/tandem/selecting.py: same names, same order.
package selecting

import (
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/selecting.toml has.
type Params struct {
	Messages int
	Unit     time.Duration
	Draws    int
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("in-turn", InTurn, "messages", "unit"),
	trial.Variant("select", Select, "messages", "unit"),
	trial.Variant("select-default", SelectDefault, "messages", "unit"),
	trial.Variant("select-timer", SelectTimer, "messages", "unit"),
	trial.Variant("select-full", SelectFull, "messages", "draws"),
}

// InTurn receives one from the fast sender, then one from the slow, and
// so on. While it waits for one it is deaf to the other.
func InTurn(p Params, note events.Note) (Received, error) {
	fast, slow := start(p.Messages, p.Unit, note)
	in := inbox{note: note}
	for fast != nil || slow != nil {
		if fast != nil {
			name, open := <-fast
			fast = in.take(name, open, fast)
		}
		if slow != nil {
			name, open := <-slow
			slow = in.take(name, open, slow)
		}
	}
	return Received{Order: in.order}, nil
}

// From here on each language has its own way not to wait for one.

// Select receives from whichever sender is ready first.
func Select(p Params, note events.Note) (Received, error) {
	fast, slow := start(p.Messages, p.Unit, note)
	return both(fast, slow, note), nil
}

// SelectFull is the same when all was sent before: whenever both have a
// message, select chooses one of the two by chance.
func SelectFull(p Params, note events.Note) (Received, error) {
	fast := make(chan string, Ratio*p.Messages)
	slow := make(chan string, p.Messages)
	send(fast, FastSender, Fast, Ratio*p.Messages, 0, note)
	send(slow, SlowSender, Slow, p.Messages, 0, note)
	received := both(fast, slow, note)
	received.Counted = trial.Metrics{"first_share": FirstShare(p.Draws)}
	return received, nil
}

// both selects until both channels are closed.
func both(fast, slow <-chan string, note events.Note) Received {
	in := inbox{note: note}
	for fast != nil || slow != nil {
		select {
		case name, open := <-fast:
			fast = in.take(name, open, fast)
		case name, open := <-slow:
			slow = in.take(name, open, slow)
		}
	}
	return Received{Order: in.order}
}

// SelectDefault never waits: where nobody is ready, it asks again, and
// keeps a core busy with asking.
func SelectDefault(p Params, note events.Note) (Received, error) {
	fast, slow := start(p.Messages, p.Unit, note)
	in := inbox{note: note}
	vain := 0.0
	for fast != nil || slow != nil {
		select {
		case name, open := <-fast:
			fast = in.take(name, open, fast)
		case name, open := <-slow:
			slow = in.take(name, open, slow)
		default:
			vain++
		}
	}
	return Received{in.order, trial.Metrics{"vain_polls": vain}}, nil
}

// SelectTimer waits, but not for longer than a fifth of a unit, so that
// it could do something else in between.
func SelectTimer(p Params, note events.Note) (Received, error) {
	fast, slow := start(p.Messages, p.Unit, note)
	in := inbox{note: note}
	late := 0.0
	for fast != nil || slow != nil {
		select {
		case name, open := <-fast:
			fast = in.take(name, open, fast)
		case name, open := <-slow:
			slow = in.take(name, open, slow)
		case <-time.After(p.Unit / 5):
			note(Receiver, "wait", "")
			late++
		}
	}
	return Received{in.order, trial.Metrics{"timeouts": late}}, nil
}

// FirstShare selects so many times between two channels that are always
// ready, and returns the share of the first.
func FirstShare(draws int) float64 {
	first, second := make(chan int), make(chan int)
	close(first) // a closed channel is always ready
	close(second)
	count := 0
	for range draws {
		select {
		case <-first:
			count++
		case <-second:
		}
	}
	return float64(count) / float64(draws)
}
