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
import concurrent.futures
import multiprocessing.pool
import queue
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import Any, TypeVar

    from tandem.events import Note
    from tandem.topics import Seconds

    I = TypeVar("I")  # noqa: E741, as in Go
    O = TypeVar("O")  # noqa: E741
    # What became of one item: its index, value and error.
    Result = tuple[int, Any, "Exception | None"]


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


def do(
    items: Sequence[I], workers: int, f: Callable[[I], O]
) -> list[O]:
    """Return what f makes of each item, in the order of the items. The
    first error keeps the rest from being started, and is raised; what
    runs already cannot be told to stop."""
    errors: list[BaseException] = []

    def one(item: I) -> Any:
        if errors:
            return None  # nobody needs the result any more
        try:
            return f(item)
        except BaseException as error:
            errors.append(error)

    workers = at_least_one(workers)
    with concurrent.futures.ThreadPoolExecutor(workers) as executor:
        values = list(executor.map(one, items))
    if errors:
        raise errors[0]
    return values


def each(
    items: Sequence[I], workers: int, f: Callable[[I], O]
) -> list[Result]:
    """The same, but go on after errors: return a result for each item,
    in the order of the items."""
    workers = at_least_one(workers)
    with concurrent.futures.ThreadPoolExecutor(workers) as executor:
        every = [executor.submit(f, item) for item in items]
    results: list[Result] = []
    for i, future in enumerate(every):
        error = future.exception()
        if error is None:
            results.append((i, future.result(), None))
        elif isinstance(error, Exception):
            results.append((i, None, error))
        else:
            raise error  # such as KeyboardInterrupt
    return results


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


def at_least_one(workers: int) -> int:
    if workers >= 1:
        return workers
    from tandem import cores  # only who does not say how many needs it

    return cores.usable()


# The experiment: n units of work that each sleep, or do nothing. The
# answer is the sum of their numbers.


def sleeping(unit: float, note: Note) -> Callable[[int], int]:
    """A unit in a thread."""

    def f(i: int) -> int:
        note(i, "start", "unit")
        if unit:
            time.sleep(unit)
        note(i, "finish", "unit")
        return i

    return f


def resting(unit: float, note: Note) -> Callable[[int], Awaitable[int]]:
    """A unit in a task."""

    async def f(i: int) -> int:
        note(i, "start", "unit")
        if unit:
            await asyncio.sleep(unit)
        note(i, "finish", "unit")
        return i

    return f


def one_by_one(n: int, unit: Seconds, note: Note) -> object:
    began = time.perf_counter()
    values = sequential(range(n), sleeping(unit, note))
    return sums_up(values, 1, unit, began)


def busy(
    way: Callable[..., list[int]],
    kind: Callable[..., Any],
    n: int,
    workers: int,
    unit: Seconds,
    note: Note,
) -> object:
    """Have workers do units of a kind in one of the ways above."""
    began = time.perf_counter()
    values = way(range(n), workers, kind(unit, note))
    return sums_up(values, workers, unit, began)


def idle(
    way: Callable[..., list[int]],
    kind: Callable[..., Any],
    n: int,
    workers: int,
    note: Note,
) -> int:
    """The same with units that do nothing."""
    return sum(way(range(n), workers, kind(0, note)))


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


def sums_up(
    values: list[int], workers: int, unit: float, began: float
) -> object:
    """The answer, and how often as long it took as it would if workers
    cost nothing and slept exactly."""
    took = time.perf_counter() - began
    ideal = -(-len(values) // workers) * unit
    if not ideal:
        return sum(values)
    return sum(values), {"times_ideal": took / ideal}


VARIANTS = {
    "sequential": one_by_one,
    "pool": (busy, roomy, sleeping),
    "do": (busy, do, sleeping),
    "limited": (busy, limited, resting),
    "thread-pool": (busy, thread_pool, sleeping),
    "pool-idle": (idle, roomy, sleeping),
    "limited-idle": (idle, limited, resting),
}
