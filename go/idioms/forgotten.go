package idioms

import (
	"tandem/go/events"
)

// Forgotten is Daemon with the closing of its input forgotten. It is
// wrong: when all is copied, the daemon waits for more, for ever.
func Forgotten(p Params, note events.Note) (int, error) {
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
	note(Caller, events.Mark, Free)
	done := 0
	for done < p.Items { // the output is not closed either
		done += <-output
	}
	return done, nil
}
