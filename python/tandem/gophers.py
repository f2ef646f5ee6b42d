"""Moves a pile of obsolete manuals into an incinerator, cart by cart,
as the gophers of Rob Pike's talk do, in each of its designs.

Its one decision: a crew is a function from one place to another, and
places are queues of loads. So crews compose: two of them side by side
are twice as many gophers, two in a row have a staging pile in between.
Nothing in a crew knows how many of it there are, nor on how many cores
they run. The crews stand in gophers_crews.py.

It is read beside go/gophers/gophers.go: same names, same order.
"""

from __future__ import annotations

import queue

from tandem.gophers_crews import (
    alone,
    meeting,
    quartet,
    sharing,
    staged,
    start,
    trio,
)
from tandem.gophers_site import Job, answer, computes, pile, waits
from tandem.gophers_tasks import four_tasks

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.gophers_site import Crew, Place


def one(job: Job) -> list[int]:
    """Have one gopher do everything."""
    return run(job, 1, alone())


def shared_cart(job: Job) -> list[int]:
    """Have two gophers and one cart, so one of them always waits."""
    return run(job, 1, sharing())


def two_carts(job: Job) -> list[int]:
    """Have two gophers with a cart each, who meet at the pile and at
    the incinerator, where only one can be at a time."""
    return run(job, 1, meeting())


def two_piles(job: Job) -> list[int]:
    """Double everything: two gophers who never meet."""
    return run(job, 2, alone())


def three(job: Job) -> list[int]:
    """Have one gopher load, one move carts in both directions, and one
    unload. The one in the middle has two steps to do, so others
    wait."""
    return run(job, 1, trio())


def four(job: Job) -> list[int]:
    """Add a gopher who returns the empty carts: one step for each."""
    return run(job, 1, quartet())


def eight(job: Job) -> list[int]:
    """Have four side by side with another four."""
    return run(job, 2, quartet())


def staging(job: Job) -> list[int]:
    """Have two gophers in a row, with a staging pile halfway. Each way
    is half as long, but books are loaded and unloaded twice."""
    return run(job, 1, staged(alone()))


def two_staging(job: Job) -> list[int]:
    """Have that side by side with another one: four gophers."""
    return run(job, 2, staged(alone()))


def staging_eight(job: Job) -> list[int]:
    """Have four in a row with another four."""
    return run(job, 1, staged(quartet()))


def sixteen(job: Job) -> list[int]:
    """Use it all: a staging pile in the middle, four gophers on either
    side of it, and all of that twice."""
    return run(job, 2, staged(quartet()))


def run(job: Job, crews: int, crew: Crew) -> list[int]:
    """Give each of so many equal crews a part of the loads, as a pile
    of its own, and keep what comes out of the incinerators."""
    carry = crew[1]
    fire: Place = queue.Queue()

    def work(i: int) -> None:
        mine = pile(
            i * job.loads // crews, (i + 1) * job.loads // crews
        )
        carry(job.site(i, crew), mine, fire)
        fire.put(None)

    threads = start(crews, work)
    burnt: list[int] = []
    while crews:
        load = fire.get()
        if load is None:
            crews -= 1
            continue
        if not burnt:
            job.note(0, "mark", "first-burnt")
        burnt.append(load)
    for thread in threads:
        thread.join()
    return burnt


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
