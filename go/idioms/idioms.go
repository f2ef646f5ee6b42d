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
	"fmt"
	"strconv"
	"time"

	"tandem/go/events"
)

// Caller is the worker that starts the others, as events number them.
const Caller = 0

// Free is the mark that a caller leaves when it has started all and
// could do something else.
const Free = "caller-free"

// Call does one item after the other, and waits for each.
func Call(items int, unit time.Duration, note events.Note) (int,
	error) {
	if err := check(items); err != nil {
		return 0, err
	}
	done := 0
	for i := range items {
		done += work(Caller, i, unit, note)
	}
	note(Caller, events.Mark, Free)
	return done, nil
}

// Launch starts each item with go, and does not wait for it. A channel
// tells when it is done, for go itself never does.
func Launch(items int, unit time.Duration, note events.Note) (int,
	error) {
	if err := check(items); err != nil {
		return 0, err
	}
	results := make(chan int)
	for i := range items {
		go func() { results <- work(i+1, i, unit, note) }()
	}
	note(Caller, events.Mark, Free)
	done := 0
	for range items {
		done += <-results
	}
	return done, nil
}

// Timer is told on a channel when a time is over: after one unit, after
// two, and so on.
func Timer(items int, unit time.Duration, note events.Note) (int,
	error) {
	if err := check(items); err != nil {
		return 0, err
	}
	over := make(chan int)
	for i := range items {
		go func() {
			time.Sleep(time.Duration(i+1) * unit)
			note(i+1, "over", strconv.Itoa(i))
			over <- 1
		}()
	}
	note(Caller, events.Mark, Free)
	done := 0
	for range items {
		done += <-over
		note(Caller, "received", strconv.Itoa(done-1))
	}
	return done, nil
}

// Poll asks a channel and does not wait: where there is nothing, it does
// something else for a tenth of a unit, and asks again. It also returns
// how often it asked in vain.
func Poll(items int, unit time.Duration, note events.Note) (int, int,
	error) {
	if err := check(items); err != nil {
		return 0, 0, err
	}
	values := make(chan int)
	go func() {
		for i := range items {
			values <- work(1, i, unit, note)
		}
	}()
	note(Caller, events.Mark, Free)
	done, vain := 0, 0
	for done < items {
		select {
		case value := <-values:
			note(Caller, "received", strconv.Itoa(done))
			done += value
		default:
			note(Caller, "nothing", "")
			vain++
			time.Sleep(unit / 10)
		}
	}
	return done, vain, nil
}

// Daemon wraps what copies one channel to another into a closure, and
// launches it. It ends when the input is closed, and says so by closing
// the output.
func Daemon(items int, unit time.Duration, note events.Note) (int,
	error) {
	if err := check(items); err != nil {
		return 0, err
	}
	input, output := make(chan int, items), make(chan int)
	go func() {
		for item := range input {
			output <- work(1, item, unit, note)
		}
		close(output)
	}()
	for i := range items {
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

// work does an item: it takes a unit. It returns how many are done.
func work(worker, item int, unit time.Duration, note events.Note) int {
	note(worker, "start", strconv.Itoa(item))
	time.Sleep(unit)
	note(worker, "finish", strconv.Itoa(item))
	return 1
}

func check(items int) error {
	if items < 1 {
		return fmt.Errorf("items is %d, want at least 1", items)
	}
	return nil
}

// From here on each language has its own.

// Forgotten is Daemon with the closing of its input forgotten. It is
// wrong: when all is copied, the daemon waits for more, for ever.
func Forgotten(items int, unit time.Duration, note events.Note) (int,
	error) {
	if err := check(items); err != nil {
		return 0, err
	}
	input, output := make(chan int, items), make(chan int)
	go func() {
		for item := range input {
			output <- work(1, item, unit, note)
		}
		close(output)
	}()
	for i := range items {
		input <- i
	}
	note(Caller, events.Mark, Free)
	done := 0
	for done < items { // the output is not closed either
		done += <-output
	}
	return done, nil
}
