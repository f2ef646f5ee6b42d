"""Shows when each result reaches the one who asked for it: all in the
end, in the order asked for, or as completed.

Its one decision: the tasks sleep for a known number of units, so the
only thing that can differ is how their results are collected.

It is read beside go/collecting/collecting.go: same names, same order.
"""

from __future__ import annotations

import functools

from tandem.collecting_jobs import answer, jobs, reach, work
from tandem.collecting_pools import from_processes, threads

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterable

    from tandem.collecting_jobs import Job
    from tandem.collecting_pools import MakePool
    from tandem.events import Note
    from tandem.topics import Seconds


# Every variant returns the results in the order in which they reached
# the caller. When the caller is free to do something else after it has
# handed out the work, it leaves a mark.

FREE = (0, "mark", "caller-free")


def sequential(tasks: str, unit: Seconds, note: Note) -> list[int]:
    """Do one task after the other."""
    reached = [
        reach(work(job, unit, note), note) for job in jobs(tasks)
    ]
    note(*FREE)
    return reached


def all_at_once(
    pool: MakePool,
    tasks: str,
    workers: int,
    unit: Seconds,
    note: Note,
) -> list[int]:
    """Collect with map: it makes a list of all results and returns
    when the last one is there."""
    do = functools.partial(work, unit=unit, note=note)
    with pool(workers, note) as made:
        results = made.map(do, jobs(tasks))
        note(*FREE)
        return collect(results, note)


def in_order(
    pool: MakePool,
    tasks: str,
    workers: int,
    unit: Seconds,
    note: Note,
) -> list[int]:
    """Collect with imap: it yields the results one by one. Each comes
    as soon as it and all before it are there."""
    do = functools.partial(work, unit=unit, note=note)
    with pool(workers, note) as made:
        results = made.imap(do, jobs(tasks))
        note(*FREE)
        return collect(results, note)


def as_completed(
    pool: MakePool,
    tasks: str,
    workers: int,
    unit: Seconds,
    note: Note,
) -> list[int]:
    """Collect with imap_unordered: it yields whichever result is there
    first."""
    do = functools.partial(work, unit=unit, note=note)
    with pool(workers, note) as made:
        results = made.imap_unordered(do, jobs(tasks))
        note(*FREE)
        return collect(results, note)


# From here on each language has its own.


def all_at_once_later(
    pool: MakePool,
    tasks: str,
    workers: int,
    unit: Seconds,
    note: Note,
) -> list[int]:
    """Collect with map_async: the caller is free at once, and calls
    get when it wants the results. There are none before all are there:
    map is this with the get right behind it."""
    do = functools.partial(work, unit=unit, note=note)
    with pool(workers, note) as made:
        pending = made.map_async(do, jobs(tasks))
        note(*FREE)
        return collect(pending.get(), note)


def collect(results: Iterable[Job], note: Note) -> list[int]:
    """Take each result as soon as it can be had."""
    return [reach(job, note) for job in results]


# The answer does not depend on what came first.
result = answer

VARIANTS = {
    "sequential": sequential,
    "map": (from_processes, all_at_once),
    "map-async": (from_processes, all_at_once_later),
    "imap": (from_processes, in_order),
    "imap-unordered": (from_processes, as_completed),
    "thread-map": (all_at_once, threads),
    "thread-map-async": (all_at_once_later, threads),
    "thread-imap": (in_order, threads),
    "thread-imap-unordered": (as_completed, threads),
}
