"""Starts workers that have nothing to do, and waits for them: what is
left is what it costs to have them.

Its one decision: each variant starts the same number of workers from
nothing, gives each one empty task, and leaves none behind.

It is read beside go/starting/starting.go: same names, same order.
"""

from __future__ import annotations

import functools
import multiprocessing.pool

from tandem.topics import Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note


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


# From here on each language has its own: three ways to start a pool of
# processes. Each is asked for by name, for the default is not the same
# everywhere.


def fork(workers: int, note: Note) -> int:
    """Copy this process, with all that it has imported."""
    return together(processes("fork", workers), workers, note)


def forkserver(workers: int, note: Note) -> int:
    """Have a small process started, and copy that."""
    return together(processes("forkserver", workers), workers, note)


def spawn(workers: int, note: Note) -> int:
    """Start a new interpreter for each, which imports what it needs."""
    return together(processes("spawn", workers), workers, note)


def processes(method: str, workers: int) -> multiprocessing.pool.Pool:
    """A pool that is started by a method, which a system may lack."""
    have = multiprocessing.get_all_start_methods()
    if method not in have:
        raise Skip(
            f"no start method {method} here: Python has "
            + ", ".join(have)
        )
    return multiprocessing.get_context(method).Pool(workers)


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
    "fork": fork,
    "forkserver": forkserver,
    "spawn": spawn,
}
