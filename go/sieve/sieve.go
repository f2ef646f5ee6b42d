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
	"runtime"
	"strconv"
	"sync"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/sieve.toml has.
type Params struct{ N, Processors int }

// Topic has the variants.
var Topic = trial.Topic{
	trial.Variant("sequential", Sequential, "n"),
	trial.Variant("goroutines-one", GoroutinesOne, "n"),
	trial.Variant("goroutines", Goroutines),
}

// Every variant returns how many primes there are up to n.

// Sequential crosses out the multiples of each prime in a table.
func Sequential(p Params, note events.Note) (int, error) {
	crossed := make([]bool, p.N+1)
	primes := 0
	for number := 2; number <= p.N; number++ {
		if crossed[number] {
			continue
		}
		primes++
		note(0, "prime", strconv.Itoa(number))
		for m := number * number; m <= p.N; m += number {
			crossed[m] = true
		}
	}
	return primes, nil
}

// From here on each language has its own.

// GoroutinesOne lets one goroutine of the chain run at a time.
func GoroutinesOne(p Params, note events.Note) (int, error) {
	p.Processors = 1
	return Goroutines(p, note)
}

// Goroutines makes the chain of goroutines and channels, and lets so
// many of them run at once.
func Goroutines(p Params, note events.Note) (int, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p.Processors))

	var chain sync.WaitGroup
	numbers := make(chan int)
	chain.Go(func() { generate(numbers, p.N) })
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
