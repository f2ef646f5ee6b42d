package collectingmemory

import (
	"os"
	"strconv"
	"strings"

	"tandem/go/trial"
)

// Prepare weighs this process. The runner weighs all processes together; what
// this one grows by is a metric of its own.
func (p *Params) Prepare() error {
	p.before = mostResident()
	return nil
}

// Result is the total of all results.
func (s Sum) Result() trial.Result {
	metrics := trial.Metrics{"held_items": float64(s.Held)}
	if s.Grown >= 0 {
		metrics["caller_growth_bytes"] = float64(s.Grown)
	}
	return trial.Result{Answer: strconv.Itoa(s.Total), Metrics: metrics}
}

// growth is by how many bytes this process has grown; less than 0 where nobody
// knows.
func growth(before int) int {
	after := mostResident()
	if before == 0 || after == 0 {
		return -1
	}
	return after - before
}

// mostResident is the most bytes of this process that have been in memory; 0
// where the system does not say.
func mostResident() int {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " kB")
	kib, _ := strconv.Atoi(number)
	return kib * 1024
}
