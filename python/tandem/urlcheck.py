"""Asks for each URL of a list and says what came of it: work that
waits for the network and does little else.

Its one decision: the variants differ only in how checks wait at once.
One deadline holds for a whole check, from the connection to the body's
last byte, and no check follows a redirect. What one check comes to
stands in urlcheck_http.py; what workers do, in urlcheck_workers.py.

It is read beside go/urlcheck/urlcheck.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import functools
import multiprocessing.pool
import multiprocessing.sharedctypes

from tandem.pools import joined
from tandem.urlcheck_http import (
    FAILED,
    Keeper,
    Result,
    answer,
    check,
    name,
)
from tandem.urlcheck_workers import (
    check_keeping,
    coroutines,
    enter,
    enter_process,
    noted,
    numbered,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tandem.events import Note
    from tandem.processes import Start
    from tandem.topics import Seconds, Work


def lanes(urls: Sequence[str], workers: int) -> int:
    """How many of the workers have something to do."""
    return min(workers, max(len(urls), 1))


def sequential(
    targets: Sequence[str], timeout: Seconds, note: Note
) -> list[Result]:
    """Make one check after the other."""
    results = []
    for url in targets:
        note(0, "start", name(url))
        results.append(check(url, timeout))
        note(0, "finish", name(url))
    return results


# From here on each language has its own kinds of concurrency.


def threads(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """Make the checks in a pool of threads."""
    workers = lanes(targets, workers)
    told = (multiprocessing.Value("i"), note)
    work = functools.partial(noted, check, timeout)
    made = multiprocessing.pool.ThreadPool(workers, enter, told)
    with joined(made) as pool:
        return pool.map(work, targets)


def threads_keep_alive(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """The same, but each thread keeps its connections."""
    workers = lanes(targets, workers)
    kept: list[Keeper] = []
    told = (multiprocessing.Value("i"), note, kept)
    work = functools.partial(noted, check_keeping, timeout)
    made = multiprocessing.pool.ThreadPool(workers, enter, told)
    with joined(made) as pool:
        results = pool.map(work, targets)
    for keeper in kept:
        keeper.close()
    return results


def processes(
    targets: Sequence[str],
    workers: int,
    timeout: Seconds,
    start: Start,
    note: Note,
) -> list[Result]:
    """Make the checks in a pool of processes: all come at the end."""
    workers = lanes(targets, workers)
    told = (multiprocessing.Value("i"), note)
    work = functools.partial(noted, check, timeout)
    with joined(start.Pool(workers, enter_process, told)) as pool:
        return pool.map(work, targets)


def imap_unordered(
    targets: Sequence[str],
    workers: int,
    timeout: Seconds,
    start: Start,
    note: Note,
) -> list[Result]:
    """The same, but each result comes as it is completed, with its
    number: in any order."""
    workers = lanes(targets, workers)
    told = (multiprocessing.Value("i"), note)
    work = functools.partial(numbered, timeout)
    results = [Result(0, FAILED)] * len(targets)
    with joined(start.Pool(workers, enter_process, told)) as pool:
        for i, result in pool.imap_unordered(work, enumerate(targets)):
            results[i] = result
    return results


# The sum of all results, whatever the variant.
result = answer


def with_aiohttp(
    targets: Sequence[str], workers: int, timeout: Seconds
) -> Work:
    """Coroutines, with aiohttp imported before the clock runs."""
    from tandem import urlcheck_aiohttp  # noqa: F401

    work = (targets, lanes(targets, workers), timeout)
    return lambda note: asyncio.run(coroutines(*work, note))


VARIANTS = {
    "sequential": sequential,
    "threads": threads,
    "threads-keep-alive": threads_keep_alive,
    "processes": processes,
    "imap-unordered": imap_unordered,
    "asyncio": with_aiohttp,
}
