"""Checks URLs of several endpoints, some of which must be asked more
gently than others: each has a limit of its own.

Its one decision: the ways differ only in who waits while a limit is
reached. It may be a worker, or only the URL.

It is read beside go/dynpoolsites/dynpoolsites.go: same names, same
order.
"""

from __future__ import annotations

import threading
import time
from collections import namedtuple
from contextlib import asynccontextmanager
from queue import SimpleQueue

from tandem import dynpool, urlcheck

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import (
        AsyncIterator,
        Awaitable,
        Callable,
        Sequence,
    )
    from contextlib import AbstractAsyncContextManager

    from tandem.events import Note

    Check = Callable[[int], None]
    Fetch = Callable[[int], Awaitable[None]]
    Connect = Callable[[int], AbstractAsyncContextManager[Fetch]]

# What must not be asked by more than limit at once. The URLs are
# numbers: their places in a list.
Endpoint = namedtuple("Endpoint", "name urls limit")


def endpoints(urls: Sequence[str], limits: str) -> list[Endpoint]:
    """Sort URLs by the endpoint that they name. The limits, with spaces
    between, are for the endpoints in turn."""
    numbers = limits.split()
    found: dict[str, Endpoint] = {}
    for i, url in enumerate(urls):
        name = urlcheck.name(url)
        if name not in found:
            at = len(found)
            found[name] = Endpoint(name, [], limit(numbers, at))
        found[name].urls.append(i)
    return list(found.values())


def semaphores(
    endpoints: Sequence[Endpoint], workers: int, check: Check
) -> None:
    """Have all workers take URLs from one queue, an endpoint's after
    the other's. A worker waits with its URL in its hand until the
    endpoint may be asked, and cannot do anything else meanwhile."""
    enough(workers)
    jobs: SimpleQueue[tuple[int, threading.Semaphore] | None]
    jobs = SimpleQueue()

    def work() -> None:
        while job := jobs.get():
            url, asks = job
            with asks:
                check(url)

    for endpoint in endpoints:
        asks = threading.Semaphore(endpoint.limit)
        for url in endpoint.urls:
            jobs.put((url, asks))
    for _ in range(workers):
        jobs.put(None)
    pool = [threading.Thread(target=work) for _ in range(workers)]
    for worker in pool:
        worker.start()
    for worker in pool:
        worker.join()


def queues(
    endpoints: Sequence[Endpoint], workers: int, check: Check
) -> None:
    """Have workers who are sent the endpoints' queues, each as often as
    its limit says. A worker stays with an endpoint until it is done."""
    enough(workers)
    made = dynpool.Queues(workers)

    def do(e: Endpoint) -> None:
        made.do(len(e.urls), e.limit, lambda task: check(e.urls[task]))

    every = [threading.Thread(target=do, args=(e,)) for e in endpoints]
    for thread in every:
        thread.start()
    for thread in every:
        thread.join()
    made.close()


def pool(
    endpoints: Sequence[Endpoint], workers: int, check: Check
) -> None:
    """Make each endpoint a job of one pool of threads. A worker never
    waits for an endpoint: it goes where it may ask."""
    made = dynpool.Pool(workers)

    def start(e: Endpoint) -> dynpool.Job:
        return made.start(
            len(e.urls), e.limit, lambda task: check(e.urls[task])
        )

    try:
        for job in [start(e) for e in endpoints]:
            job.wait()
    finally:
        made.close()


def enough(workers: int) -> None:
    if workers < 1:
        raise ValueError(f"workers is {workers}, want at least 1")


def limit(limits: Sequence[str], at: int) -> int:
    if not limits:
        raise ValueError("limits is empty, want at least one")
    text = limits[at % len(limits)]
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f'a limit is "{text}", want at least 1')
    return int(text)


# From here on each language has its own.


def tasks(
    endpoints: Sequence[Endpoint], workers: int, connect: Connect
) -> None:
    """The same in a pool of asyncio's tasks: one thread, and one client
    for all of them."""
    import asyncio

    async def main() -> None:
        made = dynpool.TaskPool(workers)
        async with connect(workers) as fetch:

            def start(e: Endpoint) -> dynpool.TaskJob:
                return made.start(
                    len(e.urls),
                    e.limit,
                    lambda task: fetch(e.urls[task]),
                )

            for job in [start(e) for e in endpoints]:
                await job.wait()

    asyncio.run(main())


class Survey:
    """Makes checks, and counts how many are under way."""

    def __init__(
        self,
        urls: Sequence[str],
        endpoints: Sequence[Endpoint],
        timeout: float,
        note: Note,
    ) -> None:
        self.results = [urlcheck.Result(0, urlcheck.FAILED)] * len(urls)
        self._urls, self._timeout, self._note = urls, timeout, note
        self._of = {url: e for e in endpoints for url in e.urls}
        self._lock = threading.Lock()
        self._lanes: list[bool] = []  # of the timeline: whether taken
        self._now = dict.fromkeys((e.name for e in endpoints), 0)
        self._busy = 0.0  # seconds, of all checks
        self._began = time.perf_counter()
        self._all = self._most = 0
        self._most_of_limit = 0.0

    def check(self, url: int) -> None:
        """Check a URL."""
        lane = self._enter(url)
        self.results[url] = urlcheck.check(
            self._urls[url], self._timeout
        )
        self._leave(url, *lane)

    @asynccontextmanager
    async def connect(self, workers: int) -> AsyncIterator[Fetch]:
        """Give what checks a URL in a task of asyncio's, by a client
        for so many at once that is closed at the end."""
        from tandem.urlcheck_aiohttp import check_in, session

        async with session(workers, self._timeout) as client:

            async def fetch(url: int) -> None:
                lane = self._enter(url)
                self.results[url] = await check_in(
                    client, self._urls[url]
                )
                self._leave(url, *lane)

            yield fetch

    def metrics(self) -> dict[str, float]:
        """How many checks were under way at most, and on average; and
        how many of an endpoint's at most, as a share of its limit,
        which is above 1 where one was exceeded."""
        elapsed = time.perf_counter() - self._began
        return {
            "most_at_once": self._most,
            "mean_at_once": self._busy / elapsed,
            "most_of_limit": self._most_of_limit,
        }

    def _enter(self, url: int) -> tuple[int, float]:
        """Count one more. Return the first lane of the timeline that is
        free, and the time."""
        name, _, limit = self._of[url]
        began = time.perf_counter()
        with self._lock:
            self._all += 1
            self._now[name] += 1
            self._most = max(self._most, self._all)
            share = self._now[name] / limit
            self._most_of_limit = max(self._most_of_limit, share)
            if all(self._lanes):
                self._lanes.append(False)
            lane = self._lanes.index(False)
            self._lanes[lane] = True
        self._note(lane, "start", name)
        return lane, began

    def _leave(self, url: int, lane: int, began: float) -> None:
        name = self._of[url].name
        self._note(lane, "finish", name)
        took = time.perf_counter() - began
        with self._lock:
            self._all -= 1
            self._now[name] -= 1
            self._lanes[lane] = False
            self._busy += took
