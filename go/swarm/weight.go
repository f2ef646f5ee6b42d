package swarm

import (
	"fmt"
	"os"

	"tandem/go/trial"
)

// Facts are numbers by name; a name ends in its unit. What the system
// does not say is left out.
type Facts trial.Metrics

// Result is the facts.
func (f Facts) Result() trial.Result {
	return trial.Result{
		Answer: "all came and went", Metrics: trial.Metrics(f),
	}
}

// resident is how much memory this process has, in bytes; 0 where the
// system does not say.
func resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, pages int
	fmt.Sscan(string(text), &size, &pages)
	return pages * os.Getpagesize()
}
