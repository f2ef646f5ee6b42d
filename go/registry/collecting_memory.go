package registry

import (
	"os"
	"strconv"
	"strings"

	"tandem/go/collectingmemory"
	"tandem/go/events"
	"tandem/go/trial"
)

var collectingMemoryVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		n, size := p.Int("n"), p.Int("size")
		return summed(func(note events.Note) (collectingmemory.Sum, error) {
			return collectingmemory.Sequential(n, size, note)
		})
	},
	"slice":   streamed(collectingmemory.Everything),
	"channel": streamed(collectingmemory.OneByOne),
	"channel-chunked": func(p *trial.Params) trial.Work {
		n, size, workers, chunksize := p.Int("n"), p.Int("size"), p.Int("workers"), p.Int("chunksize")
		return summed(func(note events.Note) (collectingmemory.Sum, error) {
			return collectingmemory.Chunked(n, size, workers, chunksize, note)
		})
	},
	"channel-stalled": streamed(collectingmemory.Stalled),
}

// streamed is a variant that has workers do the tasks of a stream.
func streamed(f func(n, size, workers int, note events.Note) (collectingmemory.Sum, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		n, size, workers := p.Int("n"), p.Int("size"), p.Int("workers")
		return summed(func(note events.Note) (collectingmemory.Sum, error) {
			return f(n, size, workers, note)
		})
	}
}

// summed is work whose answer is the total of all results. The runner weighs
// all processes together; what this one has grown by is a metric of its own.
func summed(f func(note events.Note) (collectingmemory.Sum, error)) trial.Work {
	before := mostResident()
	return func(note events.Note) (trial.Result, error) {
		sum, err := f(note)
		metrics := map[string]float64{"held_items": float64(sum.Held)}
		if after := mostResident(); before > 0 && after > 0 {
			metrics["caller_growth_bytes"] = after - before
		}
		return trial.Result{Answer: strconv.Itoa(sum.Total), Metrics: metrics}, err
	}
}

// mostResident is the most bytes of this process that have been in memory; 0
// where the system does not say.
func mostResident() float64 {
	status, _ := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	number, _, _ := strings.Cut(strings.TrimSpace(rest), " kB")
	kib, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return float64(kib) * 1024
}
