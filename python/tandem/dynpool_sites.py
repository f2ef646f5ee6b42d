"""Checks URLs of several endpoints, some of which must be asked more
gently than others: each has a limit of its own.

Its one decision: the ways differ only in who waits while a limit is
reached. It may be a worker, or only the URL.

It is read beside go/dynpoolsites/dynpoolsites.go: same names, same
order.
"""

from __future__ import annotations

import asyncio
import queue
import threading

from tandem import dynpool_pool, dynpool_queues, dynpool_tasks
from tandem.dynpool_sites_survey import surveyed

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tandem.dynpool_sites_endpoints import Check, Connect, Endpoint
    from tandem.topics import Seconds, Work


def semaphores(
    endpoints: Sequence[Endpoint], workers: int, check: Check
) -> None:
    """Have all workers take URLs from one queue, an endpoint's after
    the other's. A worker waits with its URL in its hand until the
    endpoint may be asked, and cannot do anything else meanwhile."""
    jobs: queue.SimpleQueue[tuple[int, threading.Semaphore] | None]
    jobs = queue.SimpleQueue()

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
    made = dynpool_queues.Queues(workers)

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
    made = dynpool_pool.Pool(workers)

    def start(e: Endpoint) -> dynpool_pool.Job:
        return made.start(
            len(e.urls), e.limit, lambda task: check(e.urls[task])
        )

    try:
        for job in [start(e) for e in endpoints]:
            job.wait()
    finally:
        made.close()


# From here on each language has its own.


def tasks(
    endpoints: Sequence[Endpoint], workers: int, connect: Connect
) -> None:
    """The same in a pool of asyncio's tasks: one thread, and one client
    for all of them."""

    async def main() -> None:
        made = dynpool_tasks.TaskPool(workers)
        async with connect(workers) as fetch:

            def start(e: Endpoint) -> dynpool_tasks.TaskJob:
                return made.start(
                    len(e.urls),
                    e.limit,
                    lambda task: fetch(e.urls[task]),
                )

            for job in [start(e) for e in endpoints]:
                await job.wait()

    asyncio.run(main())


def surveyed_in_tasks(
    targets: Sequence[str], workers: int, limits: str, timeout: Seconds
) -> Work:
    """The same with aiohttp, imported before the clock runs."""
    from tandem import urlcheck_aiohttp  # noqa: F401

    return lambda note: surveyed(
        tasks, "connect", targets, workers, limits, timeout, note
    )


VARIANTS = {
    "semaphores": (surveyed, semaphores, "check"),
    "queues": (surveyed, queues, "check"),
    "pool": (surveyed, pool, "check"),
    "tasks": surveyed_in_tasks,
}
