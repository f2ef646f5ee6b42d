"""Counts from 0 to n, split into chunks: work that needs the
processor and nothing else.

It is read beside go/counting/counting.go: same names, same order.
"""

from __future__ import annotations

import concurrent.futures
import functools
import multiprocessing.pool

import tandem.interpreters
from tandem.pools import READY, joined

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.processes import Start

    # A share of the count: its number from 0, and how many of the n
    # steps it has. It does not matter which ones, for they are all
    # alike.
    Chunk = tuple[int, int]


def chunks(n: int, workers: int) -> list[Chunk]:
    """Deal n steps out into one chunk a worker. The first chunks take
    the remainder; with more workers than steps the last are empty."""
    size, rest = divmod(n, workers)
    return [(i, size + (i < rest)) for i in range(workers)]


def count(chunk: Chunk, note: Note) -> int:
    """Take every step of a chunk, one at a time, and return how many
    it took. It is the plainest loop that each language has: Python
    interprets each step, unless a compiler such as PyPy's helps."""
    number, size = chunk
    note(number, "start", "count")
    total = 0
    for _ in range(size):
        total += 1
    note(number, "finish", "count")
    return total


def sequential(n: int, note: Note) -> int:
    """Count in one loop."""
    (chunk,) = chunks(n, 1)
    return count(chunk, note)


# From here on each language has its own kinds of concurrency. These
# six differ in who counts, threads or processes, and in how the counts
# come back.


def threads(n: int, workers: int, note: Note) -> int:
    """Count in a pool of threads."""
    jobs = chunks(n, workers)
    work = functools.partial(count, note=note)
    with joined(multiprocessing.pool.ThreadPool(workers)) as pool:
        return sum(pool.map(work, jobs))


def processes(n: int, workers: int, start: Start, note: Note) -> int:
    """Count in a pool of processes: all counts come at the end."""
    jobs = chunks(n, workers)
    work = functools.partial(count, note=note)
    with joined(start.Pool(workers, note, READY)) as pool:
        return sum(pool.map(work, jobs))


def imap(n: int, workers: int, start: Start, note: Note) -> int:
    """The same, but the counts come one by one, in order."""
    jobs = chunks(n, workers)
    work = functools.partial(count, note=note)
    with joined(start.Pool(workers, note, READY)) as pool:
        return sum(pool.imap(work, jobs))


def imap_unordered(
    n: int, workers: int, start: Start, note: Note
) -> int:
    """The same, but the counts come as they are completed."""
    jobs = chunks(n, workers)
    work = functools.partial(count, note=note)
    with joined(start.Pool(workers, note, READY)) as pool:
        return sum(pool.imap_unordered(work, jobs))


def executor_threads(n: int, workers: int, note: Note) -> int:
    """Count in threads of the newer interface."""
    jobs = chunks(n, workers)
    work = functools.partial(count, note=note)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(work, jobs))


def executor_processes(
    n: int, workers: int, start: Start, note: Note
) -> int:
    """Count in processes of the newer interface."""
    jobs = chunks(n, workers)
    work = functools.partial(count, note=note)
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, start, note, READY
    )
    with pool:
        return sum(pool.map(work, jobs))


def interpreters(n: int, workers: int, note: Note) -> int:
    """Count in interpreters of one process."""
    jobs = chunks(n, workers)
    work = functools.partial(count, note=note)
    with tandem.interpreters.pool(workers) as pool:
        return sum(pool.map(work, jobs))


VARIANTS = {
    "sequential": sequential,
    "threads": threads,
    "processes": processes,
    "imap": imap,
    "imap-unordered": imap_unordered,
    "executor-threads": executor_threads,
    "executor-processes": executor_processes,
    "interpreters": interpreters,
}
