"""Computes the Fibonacci numbers 0 to n in a pool of workers, each by
the plain recursion.

Its one decision: one job is one number, so the jobs are as unequal as
can be. The longest takes as long as phi squared, some 2.618, of it are
in all: no number of workers can make it faster than that.

It is read beside go/fibonacci/fibonacci.go: same names, same order.
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


def fib(n: int) -> int:
    """The nth Fibonacci number, computed so that it takes long."""
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def work(job: int, note: Note) -> int:
    """Do one job."""
    note(job, "start", "fib")
    result = fib(job)
    note(job, "finish", "fib")
    return result


def sequential(n: int, note: Note) -> int:
    """Compute one number after the other. Like all others it returns
    their sum."""
    return sum(work(job, note) for job in range(n + 1))


# From here on each language has its own kinds of workers. A pool hands
# out the jobs and collects the results by itself. It is not map that
# collects here: map would put the longest jobs, which stand next to
# each other, into one chunk for one worker.


def threads(n: int, workers: int, note: Note) -> int:
    """Have threads take the jobs one by one."""
    do = functools.partial(work, note=note)
    with joined(multiprocessing.pool.ThreadPool(workers)) as pool:
        return sum(pool.imap_unordered(do, range(n + 1)))


def processes(n: int, workers: int, start: Start, note: Note) -> int:
    """The same in processes."""
    do = functools.partial(work, note=note)
    with joined(start.Pool(workers, note, READY)) as pool:
        return sum(pool.imap_unordered(do, range(n + 1)))


def executor_threads(n: int, workers: int, note: Note) -> int:
    """Have threads of the newer interface take them. Its map makes no
    chunks unless it is asked to."""
    do = functools.partial(work, note=note)
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        return sum(pool.map(do, range(n + 1)))


def executor_processes(
    n: int, workers: int, start: Start, note: Note
) -> int:
    """The same in processes."""
    do = functools.partial(work, note=note)
    pool = concurrent.futures.ProcessPoolExecutor(
        workers, start, note, READY
    )
    with pool:
        return sum(pool.map(do, range(n + 1)))


def interpreters(n: int, workers: int, note: Note) -> int:
    """The same in interpreters of one process."""
    do = functools.partial(work, note=note)
    with tandem.interpreters.pool(workers) as pool:
        return sum(pool.map(do, range(n + 1)))


VARIANTS = {
    "sequential": sequential,
    "threads": threads,
    "processes": processes,
    "executor-threads": executor_threads,
    "executor-processes": executor_processes,
    "interpreters": interpreters,
}
