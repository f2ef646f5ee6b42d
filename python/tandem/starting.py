"""Starts workers that have nothing to do, and waits for them: what is
left is what it costs to have them.

Its one decision: each variant starts the same number of workers from
nothing, gives each one empty task, and leaves none behind.

It is read beside go/starting/starting.go: same names, same order.
"""

from __future__ import annotations

import multiprocessing
from functools import partial
from multiprocessing.pool import ThreadPool

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from multiprocessing.pool import Pool

    from tandem.events import Note


def check(workers: int) -> None:
    """Say what is wrong with the number of workers."""
    if workers < 1:
        raise ValueError(f"workers is {workers}, want at least 1")


def task(worker: int, note: Note) -> int:
    """What each worker does: nothing. It returns 1, so that the answer
    is how many were done."""
    note(worker, "start", "task")
    note(worker, "finish", "task")
    return 1


def threads(workers: int, note: Note) -> int:
    """Start a pool of threads, each one of the operating system's."""
    check(workers)
    return together(ThreadPool(workers), workers, note)


# From here on each language has its own: three ways to start a pool of
# processes. Each is asked for by name, for the default is not the same
# everywhere.


def fork(workers: int, note: Note) -> int:
    """Copy this process, with all that it has imported."""
    check(workers)
    pool = multiprocessing.get_context("fork").Pool(workers)
    return together(pool, workers, note)


def forkserver(workers: int, note: Note) -> int:
    """Have a small process started, and copy that."""
    check(workers)
    pool = multiprocessing.get_context("forkserver").Pool(workers)
    return together(pool, workers, note)


def spawn(workers: int, note: Note) -> int:
    """Start a new interpreter for each, which imports what it needs."""
    check(workers)
    pool = multiprocessing.get_context("spawn").Pool(workers)
    return together(pool, workers, note)


def together(pool: Pool, workers: int, note: Note) -> int:
    """Have a pool do the tasks, close it, and wait until all its
    workers are gone."""
    with pool:
        done = pool.map(partial(task, note=note), range(workers), 1)
        note(0, "mark", "first-map")
        pool.close()
        pool.join()
    return sum(done)
