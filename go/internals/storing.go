package internals

import (
	"fmt"
	"runtime"
	"strings"
)

// Storing is how many values a channel takes that nobody receives from.
func Storing() Facts {
	stored := func(capacity int) float64 {
		values := make(chan int, capacity)
		for {
			select {
			case values <- 1:
			default:
				return float64(len(values))
			}
		}
	}
	return Facts{
		"stored_unbuffered":   stored(0),
		"stored_capacity_one": stored(1),
	}
}

// channels is what else the runtime says of channels.
func channels() Facts {
	return Facts{
		"receiver_close_panics_sender": truth(receiverCloses()),
		"pointer_sent_is_shared":       truth(pointerShared()),
		"unclosed_channel_is_freed":    truth(unclosedFreed()),
	}
}

// receiverCloses says whether a sender panics when its receiver has
// closed the channel.
func receiverCloses() bool {
	values, closed := make(chan int), make(chan struct{})
	said := make(chan any)
	go func() {
		defer func() { said <- recover() }()
		values <- 1
		<-closed
		values <- 2
	}()
	<-values
	close(values)
	close(closed)
	const want = "send on closed channel"
	return strings.Contains(fmt.Sprint(<-said), want)
}

// pointerShared says whether sender and receiver of a pointer have the
// same variable: the one writes to it, the other one sees it.
func pointerShared() bool {
	variable := 1
	pointers, done := make(chan *int), make(chan struct{})
	go func() {
		*<-pointers = 2
		close(done)
	}()
	pointers <- &variable
	<-done
	return variable == 2
}

// unclosedFreed says whether the memory of channels comes back that
// nobody has closed, and nobody uses any more.
func unclosedFreed() bool {
	const count, size = 16, 1 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	func() {
		for range count {
			values := make(chan [size / 32]byte, 32)
			values <- [size / 32]byte{}
		}
	}()
	runtime.GC()
	runtime.ReadMemStats(&after)
	allocated := after.TotalAlloc - before.TotalAlloc
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	return allocated >= count*size && kept < size
}
