package gophers

import "sync"

// A crew is some gophers who carry all loads from one place to another.
type crew struct {
	gophers int
	carry   func(s site, from <-chan int, to chan<- int)
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
				loader(s, gopher, from, empty, full)
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
				unloader(s, gopher, there, back, to)
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
				loader(s, gopher, from, empty, full)
			case 1:
				mover(s, gopher, Move, full, there)
				close(there)
			case 2:
				unloader(s, gopher, there, back, to)
			case 3:
				mover(s, gopher, Return, back, empty)
			}
		})
	}}
}

// loader fills carts until the pile is gone.
func loader(s site, gopher int, from <-chan int,
	empty <-chan cart, full chan<- cart) {
	for load := range from {
		cart := <-empty
		s.do(gopher, Load)
		cart.load = load
		full <- cart
	}
	close(full)
}

// mover takes carts from one end of the way to the other.
func mover(s site, gopher int, what string,
	from <-chan cart, to chan<- cart) {
	for cart := range from {
		s.do(gopher, what)
		to <- cart
	}
}

// unloader empties carts until no more come.
func unloader(s site, gopher int, there <-chan cart,
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
