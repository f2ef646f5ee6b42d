// Package collectingmemory has workers do very many small tasks, whose
// input comes from a generator, and shows how much of it all is in
// memory at once.
//
// Its one decision: what is held is counted, not only weighed. An item
// is held from when the generator has made it until the caller has
// taken its result.
//
// It is read beside python/tandem/collecting_memory.py: same names,
// same order.
package collectingmemory

import (
	"slices"
	"sync"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/collecting-memory.toml has.
type Params struct {
	N, Size, Workers, Chunksize int

	before int // bytes of this process when it was ready
}

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "n", "size"),
	trial.Variant("slice", Everything, "n", "size", "workers"),
	trial.Variant("channel", OneByOne, "n", "size", "workers"),
	trial.Variant("channel-chunked", Chunked),
	trial.Variant("channel-stalled", Stalled, "n", "size", "workers"),
}

// Sequential holds one item at a time.
func Sequential(p Params, note events.Note) (Sum, error) {
	stream := NewStream(p, note)
	for item := range stream.Items() {
		stream.Take(Work(item))
	}
	return stream.Sum(), nil
}

// Everything makes a slice of all items and one of all results. The
// caller looks at the results when the last one is there.
func Everything(p Params, note events.Note) (Sum, error) {
	stream := NewStream(p, note)
	items := slices.Collect(stream.Items())
	results := make([][]byte, len(items))

	// A worker takes every so manieth item.
	var pool sync.WaitGroup
	for first := range p.Workers {
		pool.Go(func() {
			for i := first; i < len(items); i += p.Workers {
				results[i] = Work(items[i])
			}
		})
	}
	pool.Wait()

	for _, result := range results {
		stream.Take(result)
	}
	return stream.Sum(), nil
}

// OneByOne has the generator feed a channel. A channel without room
// makes whoever sends wait, so nothing runs ahead of the caller:
// workers wait until it takes their results, the generator waits for
// the workers.
func OneByOne(p Params, note events.Note) (Sum, error) {
	stream := NewStream(p, note)
	items := make(chan []byte)
	results := make(chan []byte)

	go func() {
		for item := range stream.Items() {
			items <- item
		}
		close(items)
	}()
	start(p.Workers, items, results, Work)

	for result := range results {
		stream.Take(result)
	}
	return stream.Sum(), nil
}

// Chunked is the same with a slice of chunksize items in each message:
// fewer messages, more held.
func Chunked(p Params, note events.Note) (Sum, error) {
	stream := NewStream(p, note)
	chunks := make(chan [][]byte)
	results := make(chan [][]byte)

	go func() {
		var chunk [][]byte
		for item := range stream.Items() {
			chunk = append(chunk, item)
			if len(chunk) == p.Chunksize {
				chunks <- chunk
				chunk = nil
			}
		}
		if len(chunk) > 0 {
			chunks <- chunk
		}
		close(chunks)
	}()
	start(p.Workers, chunks, results, func(chunk [][]byte) [][]byte {
		for i, item := range chunk {
			chunk[i] = Work(item)
		}
		return chunk
	})

	for chunk := range results {
		for _, result := range chunk {
			stream.Take(result)
		}
	}
	return stream.Sum(), nil
}

// Stalled is OneByOne with a caller that does not come before all the
// work is done. In Go that needs a results channel with room for
// everything, which somebody must ask for: without it this would be a
// deadlock.
func Stalled(p Params, note events.Note) (Sum, error) {
	stream := NewStream(p, note)
	items := make(chan []byte)
	results := make(chan []byte, p.N)

	pool := start(p.Workers, items, results, Work)
	for item := range stream.Items() {
		items <- item
	}
	close(items)
	pool.Wait()

	for result := range results {
		stream.Take(result)
	}
	return stream.Sum(), nil
}
