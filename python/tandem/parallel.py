"""Does many pieces of work with a number of workers, and hands back
what became of them.

Its one decision: nobody is left behind. When a function returns, none
of its threads or tasks runs any more.

    do           futures, in the order given; the first error stops all
    each         futures, in the order given; every error is kept
    sequential   without workers, to compare with
    pool         queues in and out: the plainest pool
    limited      a task for each piece of work, and a semaphore
    thread_pool  multiprocessing's ThreadPool, as completed

Workers below 1 mean as many as processors may be used.

It is read beside go/parallel/parallel.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import multiprocessing.pool
import queue
import threading
import time

from tandem.parallel_do import at_least_one, do
from tandem.parallel_sleepers import (
    busy,
    idle,
    resting,
    sleeping,
    sums_up,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tandem.events import Note
    from tandem.parallel_do import I, O, Result
    from tandem.topics import Seconds


def sequential(items: Sequence[I], f: Callable[[I], O]) -> list[O]:
    """Do one item after the other, up to the first error."""
    return [f(item) for item in items]


def pool(
    items: Sequence[I], workers: int, room: int, f: Callable[[I], O]
) -> list[Result]:
    """Hand items to threads through one queue, and collect results from
    another: whichever is completed first comes first. Each queue has
    room for so many, or for all where room is 0."""
    jobs: queue.Queue[int | None] = queue.Queue(room)
    results: queue.Queue[Result] = queue.Queue(room)

    def worker() -> None:
        while True:
            i = jobs.get()
            if i is None:
                return
            try:
                results.put((i, f(items[i]), None))
            except Exception as error:
                results.put((i, None, error))

    workers = at_least_one(workers)
    threads = [threading.Thread(target=worker) for _ in range(workers)]

    # Somebody else sends, so that the results are taken out meanwhile:
    # or else all wait for each other as soon as both queues are full.
    def send() -> None:
        for i in range(len(items)):
            jobs.put(i)
        for _ in threads:  # a queue cannot be closed before 3.13
            jobs.put(None)

    sender = threading.Thread(target=send)
    for thread in [*threads, sender]:
        thread.start()
    every = [results.get() for _ in items]
    for thread in [*threads, sender]:
        thread.join()
    return every


def limited(
    items: Sequence[I], workers: int, f: Callable[[I], Awaitable[O]]
) -> list[O]:
    """Start all at once, and let so many of them work. Up to the first
    error, like do; but tasks can be told to stop."""

    async def main() -> list[O]:
        semaphore = asyncio.Semaphore(at_least_one(workers))

        async def one(item: I) -> O:
            async with semaphore:
                return await f(item)

        tasks = [asyncio.ensure_future(one(item)) for item in items]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(main())


# From here on each language has its own.


def thread_pool(
    items: Sequence[I], workers: int, f: Callable[[I], O]
) -> list[O]:
    """The values as completed, up to the first error."""
    made = multiprocessing.pool.ThreadPool(at_least_one(workers))
    try:
        return list(made.imap_unordered(f, items))
    finally:
        made.terminate()
        made.join()


def alone(n: int, unit: Seconds, note: Note) -> object:
    began = time.perf_counter()
    values = sequential(range(n), sleeping(unit, note))
    return sums_up(values, 1, unit, began)


def roomy(
    items: Sequence[I], workers: int, f: Callable[[I], int]
) -> list[int]:
    """The pool of queues with room for all, up to the first error."""
    values = []
    for _, value, error in pool(items, workers, 0, f):
        if error:
            raise error
        values.append(value)
    return values


VARIANTS = {
    "sequential": alone,
    "pool": (busy, roomy, sleeping),
    "do": (busy, do, sleeping),
    "limited": (busy, limited, resting),
    "thread-pool": (busy, thread_pool, sleeping),
    "pool-idle": (idle, roomy, sleeping),
    "limited-idle": (idle, limited, resting),
}
