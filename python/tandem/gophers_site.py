"""Where the gophers work, what a step of theirs costs, and what was
burnt."""

from __future__ import annotations

import queue
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


class Job:
    """To burn so many loads, which go so long a way."""

    def __init__(
        self, loads: int, way: int, step: Step, note: Note
    ) -> None:
        self.loads, self.way = loads, way
        self.step, self.note = step, note

    def site(self, i: int, crew: Crew) -> Site:
        """Where the crew of this number works."""
        name, first = chr(ord("A") + i), i * crew[0]
        return Site(name, first, self.way, self.step, self.note)


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


def pile(start: int, stop: int) -> Place:
    """A place with the loads of these numbers, to which no more will
    come."""
    loads: Place = queue.Queue()
    for load in range(start, stop):
        loads.put(load)
    loads.put(None)
    return loads


# The steps of a design may wait, as the talk's do, or compute.


def waits(
    design: Callable[[Job], list[int]],
    loads: int,
    way: int,
    unit: Seconds,
    note: Note,
) -> list[int]:
    return design(Job(loads, way, waiting(unit), note))


def computes(
    design: Callable[[Job], list[int]],
    loads: int,
    way: int,
    work: int,
    note: Note,
) -> list[int]:
    return design(Job(loads, way, computing(work), note))
