// Package registry lists what the Go half can run: a topic's variants under
// the names of runner/catalog. The Python half is python/tandem/registry.py.
package registry

import (
	"context"
	"strconv"
	"time"

	"tandem/go/counting"
	"tandem/go/events"
	"tandem/go/trial"
	"tandem/go/urlcheck"
)

// Topics holds every topic. A new one adds a line here and a map below
// or in a file of its own.
var Topics = trial.Topics{
	"collecting":        collectingVariants,
	"collecting-memory": collectingMemoryVariants,
	"counting":          countingVariants,
	"urlcheck":          urlcheckVariants,
	"fibonacci":         fibonacciVariants,
	"hashing":           hashingVariants,
	"internals":         internalsVariants,
	"starting":          startingVariants,
	"scheduling":        schedulingVariants,
	"buffering":         bufferingVariants,
	"selecting":         selectingVariants,
	"deadlock":          deadlockVariants,
	"parallel":          parallelVariants,
	"parallel-cpu":      parallelCPUVariants,
	"dynpool":           dynpoolVariants,
	"dynpool-sites":     dynpoolSitesVariants,
	"sieve":             sieveVariants,
	"sieve-segmented":   sieveSegmentedVariants,
	"gophers":           gophersVariants,
	"replicas":          replicasVariants,
	"balancer":          balancerVariants,
	"swarm":             swarmVariants,
	"idioms":            idiomsVariants,
	"filestore":         filestoreVariants,
}

var countingVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		n := p.Int("n")
		return count(func(note events.Note) (int, error) {
			return counting.Sequential(n, note)
		})
	},
	"goroutines":  split(counting.Goroutines),
	"worker-pool": split(counting.WorkerPool),
}

// split is a variant that splits n between workers.
func split(f func(n, workers int, note events.Note) (int, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		n, workers := p.Int("n"), p.Int("workers")
		return count(func(note events.Note) (int, error) {
			return f(n, workers, note)
		})
	}
}

// count is work whose answer is a number.
func count(f func(note events.Note) (int, error)) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		total, err := f(note)
		return trial.Result{Answer: strconv.Itoa(total)}, err
	}
}

var urlcheckVariants = map[string]trial.Func{
	"sequential": func(p *trial.Params) trial.Work {
		urls, timeout := p.Strings("targets"), p.Duration("timeout")
		return check(func(note events.Note) ([]urlcheck.Result, error) {
			return urlcheck.Sequential(context.Background(), urls, timeout, note)
		})
	},
	"goroutines":  atOnce(urlcheck.Goroutines),
	"worker-pool": atOnce(urlcheck.WorkerPool),
	"select":      atOnce(urlcheck.Select),
}

// atOnce is a variant that has so many workers check at once.
func atOnce(f func(ctx context.Context, urls []string, workers int, timeout time.Duration,
	note events.Note) ([]urlcheck.Result, error)) trial.Func {
	return func(p *trial.Params) trial.Work {
		urls, workers, timeout := p.Strings("targets"), p.Int("workers"), p.Duration("timeout")
		return check(func(note events.Note) ([]urlcheck.Result, error) {
			return f(context.Background(), urls, workers, timeout, note)
		})
	}
}

// check is work whose answer sums checks up.
func check(f func(note events.Note) ([]urlcheck.Result, error)) trial.Work {
	return func(note events.Note) (trial.Result, error) {
		results, err := f(note)
		return trial.Result{Answer: urlcheck.Answer(results)}, err
	}
}
