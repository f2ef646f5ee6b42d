// Command tandem-command is the child that runs a command in the place of a
// program that speaks the runner's protocol. It is a program of its own because
// it must start fast and be small: see package command.
package main

import (
	"os"

	"tandem/runner/command"
)

func main() { os.Exit(command.Main()) }
