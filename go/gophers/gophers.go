// Package gophers moves a pile of obsolete manuals into an incinerator,
// cart by cart, as the gophers of Rob Pike's talk do, in each of its
// designs.
//
// Its one decision: a crew is a function from one place to another, and
// places are channels of loads. So crews compose: two of them side by
// side are twice as many gophers, two in a row have a staging pile in
// between. Nothing in a crew knows how many of it there are, nor on how
// many cores they run. The crews stand in crews.go.
//
// It is read beside python/tandem/gophers.py: same names, same order.
package gophers

import (
	"sync"

	"tandem/go/trial"
)

// Topic has the variants: the designs, whose steps wait or compute.
var Topic = trial.Topic{
	waits("one", One),
	waits("shared-cart", SharedCart),
	waits("two-carts", TwoCarts),
	waits("two-piles", TwoPiles),
	waits("three", Three),
	waits("four", Four),
	waits("eight", Eight),
	waits("staging", Staging),
	waits("two-staging", TwoStaging),
	waits("staging-eight", StagingEight),
	waits("sixteen", Sixteen),
	computes("one", One),
	computes("shared-cart", SharedCart),
	computes("two-piles", TwoPiles),
	computes("four", Four),
	computes("eight", Eight),
	computes("sixteen", Sixteen),
}

// A Design does a job.
type Design func(Job) Burnt

// One has one gopher do everything.
func One(j Job) Burnt { return j.run(1, alone()) }

// SharedCart has two gophers and one cart, so one of them always
// waits.
func SharedCart(j Job) Burnt { return j.run(1, sharing()) }

// TwoCarts has two gophers with a cart each, who meet at the pile and
// at the incinerator, where only one can be at a time.
func TwoCarts(j Job) Burnt { return j.run(1, meeting()) }

// TwoPiles doubles everything: two gophers who never meet.
func TwoPiles(j Job) Burnt { return j.run(2, alone()) }

// Three has one gopher load, one move carts in both directions, and
// one unload. The one in the middle has two steps to do, so others wait.
func Three(j Job) Burnt { return j.run(1, trio()) }

// Four adds a gopher who returns the empty carts: one step for each.
func Four(j Job) Burnt { return j.run(1, quartet()) }

// Eight is Four side by side with another Four.
func Eight(j Job) Burnt { return j.run(2, quartet()) }

// Staging has two gophers in a row, with a staging pile halfway. Each
// way is half as long, but books are loaded and unloaded twice.
func Staging(j Job) Burnt { return j.run(1, staged(alone())) }

// TwoStaging is Staging side by side with another one: four gophers.
func TwoStaging(j Job) Burnt { return j.run(2, staged(alone())) }

// StagingEight is Four in a row with another Four.
func StagingEight(j Job) Burnt { return j.run(1, staged(quartet())) }

// Sixteen uses it all: a staging pile in the middle, four gophers on
// either side of it, and all of that twice.
func Sixteen(j Job) Burnt { return j.run(2, staged(quartet())) }

// run gives each of so many equal crews a part of the loads, as a pile
// of its own, and keeps what comes out of the incinerators.
func (j Job) run(crews int, crew crew) (burnt Burnt) {
	fire := make(chan int, j.Loads)
	var all sync.WaitGroup
	for i := range crews {
		from := pile(i*j.Loads/crews, (i+1)*j.Loads/crews)
		all.Go(func() { crew.carry(j.site(i, crew), from, fire) })
	}
	go func() {
		all.Wait()
		close(fire)
	}()

	for load := range fire {
		if len(burnt) == 0 {
			j.Note(0, "mark", "first-burnt")
		}
		burnt = append(burnt, load)
	}
	return burnt
}
