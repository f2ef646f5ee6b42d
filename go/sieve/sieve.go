// Package sieve finds primes with a chain of filters, a process for
// each prime: every number travels along the chain until a prime that
// divides it throws it out.
//
// Its one decision: the chain is what it is famous for, independent
// processes that do next to nothing but pass numbers on. So it shows
// what passing on costs, and that more processors cannot make faster
// what is hardly any work.
//
// It is read beside python/tandem/sieve.py: same names, same order.
package sieve

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"

	"tandem/go/events"
)

// Check says what is wrong with the last number.
func Check(n int) error {
	if n < 0 {
		return fmt.Errorf("n is %d, want at least 0", n)
	}
	return nil
}

// Every variant returns how many primes there are up to n.

// Sequential crosses out the multiples of each prime in a table.
func Sequential(n int, note events.Note) (int, error) {
	if err := Check(n); err != nil {
		return 0, err
	}
	crossed := make([]bool, n+1)
	primes := 0
	for number := 2; number <= n; number++ {
		if crossed[number] {
			continue
		}
		primes++
		note(0, "prime", strconv.Itoa(number))
		for m := number * number; m <= n; m += number {
			crossed[m] = true
		}
	}
	return primes, nil
}

// From here on each language has its own.

// Goroutines makes the chain of goroutines and channels, and lets so
// many of them run at once.
func Goroutines(n, processors int, note events.Note) (int, error) {
	if err := Check(n); err != nil {
		return 0, err
	}
	if processors < 1 {
		const says = "processors is %d, want at least 1"
		return 0, fmt.Errorf(says, processors)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))

	var chain sync.WaitGroup
	numbers := make(chan int)
	chain.Go(func() { generate(numbers, n) })
	primes := 0
	for {
		// What reaches the end is divided by no prime before it.
		prime, more := <-numbers
		if !more {
			break
		}
		note(primes, "prime", strconv.Itoa(prime))
		primes++
		from, to := numbers, make(chan int)
		chain.Go(func() { filter(to, from, prime) })
		numbers = to
	}
	chain.Wait()
	return primes, nil
}

// generate sends the numbers from 2 to n.
func generate(to chan<- int, n int) {
	defer close(to)
	for number := 2; number <= n; number++ {
		to <- number
	}
}

// filter passes on what the prime does not divide.
func filter(to chan<- int, from <-chan int, prime int) {
	defer close(to)
	for number := range from {
		if number%prime != 0 {
			to <- number
		}
	}
}
