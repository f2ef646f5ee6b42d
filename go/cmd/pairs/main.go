// Command pairs is the Go half of every pair: a child of the runner that runs
// one variant once. See runner/PROTOCOL.md.
package main

//go:generate go run generate.go

import (
	"tandem/go/internals"
	"tandem/go/trial"
)

func main() {
	if internals.Child() {
		return // to see what becomes of the goroutine that it has left
	}
	trial.Main(topics)
}
