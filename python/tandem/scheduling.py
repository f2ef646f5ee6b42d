"""Shows who runs when: five workers print a letter each, many times,
and the order on the page tells how they took turns.

Its one decision: the page is the result. What differs between the
variants is only what a worker does between two letters, and who
decides when another one has its turn.

It is read beside go/scheduling/scheduling.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import sys
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tandem.events import Note
    from tandem.topics import Seconds, Work

# The letters that are printed, each by a worker of its own.
WORKERS = "ABCDE"


def counts(order: str) -> str:
    """Say how often each letter stands in the order: the same in every
    variant, whatever the order is."""
    return " ".join(f"{each}={order.count(each)}" for each in WORKERS)


def longest_run(order: str) -> int:
    """The most letters that one worker printed before another had its
    turn."""
    return max(len(list(run)) for _, run in itertools.groupby(order))


def switches(order: str) -> int:
    """How often a letter is followed by another worker's."""
    return sum(a != b for a, b in zip(order, order[1:]))


def first(order: str) -> int:
    """The number, from 0, of the worker that printed first."""
    return WORKERS.index(order[0])


def work(steps: int) -> int:
    """Keep the processor busy for so many steps. It calls nothing that
    waits, so nothing in it offers the processor to another worker: who
    takes it away in the middle must do so by force."""
    total = 0
    for _ in range(steps):
        total += 1
    return total


def steps_in(duration: float) -> int:
    """About how many steps of work fill a time, on this machine and in
    this language. Turns are given out by time, so a worker must be busy
    for the same time in both languages, not for the same steps. The
    fastest of a few tries is the one that others disturbed least."""
    enough = 0.001
    steps = 1000
    took = time_of(steps)
    while took < enough:
        steps *= 2
        took = time_of(steps)
    for _ in range(4):
        took = min(took, time_of(steps))
    return int(steps * duration / took)


def time_of(steps: int) -> float:
    """How long so many steps of work take now."""
    start = time.perf_counter()
    work(steps)
    return time.perf_counter() - start


class Page:
    """What all workers print on. To append to a list is one step that
    no other thread can tear apart, so that no worker waits for another:
    a lock would have a say in who runs next."""

    def __init__(self, letters: int, note: Note) -> None:
        self._letters: list[str] = []
        self._note = note

    def print(self, worker: int) -> None:
        """Put a worker's letter on the page."""
        self._letters.append(WORKERS[worker])
        self._note(worker, "print", WORKERS[worker])

    def __str__(self) -> str:
        """What stands on the page, once all workers are done."""
        return "".join(self._letters)


def sequential(letters: int, steps: int, note: Note) -> str:
    """Let one worker after the other print all its letters."""
    page = Page(letters, note)
    for worker in range(len(WORKERS)):
        for _ in range(letters):
            page.print(worker)
            work(steps)
    return str(page)


def sleeping(letters: int, unit: Seconds, note: Note) -> str:
    """All workers at once, in threads, and each sleeps after each
    letter. Who sleeps gives up the interpreter's lock, so the next one
    gets it."""
    return together(letters, functools.partial(time.sleep, unit), note)


def running(letters: int, steps: int, note: Note) -> str:
    """The same without the sleep: a worker computes after each letter
    and never offers the lock to another. Where there is one, it is
    taken away when others have waited for the switch interval."""
    return together(letters, functools.partial(work, steps), note)


# From here on each language has its own.


def running_switch(
    letters: int, steps: int, switch: float, note: Note
) -> str:
    """The same as running, with another switch interval."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(switch)
    try:
        return running(letters, steps, note)
    finally:
        sys.setswitchinterval(before)


def together(
    letters: int, between: Callable[[], object], note: Note
) -> str:
    """Start a thread for each worker and wait for all."""
    page = Page(letters, note)

    def worker(number: int) -> None:
        for _ in range(letters):
            page.print(number)
            between()

    threads = [
        threading.Thread(target=worker, args=(number,))
        for number in range(len(WORKERS))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return str(page)


def tasks_sleeping(letters: int, unit: Seconds, note: Note) -> str:
    """All workers at once, in tasks of one thread, and each awaits a
    sleep after each letter. An await that has to wait is the only place
    where a task lets others run."""
    return asyncio.run(
        tasks(letters, functools.partial(asyncio.sleep, unit), note)
    )


def tasks_yielding(letters: int, steps: int, note: Note) -> str:
    """The same, but a worker computes after each letter and then
    offers the thread to the others: a sleep of 0 does just that."""

    async def between() -> None:
        work(steps)
        await asyncio.sleep(0)

    return asyncio.run(tasks(letters, between, note))


def tasks_running(letters: int, steps: int, note: Note) -> str:
    """The same, but a worker never offers the thread to the others.
    Nobody takes it away: an await that need not wait does not stop."""

    async def between() -> None:
        work(steps)

    return asyncio.run(tasks(letters, between, note))


async def tasks(
    letters: int, between: Callable[[], Awaitable[None]], note: Note
) -> str:
    """Start a task for each worker and wait for all."""
    page = Page(letters, note)

    async def worker(number: int) -> None:
        for _ in range(letters):
            page.print(number)
            await between()

    await asyncio.gather(*map(worker, range(len(WORKERS))))
    return str(page)


def busy(
    function: Callable[..., str], letters: int, work: Seconds
) -> Work:
    """Find out how many steps fill the time, before the clock runs."""
    steps = steps_in(work)
    return lambda note: function(letters, steps, note)


def busy_switch(letters: int, work: Seconds, switch: Seconds) -> Work:
    """The same for running_switch."""
    steps = steps_in(work)
    return lambda note: running_switch(letters, steps, switch, note)


def briefly(letters: int, note: Note) -> str:
    """Run with nothing to do between two letters."""
    return running(letters, 0, note)


def result(order: str) -> tuple[str, dict[str, float]]:
    """The answer, and what the order tells."""
    return counts(order), {
        "longest_run": longest_run(order),
        "switches": switches(order),
        "first_worker": first(order),
    }


VARIANTS = {
    "sequential": (busy, sequential),
    "sleeping": sleeping,
    "running-briefly": briefly,
    "running": (busy, running),
    "running-switch": busy_switch,
    "asyncio-sleeping": tasks_sleeping,
    "asyncio-yielding": (busy, tasks_yielding),
    "asyncio-running": (busy, tasks_running),
}
