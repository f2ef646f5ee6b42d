// Command pairs is the Go half of every pair: a child of the runner that runs
// one variant once. See runner/PROTOCOL.md.
package main

import (
	"tandem/go/registry"
	"tandem/go/trial"
)

func main() { trial.Main(registry.Topics) }
