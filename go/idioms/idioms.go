// Package idioms has the smallest concurrent programs there are: to
// launch something and not wait, to be told when a time is over, to ask
// without waiting, and to have something copied in the background.
//
// Its one decision: each is a few lines that stand alone, and each says
// when its caller was free to do something else. All of them get the
// same number of items done.
//
// It is read beside python/tandem/idioms.py: same names, same order.
package idioms

import (
	"strconv"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/idioms.toml has.
type Params struct {
	Items int
	Unit  time.Duration
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("call", Call),
	trial.Variant("launch", Launch),
	trial.Variant("timer", Timer),
	trial.Variant("poll", Poll),
	trial.Variant("daemon", Daemon),
}

// Call does one item after the other, and waits for each.
func Call(p Params, note events.Note) (int, error) {
	done := 0
	for i := range p.Items {
		done += work(Caller, i, p.Unit, note)
	}
	note(Caller, events.Mark, Free)
	return done, nil
}

// Launch starts each item with go, and does not wait for it. A channel
// tells when it is done, for go itself never does.
func Launch(p Params, note events.Note) (int, error) {
	results := make(chan int)
	for i := range p.Items {
		go func() { results <- work(i+1, i, p.Unit, note) }()
	}
	note(Caller, events.Mark, Free)
	done := 0
	for range p.Items {
		done += <-results
	}
	return done, nil
}

// Timer is told on a channel when a time is over: after one unit, after
// two, and so on.
func Timer(p Params, note events.Note) (int, error) {
	over := make(chan int)
	for i := range p.Items {
		go func() {
			time.Sleep(time.Duration(i+1) * p.Unit)
			note(i+1, "over", strconv.Itoa(i))
			over <- 1
		}()
	}
	note(Caller, events.Mark, Free)
	done := 0
	for range p.Items {
		done += <-over
		note(Caller, "received", strconv.Itoa(done-1))
	}
	return done, nil
}

// Poll asks a channel and does not wait: where there is nothing, it does
// something else for a tenth of a unit, and asks again.
func Poll(p Params, note events.Note) (Polled, error) {
	values := make(chan int)
	go func() {
		for i := range p.Items {
			values <- work(1, i, p.Unit, note)
		}
	}()
	note(Caller, events.Mark, Free)
	done, vain := 0, 0
	for done < p.Items {
		select {
		case value := <-values:
			note(Caller, "received", strconv.Itoa(done))
			done += value
		default:
			note(Caller, "nothing", "")
			vain++
			time.Sleep(p.Unit / 10)
		}
	}
	return Polled{done, vain}, nil
}

// Daemon wraps what copies one channel to another into a closure, and
// launches it. It ends when the input is closed, and says so by closing
// the output.
func Daemon(p Params, note events.Note) (int, error) {
	input, output := make(chan int, p.Items), make(chan int)
	go func() {
		for item := range input {
			output <- work(1, item, p.Unit, note)
		}
		close(output)
	}()
	for i := range p.Items {
		input <- i
	}
	close(input)
	note(Caller, events.Mark, Free)
	done := 0
	for value := range output {
		note(Caller, "received", strconv.Itoa(done))
		done += value
	}
	return done, nil
}
