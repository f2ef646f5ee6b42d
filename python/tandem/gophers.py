"""Moves a pile of obsolete manuals into an incinerator, cart by cart,
as the gophers of Rob Pike's talk do, in each of its designs.

Its one decision: a crew is a function from one place to another, and
places are queues of loads. So crews compose: two of them side by side
are twice as many gophers, two in a row have a staging pile in between.
Nothing in a crew knows how many of it there are, nor on how many cores
they run.

It is read beside go/gophers/gophers.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tandem.events import Note
    from tandem.topics import Seconds

    # Takes so many units of whatever a gopher's work costs.
    Step = Callable[[float], object]
    # Loads, or carts, and None: no more will come.
    Place = queue.Queue["int | None"]
    # How many gophers, and how they carry from one place to another.
    Crew = tuple[int, Callable[["Site", Place, Place], None]]

# What a gopher does to bring one load to the next place. To load and
# to unload a cart takes one unit, each way as many as the way is long.
LOAD = "load"  # books from the pile onto the cart
MOVE = "move"  # the full cart
UNLOAD = "unload"  # the cart
RETURN = "return"  # the empty cart


def waiting(unit: float) -> Step:
    """A step during which a gopher needs no core."""
    return lambda units: time.sleep(units * unit)


def computing(rounds: int) -> Step:
    """A step that keeps a core busy for so many rounds of work a
    unit."""
    return lambda units: work(int(units * rounds))


def work(rounds: int) -> int:
    """A chain in which each round needs the one before it."""
    x = rounds
    for _ in range(rounds):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
    return x


def answer(burnt: list[int]) -> str:
    """Sum up what was burnt, in whichever order: how many loads, and
    the sum of the squares of their numbers from 1. A load that was lost
    or burnt twice would show."""
    total = sum((load + 1) ** 2 for load in burnt)
    return f"loads={len(burnt)} sum={total}"


def one(loads: int, way: int, step: Step, note: Note) -> list[int]:
    """Have one gopher do everything. Like all others it returns the
    numbers of the loads, from 0, in the order in which they were
    burnt."""
    return run(loads, way, step, note, 1, alone())


def shared_cart(
    loads: int, way: int, step: Step, note: Note
) -> list[int]:
    """Have two gophers and one cart, so one of them always waits."""
    return run(loads, way, step, note, 1, sharing())


def two_carts(
    loads: int, way: int, step: Step, note: Note
) -> list[int]:
    """Have two gophers with a cart each, who meet at the pile and at
    the incinerator, where only one can be at a time."""
    return run(loads, way, step, note, 1, meeting())


def two_piles(
    loads: int, way: int, step: Step, note: Note
) -> list[int]:
    """Double everything: two gophers who never meet."""
    return run(loads, way, step, note, 2, alone())


def three(loads: int, way: int, step: Step, note: Note) -> list[int]:
    """Have one gopher load, one move carts in both directions, and one
    unload. The one in the middle has two steps to do, so others
    wait."""
    return run(loads, way, step, note, 1, trio())


def four(loads: int, way: int, step: Step, note: Note) -> list[int]:
    """Add a gopher who returns the empty carts: one step for each."""
    return run(loads, way, step, note, 1, quartet())


def eight(loads: int, way: int, step: Step, note: Note) -> list[int]:
    """Have four side by side with another four."""
    return run(loads, way, step, note, 2, quartet())


def staging(loads: int, way: int, step: Step, note: Note) -> list[int]:
    """Have two gophers in a row, with a staging pile halfway. Each way
    is half as long, but books are loaded and unloaded twice."""
    return run(loads, way, step, note, 1, staged(alone()))


def two_staging(
    loads: int, way: int, step: Step, note: Note
) -> list[int]:
    """Have that side by side with another one: four gophers."""
    return run(loads, way, step, note, 2, staged(alone()))


def staging_eight(
    loads: int, way: int, step: Step, note: Note
) -> list[int]:
    """Have four in a row with another four."""
    return run(loads, way, step, note, 1, staged(quartet()))


def sixteen(loads: int, way: int, step: Step, note: Note) -> list[int]:
    """Use it all: a staging pile in the middle, four gophers on either
    side of it, and all of that twice."""
    return run(loads, way, step, note, 2, staged(quartet()))


class Site:
    """Where a crew works: the way's name (A, B, ...; A1 and A2 where it
    is halved), the number of its first gopher, and how long the way is,
    in units."""

    def __init__(
        self, name: str, first: int, way: float, step: Step, note: Note
    ) -> None:
        self.name = name
        self.first = first
        self.way = way
        self.step = step
        self.note = note

    def do(self, gopher: int, what: str) -> None:
        """Have a gopher of the crew do one of its four steps. What is
        noted says which step, and where: enough to see all of it
        again."""
        units = self.way if what in (MOVE, RETURN) else 1
        self.note(self.first + gopher, what, self.name)
        self.step(units)
        self.note(self.first + gopher, "finish", self.name)

    def load(
        self, gopher: int, pile: Place, empty: Place, full: Place
    ) -> None:
        """Fill carts until the pile is gone."""
        for load in each(pile):
            empty.get()
            self.do(gopher, LOAD)
            full.put(load)
        full.put(None)

    def push(
        self, gopher: int, what: str, here: Place, there: Place
    ) -> None:
        """Take carts from one end of the way to the other."""
        for cart in each(here):
            self.do(gopher, what)
            there.put(cart)

    def unload(
        self, gopher: int, there: Place, back: Place, to: Place
    ) -> None:
        """Empty carts until no more come."""
        for load in each(there):
            self.do(gopher, UNLOAD)
            to.put(load)
            back.put(EMPTY)
        back.put(None)


# What is on an empty cart.
EMPTY = -1


def each(place: Place) -> Iterator[int]:
    """Take what is in a place until no more will come. That is said
    only once, so who hears it tells the next."""
    while True:
        load = place.get()
        if load is None:
            place.put(None)
            return
        yield load


def run(
    loads: int, way: int, step: Step, note: Note, crews: int, crew: Crew
) -> list[int]:
    """Give each of so many equal crews a part of the loads, as a pile
    of its own, and keep what comes out of the incinerators."""
    gophers, carry = crew
    fire: Place = queue.Queue()

    def work(i: int) -> None:
        mine = pile(i * loads // crews, (i + 1) * loads // crews)
        name, first = chr(ord("A") + i), i * gophers
        carry(Site(name, first, way, step, note), mine, fire)
        fire.put(None)

    threads = start(crews, work)
    burnt: list[int] = []
    while crews:
        load = fire.get()
        if load is None:
            crews -= 1
            continue
        if not burnt:
            note(0, "mark", "first-burnt")
        burnt.append(load)
    for thread in threads:
        thread.join()
    return burnt


def pile(start: int, stop: int) -> Place:
    """A place with the loads of these numbers, to which no more will
    come."""
    loads: Place = queue.Queue()
    for load in range(start, stop):
        loads.put(load)
    loads.put(None)
    return loads


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
                site.load(gopher, pile, empty, full)
            elif gopher == 1:
                for cart in each(full):
                    site.do(gopher, MOVE)
                    there.put(cart)
                    back.get()
                    site.do(gopher, RETURN)
                    empty.put(EMPTY)
                there.put(None)
            else:
                site.unload(gopher, there, back, to)

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
                site.load(gopher, pile, empty, full)
            elif gopher == 1:
                site.push(gopher, MOVE, full, there)
                there.put(None)
            elif gopher == 2:
                site.unload(gopher, there, back, to)
            else:
                site.push(gopher, RETURN, back, empty)

        together(4, work)

    return 4, carry


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


# From here on Python has its own: one thread whose tasks take turns.


def four_tasks(
    loads: int, way: int, unit: Seconds, note: Note
) -> list[int]:
    """The same four gophers as tasks, which never run at the same
    time."""

    async def main() -> list[int]:
        empty, full, there, back = (
            asyncio.Queue["int | None"]() for _ in range(4)
        )
        burnt: list[int] = []

        async def do(gopher: int, what: str) -> None:
            note(gopher, what, "A")
            units = way if what in (MOVE, RETURN) else 1
            await asyncio.sleep(units * unit)
            note(gopher, "finish", "A")

        async def load() -> None:
            for number in range(loads):
                await empty.get()
                await do(0, LOAD)
                full.put_nowait(number)
            full.put_nowait(None)

        async def move() -> None:
            while (cart := await full.get()) is not None:
                await do(1, MOVE)
                there.put_nowait(cart)
            there.put_nowait(None)

        async def unload() -> None:
            while (cart := await there.get()) is not None:
                await do(2, UNLOAD)
                if not burnt:
                    note(0, "mark", "first-burnt")
                burnt.append(cart)
                back.put_nowait(EMPTY)
            back.put_nowait(None)

        async def bring_back() -> None:
            while (cart := await back.get()) is not None:
                await do(3, RETURN)
                empty.put_nowait(cart)

        for _ in range(4):
            empty.put_nowait(EMPTY)
        await asyncio.gather(load(), move(), unload(), bring_back())
        return burnt

    return asyncio.run(main())


# The steps of a design may wait, as the talk's do, or compute.


def waits(
    design: Callable[..., list[int]],
    loads: int,
    way: int,
    unit: Seconds,
    note: Note,
) -> list[int]:
    return design(loads, way, waiting(unit), note)


def computes(
    design: Callable[..., list[int]],
    loads: int,
    way: int,
    work: int,
    note: Note,
) -> list[int]:
    return design(loads, way, computing(work), note)


# Whichever design, the answer is what was burnt.
result = answer

VARIANTS = {
    "one": (waits, one),
    "shared-cart": (waits, shared_cart),
    "two-carts": (waits, two_carts),
    "two-piles": (waits, two_piles),
    "three": (waits, three),
    "four": (waits, four),
    "four-asyncio": four_tasks,
    "eight": (waits, eight),
    "staging": (waits, staging),
    "two-staging": (waits, two_staging),
    "staging-eight": (waits, staging_eight),
    "sixteen": (waits, sixteen),
    "one-computing": (computes, one),
    "two-piles-computing": (computes, two_piles),
    "four-computing": (computes, four),
}
