// Command tandem runs paired Go and Python experiments and compares them.
package main

import (
	"context"
	"os"

	"tandem/runner"
)

func main() {
	os.Exit(runner.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
