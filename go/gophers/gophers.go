// Package gophers moves a pile of obsolete manuals into an incinerator,
// cart by cart, as the gophers of Rob Pike's talk do, in each of its
// designs.
//
// Its one decision: a crew is a function from one place to another, and
// places are channels of loads. So crews compose: two of them side by
// side are twice as many gophers, two in a row have a staging pile in
// between. Nothing in a crew knows how many of it there are, nor on how
// many cores they run.
//
// It is read beside python/tandem/gophers.py: same names, same order.
package gophers

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"tandem/go/events"
	"tandem/go/trial"
)

// Params are what runner/catalog/gophers.toml has.
type Params struct {
	Loads, Way  int
	Unit        time.Duration
	Work, Procs int
}

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

// A Design moves so many loads, which go so long a way.
type Design func(loads, way int, step Step, note events.Note) (
	Burnt, error)

// What a gopher does to bring one load to the next place. To load and
// to unload a cart takes one unit, each way as many as the way is long.
const (
	Load   = "load"   // books from the pile onto the cart
	Move   = "move"   // the full cart
	Unload = "unload" // the cart
	Return = "return" // the empty cart
)

// A Step takes so many units of whatever a gopher's work costs.
type Step func(units float64)

// Waiting is a step during which a gopher needs no core.
func Waiting(unit time.Duration) Step {
	return func(units float64) {
		time.Sleep(time.Duration(units * float64(unit)))
	}
}

// Computing is a step that keeps a core busy for so many rounds of Work
// a unit.
func Computing(rounds int) Step {
	return func(units float64) { Work(int(units * float64(rounds))) }
}

// Work is a chain in which each round needs the one before it.
//
//go:noinline
func Work(rounds int) uint32 {
	x := uint32(rounds)
	for range rounds {
		x = x*1664525 + 1013904223
	}
	return x
}

// Burnt are the loads' numbers, from 0, in the order in which they came
// into the fire.
type Burnt []int

// String sums up what was burnt, in whichever order: how many loads,
// and the sum of the squares of their numbers from 1. A load that was
// lost or burnt twice would show.
func (b Burnt) String() string {
	sum := 0
	for _, load := range b {
		sum += (load + 1) * (load + 1)
	}
	return fmt.Sprintf("loads=%d sum=%d", len(b), sum)
}

// One has one gopher do everything.
func One(loads, way int, step Step, note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 1, alone())
}

// SharedCart has two gophers and one cart, so one of them always waits.
func SharedCart(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 1, sharing())
}

// TwoCarts has two gophers with a cart each, who meet at the pile and
// at the incinerator, where only one can be at a time.
func TwoCarts(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 1, meeting())
}

// TwoPiles doubles everything: two gophers who never meet.
func TwoPiles(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 2, alone())
}

// Three has one gopher load, one move carts in both directions, and one
// unload. The one in the middle has two steps to do, so others wait.
func Three(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 1, trio())
}

// Four adds a gopher who returns the empty carts: one step for each.
func Four(loads, way int, step Step, note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 1, quartet())
}

// Eight is Four side by side with another Four.
func Eight(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 2, quartet())
}

// Staging has two gophers in a row, with a staging pile halfway. Each
// way is half as long, but books are loaded and unloaded twice.
func Staging(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 1, staged(alone()))
}

// TwoStaging is Staging side by side with another one: four gophers.
func TwoStaging(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 2, staged(alone()))
}

// StagingEight is Four in a row with another Four.
func StagingEight(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 1, staged(quartet()))
}

// Sixteen uses it all: a staging pile in the middle, four gophers on
// either side of it, and all of that twice.
func Sixteen(loads, way int, step Step,
	note events.Note) (Burnt, error) {
	return run(loads, way, step, note, 2, staged(quartet()))
}

// A crew is some gophers who carry all loads from one place to another.
type crew struct {
	gophers int
	carry   func(s site, from <-chan int, to chan<- int)
}

// A site is where a crew works.
type site struct {
	name  string  // of the way: A, B, ...; A1 and A2 where it is halved
	first int     // the number of the crew's first gopher
	way   float64 // how long the way is, in units
	step  Step
	note  events.Note
}

// do has a gopher of the crew do one of its four steps. What is noted
// says which step, and where: enough to see all of it again.
func (s site) do(gopher int, what string) {
	units := 1.0
	if what == Move || what == Return {
		units = s.way
	}
	s.note(s.first+gopher, what, s.name)
	s.step(units)
	s.note(s.first+gopher, "finish", s.name)
}

// run gives each of so many equal crews a part of the loads, as a pile
// of its own, and keeps what comes out of the incinerators.
func run(loads, way int, step Step, note events.Note,
	crews int, crew crew) (Burnt, error) {
	fire := make(chan int, loads)
	var all sync.WaitGroup
	for i := range crews {
		from := pile(i*loads/crews, (i+1)*loads/crews)
		first := i * crew.gophers
		s := site{string(rune('A' + i)), first, float64(way), step, note}
		all.Go(func() { crew.carry(s, from, fire) })
	}
	go func() {
		all.Wait()
		close(fire)
	}()

	var burnt Burnt
	for load := range fire {
		if len(burnt) == 0 {
			note(0, "mark", "first-burnt")
		}
		burnt = append(burnt, load)
	}
	return burnt, nil
}

// pile is a place with the loads of these numbers, to which no more
// will come.
func pile(from, to int) <-chan int {
	loads := make(chan int, to-from)
	for load := from; load < to; load++ {
		loads <- load
	}
	close(loads)
	return loads
}

// alone is the crew of one gopher with one cart.
func alone() crew {
	return crew{1, func(s site, from <-chan int, to chan<- int) {
		for load := range from {
			s.do(0, Load)
			s.do(0, Move)
			s.do(0, Unload)
			to <- load
			s.do(0, Return)
		}
	}}
}

// sharing is the crew of two gophers with one cart between them.
// A message says that it is free.
func sharing() crew {
	return crew{2, func(s site, from <-chan int, to chan<- int) {
		cart := make(chan struct{}, 1)
		cart <- struct{}{}
		together(2, func(gopher int) {
			for load := range from {
				<-cart
				s.do(gopher, Load)
				s.do(gopher, Move)
				s.do(gopher, Unload)
				to <- load
				s.do(gopher, Return)
				cart <- struct{}{}
			}
		})
	}}
}

// meeting is the crew of two gophers with a cart each. A message says
// that the place at the pile is free, and one that the place at the
// incinerator is.
func meeting() crew {
	return crew{2, func(s site, from <-chan int, to chan<- int) {
		loading := make(chan struct{}, 1)
		unloading := make(chan struct{}, 1)
		loading <- struct{}{}
		unloading <- struct{}{}
		together(2, func(gopher int) {
			for load := range from {
				<-loading
				s.do(gopher, Load)
				loading <- struct{}{}
				s.do(gopher, Move)
				<-unloading
				s.do(gopher, Unload)
				to <- load
				unloading <- struct{}{}
				s.do(gopher, Return)
			}
		})
	}}
}

// together has so many gophers work at once and waits for all of them.
func together(gophers int, work func(gopher int)) {
	var all sync.WaitGroup
	for gopher := range gophers {
		all.Go(func() { work(gopher) })
	}
	all.Wait()
}

// A cart goes round between the gophers of a crew.
type cart struct{ load int }

// carts is a place with so many empty carts, and room for more.
func carts(empty int) chan cart {
	place := make(chan cart, 4)
	for range empty {
		place <- cart{}
	}
	return place
}

// trio is the crew of a loader, a mover and an unloader. Two carts
// stand at the pile, and one at the other end: so the mover can take an
// empty one back at once.
func trio() crew {
	return crew{3, func(s site, from <-chan int, to chan<- int) {
		empty, full := carts(2), carts(0)
		there, back := carts(0), carts(1)
		together(3, func(gopher int) {
			switch gopher {
			case 0:
				s.load(gopher, from, empty, full)
			case 1:
				for cart := range full {
					s.do(gopher, Move)
					there <- cart
					cart = <-back
					s.do(gopher, Return)
					empty <- cart
				}
				close(there)
			case 2:
				s.unload(gopher, there, back, to)
			}
		})
	}}
}

// quartet is the crew in which each step has its own gopher. There is a
// cart for each of them.
func quartet() crew {
	return crew{4, func(s site, from <-chan int, to chan<- int) {
		empty, full := carts(4), carts(0)
		there, back := carts(0), carts(0)
		together(4, func(gopher int) {
			switch gopher {
			case 0:
				s.load(gopher, from, empty, full)
			case 1:
				s.push(gopher, Move, full, there)
				close(there)
			case 2:
				s.unload(gopher, there, back, to)
			case 3:
				s.push(gopher, Return, back, empty)
			}
		})
	}}
}

// load fills carts until the pile is gone.
func (s site) load(gopher int, from <-chan int,
	empty <-chan cart, full chan<- cart) {
	for load := range from {
		cart := <-empty
		s.do(gopher, Load)
		cart.load = load
		full <- cart
	}
	close(full)
}

// push takes carts from one end of the way to the other.
func (s site) push(gopher int, what string,
	from <-chan cart, to chan<- cart) {
	for cart := range from {
		s.do(gopher, what)
		to <- cart
	}
}

// unload empties carts until no more come.
func (s site) unload(gopher int, there <-chan cart,
	back chan<- cart, to chan<- int) {
	for cart := range there {
		s.do(gopher, Unload)
		to <- cart.load
		back <- cart
	}
	close(back)
}

// staged is two crews in a row: the first carries to a staging pile,
// from which the second one takes. To either a pile is a pile.
func staged(half crew) crew {
	carry := func(s site, from <-chan int, to chan<- int) {
		staging := make(chan int, cap(from))
		s.way /= 2
		first, second := s, s
		first.name += "1"
		second.name += "2"
		second.first += half.gophers
		together(2, func(crew int) {
			if crew == 0 {
				half.carry(first, from, staging)
				close(staging)
			} else {
				half.carry(second, staging, to)
			}
		})
	}
	return crew{2 * half.gophers, carry}
}

// waits is the variant of a design whose steps wait, and computes that of
// one whose steps compute.
func waits(name string, f Design) trial.Entry {
	return trial.Variant(name, func(p Params, note events.Note) (
		Burnt, error) {
		return f(p.Loads, p.Way, Waiting(p.Unit), note)
	}, "loads", "way", "unit", "procs")
}

func computes(name string, f Design) trial.Entry {
	name += "-computing"
	return trial.Variant(name, func(p Params, note events.Note) (
		Burnt, error) {
		return f(p.Loads, p.Way, Computing(p.Work), note)
	}, "loads", "way", "work", "procs")
}

// Prepare sets the number of cores, before the clock runs and for good:
// a trial has its process to itself.
func (p *Params) Prepare() error {
	if p.Procs > 0 {
		runtime.GOMAXPROCS(p.Procs)
	}
	return nil
}
