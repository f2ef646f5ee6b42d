// Command deadlock runs the broken or the fixed function of go/deadlock and
// prints what happens in it. Try
//
//	go run ./go/cmd/deadlock broken 3
//	go run ./go/cmd/deadlock fixed 3
//
// It is a program of its own because the runtime only sees that all goroutines
// are asleep where no other code could wake one. In a program with C code, and
// that is any that uses package net the usual way, it does not look.
package main

import (
	"fmt"
	"os"
	"strconv"

	"tandem/go/deadlock"
	"tandem/go/events"
)

var functions = map[string]func(items int, note events.Note) int{
	"broken": deadlock.Broken,
	"fixed":  deadlock.Fixed,
}

func main() {
	if len(os.Args) != 3 {
		usage()
	}
	function, ok := functions[os.Args[1]]
	items, err := strconv.Atoi(os.Args[2])
	if !ok || err != nil || items < 0 {
		usage()
	}
	count := function(items, func(worker int, kind, label string) {
		fmt.Println(worker, kind, label)
	})
	fmt.Println("done:", count)
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: deadlock broken|fixed ITEMS (how many numbers to send, from 0)")
	os.Exit(2)
}
