"""Asks for each URL of a list and says what came of it: work that
waits for the network and does little else.

Its one decision: the variants differ only in how checks wait at once.
One deadline holds for a whole check, from the connection to the body's
last byte, and no check follows a redirect. What one check comes to
stands in urlcheck_http.py.

It is read beside go/urlcheck/urlcheck.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import functools
import multiprocessing.pool
import multiprocessing.sharedctypes
import threading

from tandem.pools import joined
from tandem.urlcheck_http import (
    FAILED,
    Keeper,
    Result,
    answer,
    check,
    name,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from aiohttp import ClientSession

    from tandem.events import Note
    from tandem.processes import Start
    from tandem.topics import Seconds, Work

__all__ = [
    "FAILED", "Result", "answer", "check", "coroutines",
    "imap_unordered", "lanes", "name", "processes", "sequential",
    "threads", "threads_keep_alive",
]  # fmt: skip


def lanes(urls: Sequence[str], workers: int) -> int:
    """How many of the workers have something to do."""
    return min(workers, max(len(urls), 1))


# What a worker knows: a thread, or the only one of a process.
_me = threading.local()


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
    enter = (multiprocessing.Value("i"), note)
    work = functools.partial(_noted, check, timeout)
    made = multiprocessing.pool.ThreadPool(workers, _enter, enter)
    with joined(made) as pool:
        return pool.map(work, targets)


def threads_keep_alive(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """The same, but each thread keeps its connections."""
    workers = lanes(targets, workers)
    kept: list[Keeper] = []
    enter = (multiprocessing.Value("i"), note, kept)
    work = functools.partial(_noted, _check_keeping, timeout)
    made = multiprocessing.pool.ThreadPool(workers, _enter, enter)
    with joined(made) as pool:
        results = pool.map(work, targets)
    for keeper in kept:
        keeper.close()
    return results


def _check_keeping(url: str, timeout: float) -> Result:
    """As check, on a connection that the thread keeps for the next."""
    result: Result = _me.keeper.check(url, timeout)
    return result


def processes(
    targets: Sequence[str],
    workers: int,
    timeout: Seconds,
    start: Start,
    note: Note,
) -> list[Result]:
    """Make the checks in a pool of processes: all results come at the
    end."""
    workers = lanes(targets, workers)
    enter = (multiprocessing.Value("i"), note)
    work = functools.partial(_noted, check, timeout)
    with joined(start.Pool(workers, _enter_process, enter)) as pool:
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
    enter = (multiprocessing.Value("i"), note)
    work = functools.partial(_numbered, timeout)
    results = [Result(0, FAILED)] * len(targets)
    with joined(start.Pool(workers, _enter_process, enter)) as pool:
        for i, result in pool.imap_unordered(work, enumerate(targets)):
            results[i] = result
    return results


def _enter(
    count: Any, note: Note, kept: list[Keeper] | None = None
) -> None:
    """Begin a worker: give it its number."""
    with count.get_lock():
        _me.number = count.value
        count.value += 1
    _me.note = note
    if kept is not None:
        _me.keeper = Keeper()
        kept.append(_me.keeper)


def _enter_process(count: Any, note: Note) -> None:
    _enter(count, note)
    # The last one's note tells what the pool cost before all of it
    # could check.
    note(0, "mark", "pool-ready")


def _noted(
    check: Callable[[str, float], Result], timeout: float, url: str
) -> Result:
    _me.note(_me.number, "start", name(url))
    result = check(url, timeout)
    _me.note(_me.number, "finish", name(url))
    return result


def _numbered(
    timeout: float, job: tuple[int, str]
) -> tuple[int, Result]:
    i, url = job
    return i, _noted(check, timeout, url)


async def coroutines(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """Make the checks in coroutines of one thread, with aiohttp, which
    keeps connections. The coroutines share the list: who is free takes
    the next URL."""
    from tandem.urlcheck_aiohttp import check_in, session

    async def work(client: ClientSession, number: int) -> None:
        for i, url in jobs:
            note(number, "start", name(url))
            results[i] = await check_in(client, url)
            note(number, "finish", name(url))

    workers = lanes(targets, workers)
    results = [Result(0, FAILED)] * len(targets)
    jobs = iter(enumerate(targets))
    async with session(workers, timeout) as client:
        await asyncio.gather(
            *(work(client, number) for number in range(workers))
        )
    return results


# The sum of all results, whatever the variant.
result = answer


def with_aiohttp(
    targets: Sequence[str], workers: int, timeout: Seconds
) -> Work:
    """Coroutines, with aiohttp imported before the clock runs."""
    from tandem import urlcheck_aiohttp  # noqa: F401

    return lambda note: asyncio.run(
        coroutines(targets, workers, timeout, note)
    )


VARIANTS = {
    "sequential": sequential,
    "threads": threads,
    "threads-keep-alive": threads_keep_alive,
    "processes": processes,
    "imap-unordered": imap_unordered,
    "asyncio": with_aiohttp,
}
