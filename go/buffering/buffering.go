// Package buffering shows what room in a channel is for: one sender
// sends four messages to a receiver that is still asleep.
//
// Its one decision: sender and receiver are the same in every variant.
// What differs is the room between them, and so how far the sender
// comes before it has to wait.
//
// It is read beside python/tandem/buffering.py: same names, same order.
package buffering

import (
	"strings"
	"sync/atomic"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/buffering.toml has.
type Params struct {
	Capacity int
	Unit     time.Duration
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("unbuffered", Unbuffered, "unit"),
	trial.Variant("buffered", Buffered),
	trial.Variant("roomy", Roomy, "unit"),
}

// Messages are what is sent, in this order.
var Messages = []string{"A", "B", "C", "D"}

// Asleep is how many units the receiver sleeps before it begins.
const Asleep = 5

// The workers, as events number them.
const (
	Sender   = 0
	Receiver = 1
)

// A Delivery is what came of sending.
type Delivery struct {
	Received []string // in the order in which they came
	Early    int      // how many were sent before the receiver woke
}

// Result has what was received, which is the same in every variant.
func (d Delivery) Result() trial.Result {
	return trial.Result{
		Answer:  strings.Join(d.Received, " "),
		Metrics: trial.Metrics{"sent_early": float64(d.Early)},
	}
}

// Unbuffered sends through a channel without room: each message waits
// until the receiver takes it out of the sender's hand.
func Unbuffered(p Params, note events.Note) (Delivery, error) {
	return deliver(make(chan string), p.Unit, note), nil
}

// Buffered sends through a channel that keeps so many messages. The
// sender waits only when it is full.
func Buffered(p Params, note events.Note) (Delivery, error) {
	return deliver(make(chan string, p.Capacity), p.Unit, note), nil
}

// Roomy has room for all messages.
func Roomy(p Params, note events.Note) (Delivery, error) {
	p.Capacity = len(Messages)
	return Buffered(p, note)
}

// deliver starts the sender, sleeps, and then receives all messages.
func deliver(channel chan string, unit time.Duration,
	note events.Note) Delivery {
	var sent atomic.Int64
	go send(channel, &sent, note)

	time.Sleep(Asleep * unit)
	note(Receiver, "wake", "")
	delivery := Delivery{Early: int(sent.Load())}

	for message := range channel {
		note(Receiver, "received", message)
		delivery.Received = append(delivery.Received, message)
	}
	return delivery
}

// send sends all messages, and says that this was all by closing.
func send(channel chan<- string, sent *atomic.Int64, note events.Note) {
	for _, message := range Messages {
		note(Sender, "sending", message)
		channel <- message
		sent.Add(1)
		note(Sender, "sent", message)
	}
	close(channel)
}
