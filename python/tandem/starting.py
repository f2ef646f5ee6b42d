"""Starts workers that have nothing to do, and waits for them: what is
left is what it costs to have them.

Its one decision: each variant starts the same number of workers from
nothing, gives each one empty task, and leaves none behind.

It is read beside go/starting/starting.go: same names, same order.
"""

from __future__ import annotations

import functools
import multiprocessing.pool

import tandem.interpreters
from tandem import processes

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.topics import Work


def task(worker: int, note: Note) -> int:
    """What each worker does: nothing. It returns 1, so that the answer
    is how many were done."""
    note(worker, "start", "task")
    note(worker, "finish", "task")
    return 1


def threads(workers: int, note: Note) -> int:
    """Start a pool of threads, each one of the operating system's."""
    return together(
        multiprocessing.pool.ThreadPool(workers), workers, note
    )


# From here on each language has its own.


def started(method: str, workers: int) -> Work:
    """Start a pool of processes. fork copies this one, with all that it
    has imported; forkserver has a small one started, and copies that;
    spawn starts a new interpreter for each, which imports what it
    needs."""
    start = processes.start(method)
    return lambda note: together(start.Pool(workers), workers, note)


def interpreters(workers: int, note: Note) -> int:
    """Start a pool of threads with an interpreter each."""
    with tandem.interpreters.pool(workers) as pool:
        do = functools.partial(task, note=note)
        done = sum(pool.map(do, range(workers)))
        note(0, "mark", "first-map")
    return done


def together(
    pool: multiprocessing.pool.Pool, workers: int, note: Note
) -> int:
    """Have a pool do the tasks, close it, and wait until all its
    workers are gone."""
    with pool:
        done = pool.map(
            functools.partial(task, note=note), range(workers), 1
        )
        note(0, "mark", "first-map")
        pool.close()
        pool.join()
    return sum(done)


VARIANTS = {
    "threads": threads,
    "fork": (started, "fork"),
    "forkserver": (started, "forkserver"),
    "spawn": (started, "spawn"),
    "interpreters": interpreters,
}
