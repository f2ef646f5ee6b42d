// Package sample watches a process tree and the cores while a trial runs.
//
// Its one decision: what the kernel counts in nanoseconds is read where it
// exists, gopsutil is read elsewhere, and every number carries the name of the
// method it came from.
package sample

import (
	"time"

	"tandem/runner/store"
)

// Usage is what a process tree used between Working and Finished.
type Usage struct {
	User, Sys              time.Duration // CPU of the whole tree
	PeakRSS                int64         // bytes, of the whole tree at one moment
	PeakThreads            int           // of the whole tree at one moment
	Voluntary, Involuntary int64         // context switches
	Foreign                float64       // cores that neither the tree nor the runner used
	Steal                  float64       // cores taken by the hypervisor
	Runner                 float64       // cores that the runner used
	Methods                map[string]string
	Samples                store.Samples
}
