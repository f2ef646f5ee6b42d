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
)

// Data makes the buffer that every worker hashes: 0 to 255, repeated.
func Data(size int) []byte {
	size = max(size, 0)
	pattern := make([]byte, 256)
	for i := range pattern {
		pattern[i] = byte(i)
	}
	return bytes.Repeat(pattern, size/256+1)[:size]
}

// Check says what is wrong with the parameters.
func Check(workers, step int) error {
	if workers < 1 {
		return fmt.Errorf("workers is %d, want at least 1", workers)
	}
	if step < 1 {
		return fmt.Errorf("step is %d, want at least 1", step)
	}
	return nil
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
func Sequential(data []byte, workers, step int,
	note events.Note) (int, error) {
	if err := Check(workers, step); err != nil {
		return 0, err
	}
	total := 0
	for worker := range workers {
		total += int(Digest(worker, data, step, note))
	}
	return total, nil
}

// From here on each language has its own kinds of workers.

// Goroutines computes each checksum in a goroutine of its own.
func Goroutines(data []byte, workers, step int,
	note events.Note) (int, error) {
	if err := Check(workers, step); err != nil {
		return 0, err
	}
	digests := make([]uint32, workers)

	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			digests[worker] = Digest(worker, data, step, note)
		})
	}
	all.Wait()

	total := 0
	for _, digest := range digests {
		total += int(digest)
	}
	return total, nil
}
