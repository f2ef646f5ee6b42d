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
	"fmt"
	"strconv"

	"tandem/go/events"
	"tandem/go/parallel"
)

// Length is how many numbers a segment has. Only odd ones take room.
const Length = 1 << 18

// Check says what is wrong with the parameters.
func Check(n, workers int) error {
	if n < 0 {
		return fmt.Errorf("n is %d, want at least 0", n)
	}
	if workers < 1 {
		const says = "workers is %d, want at least 1"
		return fmt.Errorf(says, workers)
	}
	return nil
}

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
func Sequential(n int, note events.Note) (int, error) {
	if err := Check(n, 1); err != nil {
		return 0, err
	}
	odd := CountOdd(0, n+n%2, OddPrimes(Root(n)))
	return odd + min(n/2, 1), nil
}

// Segmented has workers cross out segments.
func Segmented(n, workers int, note events.Note) (int, error) {
	if err := Check(n, workers); err != nil {
		return 0, err
	}
	primes := OddPrimes(Root(n))
	var lows []int
	for low := 0; low < n; low += Length {
		lows = append(lows, low)
	}
	segment := func(_ context.Context, low int) (int, error) {
		note(low/Length, "start", strconv.Itoa(low))
		high := min(low+Length, n+n%2)
		count := CountOdd(low, high, primes)
		note(low/Length, "finish", strconv.Itoa(low))
		return count, nil
	}
	ctx := context.Background()
	counts, err := parallel.Do(ctx, lows, workers, segment)
	if err != nil {
		return 0, err
	}
	total := min(n/2, 1) // 2 is the only even prime
	for _, count := range counts {
		total += count
	}
	return total, nil
}
