// Package sievesegmented counts primes in segments that workers cross
// out independently of each other.
//
// Its one decision: a worker is given much work and little to say. A
// segment fits in a processor's cache, needs only the few primes up to
// the root of n, and ends in one number. It is the same sieve as the
// chain of package sieve, with the work cut the other way.
//
// It is read beside python/tandem/sieve_segmented.py: same names, same
// order.
package sievesegmented

import (
	"context"
	"strconv"

	"tandem/go/events"
	"tandem/go/parallel"
	"tandem/go/trial"
)

// Params are what runner/catalog/sieve-segmented.toml has.
type Params struct{ N, Workers int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "n"),
	trial.Variant("segmented", Segmented),
}

// Length is how many numbers a segment has. Only odd ones take room.
const Length = 1 << 18

// Root returns the last number whose square is at most n.
func Root(n int) int {
	root := 0
	for (root+1)*(root+1) <= n {
		root++
	}
	return root
}

// OddPrimes returns the primes from 3 to n.
func OddPrimes(n int) []int {
	crossed := make([]bool, n+1)
	var primes []int
	for number := 3; number <= n; number += 2 {
		if crossed[number] {
			continue
		}
		primes = append(primes, number)
		for m := number * number; m <= n; m += 2 * number {
			crossed[m] = true
		}
	}
	return primes
}

// CountOdd counts the odd primes from low, which is even, to before
// high. It crosses out the multiples of the odd primes up to the root
// of high.
func CountOdd(low, high int, primes []int) int {
	crossed := make([]bool, (high-low)/2) // low+1, low+3, ...
	for _, prime := range primes {
		first := prime * prime
		if first >= high {
			break
		}
		if first < low {
			first = (low + prime - 1) / prime * prime
			if first%2 == 0 {
				first += prime
			}
		}
		for i := (first - low) / 2; i < len(crossed); i += prime {
			crossed[i] = true
		}
	}
	count := 0
	for _, is := range crossed {
		if !is {
			count++
		}
	}
	if low == 0 && len(crossed) > 0 {
		count-- // 1 is no prime
	}
	return count
}

// Every variant returns how many primes there are up to n.

// Sequential crosses out one table of all numbers.
func Sequential(p Params, note events.Note) (int, error) {
	odd := CountOdd(0, p.N+p.N%2, OddPrimes(Root(p.N)))
	return odd + min(p.N/2, 1), nil
}

// Segmented has workers cross out segments.
func Segmented(p Params, note events.Note) (int, error) {
	primes := OddPrimes(Root(p.N))
	var lows []int
	for low := 0; low < p.N; low += Length {
		lows = append(lows, low)
	}
	segment := func(_ context.Context, low int) (int, error) {
		note(low/Length, "start", strconv.Itoa(low))
		high := min(low+Length, p.N+p.N%2)
		count := CountOdd(low, high, primes)
		note(low/Length, "finish", strconv.Itoa(low))
		return count, nil
	}
	ctx := context.Background()
	counts, err := parallel.Do(ctx, lows, p.Workers, segment)
	if err != nil {
		return 0, err
	}
	total := min(p.N/2, 1) // 2 is the only even prime
	for _, count := range counts {
		total += count
	}
	return total, nil
}
