"""The crews: some gophers who carry all loads from one place to
another."""

from __future__ import annotations

import queue
import threading

from tandem.gophers_site import (
    EMPTY,
    LOAD,
    MOVE,
    RETURN,
    UNLOAD,
    Site,
    each,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.gophers_site import Crew, Place


def alone() -> Crew:
    """The crew of one gopher with one cart."""

    def carry(site: Site, pile: Place, to: Place) -> None:
        for load in each(pile):
            site.do(0, LOAD)
            site.do(0, MOVE)
            site.do(0, UNLOAD)
            to.put(load)
            site.do(0, RETURN)

    return 1, carry


def sharing() -> Crew:
    """The crew of two gophers with one cart between them. A message
    says that it is free."""

    def carry(site: Site, pile: Place, to: Place) -> None:
        cart = carts(1)

        def work(gopher: int) -> None:
            for load in each(pile):
                cart.get()
                site.do(gopher, LOAD)
                site.do(gopher, MOVE)
                site.do(gopher, UNLOAD)
                to.put(load)
                site.do(gopher, RETURN)
                cart.put(EMPTY)

        together(2, work)

    return 2, carry


def meeting() -> Crew:
    """The crew of two gophers with a cart each. A message says that the
    place at the pile is free, and one that the place at the incinerator
    is."""

    def carry(site: Site, pile: Place, to: Place) -> None:
        loading, unloading = carts(1), carts(1)

        def work(gopher: int) -> None:
            for load in each(pile):
                loading.get()
                site.do(gopher, LOAD)
                loading.put(EMPTY)
                site.do(gopher, MOVE)
                unloading.get()
                site.do(gopher, UNLOAD)
                to.put(load)
                unloading.put(EMPTY)
                site.do(gopher, RETURN)

        together(2, work)

    return 2, carry


def together(gophers: int, work: Callable[[int], None]) -> None:
    """Have so many gophers work at once and wait for all of them."""
    for thread in start(gophers, work):
        thread.join()


def start(
    count: int, work: Callable[[int], None]
) -> list[threading.Thread]:
    """Start so many threads, and tell each its number."""
    threads = [
        threading.Thread(target=work, args=(i,)) for i in range(count)
    ]
    for thread in threads:
        thread.start()
    return threads


def carts(empty: int) -> Place:
    """A place with so many empty carts, and room for more."""
    place: Place = queue.Queue()
    for _ in range(empty):
        place.put(EMPTY)
    return place


def trio() -> Crew:
    """The crew of a loader, a mover and an unloader. Two carts stand at
    the pile, and one at the other end: so the mover can take an empty
    one back at once."""

    def carry(site: Site, pile: Place, to: Place) -> None:
        empty, full = carts(2), carts(0)
        there, back = carts(0), carts(1)

        def work(gopher: int) -> None:
            if gopher == 0:
                loader(site, gopher, pile, empty, full)
            elif gopher == 1:
                for cart in each(full):
                    site.do(gopher, MOVE)
                    there.put(cart)
                    back.get()
                    site.do(gopher, RETURN)
                    empty.put(EMPTY)
                there.put(None)
            else:
                unloader(site, gopher, there, back, to)

        together(3, work)

    return 3, carry


def quartet() -> Crew:
    """The crew in which each step has its own gopher. There is a cart
    for each of them."""

    def carry(site: Site, pile: Place, to: Place) -> None:
        empty, full = carts(4), carts(0)
        there, back = carts(0), carts(0)

        def work(gopher: int) -> None:
            if gopher == 0:
                loader(site, gopher, pile, empty, full)
            elif gopher == 1:
                mover(site, gopher, MOVE, full, there)
                there.put(None)
            elif gopher == 2:
                unloader(site, gopher, there, back, to)
            else:
                mover(site, gopher, RETURN, back, empty)

        together(4, work)

    return 4, carry


def loader(
    site: Site, gopher: int, pile: Place, empty: Place, full: Place
) -> None:
    """Fill carts until the pile is gone."""
    for load in each(pile):
        empty.get()
        site.do(gopher, LOAD)
        full.put(load)
    full.put(None)


def mover(
    site: Site, gopher: int, what: str, here: Place, there: Place
) -> None:
    """Take carts from one end of the way to the other."""
    for cart in each(here):
        site.do(gopher, what)
        there.put(cart)


def unloader(
    site: Site, gopher: int, there: Place, back: Place, to: Place
) -> None:
    """Empty carts until no more come."""
    for load in each(there):
        site.do(gopher, UNLOAD)
        to.put(load)
        back.put(EMPTY)
    back.put(None)


def staged(half: Crew) -> Crew:
    """Two crews in a row: the first carries to a staging pile, from
    which the second one takes. To either a pile is a pile."""
    gophers, carry_half = half

    def carry(site: Site, pile: Place, to: Place) -> None:
        staging: Place = queue.Queue()
        way = site.way / 2

        def work(crew: int) -> None:
            name = f"{site.name}{crew + 1}"
            first = site.first + crew * gophers
            mine = Site(name, first, way, site.step, site.note)
            if crew == 0:
                carry_half(mine, pile, staging)
                staging.put(None)
            else:
                carry_half(mine, staging, to)

        together(2, work)

    return 2 * gophers, carry
