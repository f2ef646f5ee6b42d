"""Asks for each URL of a list and says what came of it: work that
waits for the network and does little else.

Its one decision: the variants differ only in how checks wait at once.
One deadline holds for a whole check, from the connection to the body's
last byte, and no check follows a redirect. What one check comes to
stands in urlcheck_http.py.

It is read beside go/urlcheck/urlcheck.go: same names, same order.
"""

from __future__ import annotations

import multiprocessing
import threading
from functools import partial
from multiprocessing import Pool
from multiprocessing.pool import ThreadPool

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

__all__ = [
    "FAILED", "Result", "answer", "check", "coroutines",
    "imap_unordered", "lanes", "name", "processes", "sequential",
    "threads", "threads_keep_alive",
]  # fmt: skip


def lanes(urls: Sequence[str], workers: int) -> int:
    """How many of the workers have something to do."""
    if workers < 1:
        raise ValueError(f"workers is {workers}, want at least 1")
    return min(workers, max(len(urls), 1))


# What a worker knows: a thread, or the only one of a process.
_me = threading.local()


def sequential(
    urls: Sequence[str], timeout: float, note: Note
) -> list[Result]:
    """Make one check after the other."""
    results = []
    for url in urls:
        note(0, "start", name(url))
        results.append(check(url, timeout))
        note(0, "finish", name(url))
    return results


# From here on each language has its own kinds of concurrency.


def threads(
    urls: Sequence[str], workers: int, timeout: float, note: Note
) -> list[Result]:
    """Make the checks in a pool of threads."""
    workers = lanes(urls, workers)
    enter = (multiprocessing.Value("i"), note)
    work = partial(_noted, check, timeout)
    with ThreadPool(workers, _enter, enter) as pool:
        results = pool.map(work, urls)
        pool.close()
        pool.join()
    return results


def threads_keep_alive(
    urls: Sequence[str], workers: int, timeout: float, note: Note
) -> list[Result]:
    """The same, but each thread keeps its connections."""
    workers = lanes(urls, workers)
    kept: list[Keeper] = []
    enter = (multiprocessing.Value("i"), note, kept)
    work = partial(_noted, _check_keeping, timeout)
    with ThreadPool(workers, _enter, enter) as pool:
        results = pool.map(work, urls)
        pool.close()
        pool.join()
    for keeper in kept:
        keeper.close()
    return results


def _check_keeping(url: str, timeout: float) -> Result:
    """As check, on a connection that the thread keeps for the next."""
    result: Result = _me.keeper.check(url, timeout)
    return result


def processes(
    urls: Sequence[str], workers: int, timeout: float, note: Note
) -> list[Result]:
    """Make the checks in a pool of processes: all results come at the
    end."""
    workers = lanes(urls, workers)
    enter = (multiprocessing.Value("i"), note)
    work = partial(_noted, check, timeout)
    with Pool(workers, _enter_process, enter) as pool:
        results = pool.map(work, urls)
        pool.close()
        pool.join()
    return results


def imap_unordered(
    urls: Sequence[str], workers: int, timeout: float, note: Note
) -> list[Result]:
    """The same, but each result comes as it is completed, with its
    number: in any order."""
    workers = lanes(urls, workers)
    enter = (multiprocessing.Value("i"), note)
    work = partial(_numbered, timeout)
    results = [Result(0, FAILED)] * len(urls)
    with Pool(workers, _enter_process, enter) as pool:
        for i, result in pool.imap_unordered(work, enumerate(urls)):
            results[i] = result
        pool.close()
        pool.join()
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


def coroutines(
    urls: Sequence[str], workers: int, timeout: float, note: Note
) -> list[Result]:
    """Make the checks in coroutines of one thread, with aiohttp, which
    keeps connections. The coroutines share the list: who is free takes
    the next URL."""
    import asyncio

    from tandem.urlcheck_aiohttp import check_in, session

    async def work(client: ClientSession, number: int) -> None:
        for i, url in jobs:
            note(number, "start", name(url))
            results[i] = await check_in(client, url)
            note(number, "finish", name(url))

    async def work_all() -> None:
        async with session(workers, timeout) as client:
            await asyncio.gather(
                *(work(client, number) for number in range(workers))
            )

    workers = lanes(urls, workers)
    results = [Result(0, FAILED)] * len(urls)
    jobs = iter(enumerate(urls))
    asyncio.run(work_all())
    return results
