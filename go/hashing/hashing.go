// Package hashing has workers compute checksums of a large buffer, in
// large steps and in small ones.
//
// Its one decision: the bytes and the checksums are the same in all
// variants. What differs is how many bytes the hash function is given
// at a time, which in CPython decides whether it gives up the
// interpreter's lock meanwhile.
//
// It is read beside python/tandem/hashing.py: same names, same order.
package hashing

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/hashing.toml has.
type Params struct {
	Size, Workers, Step, Small int

	data []byte
}

// Topic has the variants. To those that read it, the smaller step is
// the step.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "size", "workers", "step"),
	trial.Variant("goroutines", Goroutines, "size", "workers", "step"),
	trial.Variant("sequential-small", Sequential),
	trial.Variant("goroutines-small", Goroutines),
}

// Prepare makes the buffer, before the clock runs.
func (p *Params) Prepare() error {
	if p.Small > 0 {
		p.Step = min(p.Step, p.Small)
	}
	p.data = Data(p.Size)
	return nil
}

// Data makes the buffer that every worker hashes: 0 to 255, repeated.
func Data(size int) []byte {
	pattern := make([]byte, 256)
	for i := range pattern {
		pattern[i] = byte(i)
	}
	return bytes.Repeat(pattern, size/256+1)[:size]
}

// Digest is a worker's checksum of its number and the data. The
// function is given step bytes at a time. Where it stops does not
// matter to it.
func Digest(worker int, data []byte, step int,
	note events.Note) uint32 {
	note(worker, "start", "hash")
	sum := sha256.New()
	fmt.Fprint(sum, worker)
	for at := 0; at < len(data); at += step {
		sum.Write(data[at:min(at+step, len(data))])
	}
	note(worker, "finish", "hash")
	return binary.BigEndian.Uint32(sum.Sum(nil))
}

// Sequential computes one worker's checksum after the other. Like all
// others it returns their sum.
func Sequential(p Params, note events.Note) (int, error) {
	total := 0
	for worker := range p.Workers {
		total += int(Digest(worker, p.data, p.Step, note))
	}
	return total, nil
}

// From here on each language has its own kinds of workers.

// Goroutines computes each checksum in a goroutine of its own.
func Goroutines(p Params, note events.Note) (int, error) {
	digests := make([]uint32, p.Workers)

	var all sync.WaitGroup
	for worker := range p.Workers {
		all.Go(func() {
			digests[worker] = Digest(worker, p.data, p.Step, note)
		})
	}
	all.Wait()

	total := 0
	for _, digest := range digests {
		total += int(digest)
	}
	return total, nil
}
