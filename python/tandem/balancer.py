"""Hands requests to workers: from one queue for all, by chance, or to
whoever has the least to do.

Its one decision: a request carries the future for its result, so a
balancer only ever passes requests on. But for the last, all of them are
tasks in one thread: what one does between two awaits, nobody
interrupts.

It is read beside go/balancer/balancer.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import threading
import time
from heapq import heapify, heapreplace
from queue import SimpleQueue
from random import randrange

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Any

    from tandem.events import Note

    # The sum of all results, and what was measured.
    Report = tuple[int, dict[str, float]]
    # Passes a request on: its number, and the future for its result.
    Request = tuple[int, asyncio.Future[int]]
    Serve = Callable[[Request], Awaitable[None]]


class Load:
    """What balancers are measured with: requesters that send one
    request after the other, each when the last is answered."""

    def __init__(
        self,
        requests: int,  # in all
        requesters: int,
        workers: int,
        queue: int,  # room in each queue
        unit: float,  # how long a request takes, in seconds
        heavy: bool,  # one request in ten takes ten times as long
    ) -> None:
        for name, value in (
            ("requests", requests),
            ("requesters", requesters),
            ("workers", workers),
            ("queue", queue),
        ):
            if value < 1:
                raise ValueError(f"{name} is {value}, want at least 1")
        self.requests = requests
        self.requesters = requesters
        self.workers = workers
        self.queue = queue
        self.unit = unit
        self.heavy = heavy


async def shared(load: Load, note: Note) -> Report:
    """One queue for all workers: whoever is free takes the next
    request."""
    queue: asyncio.Queue[Request] = asyncio.Queue(load.queue)
    workers = [
        Worker(number, queue, load, note)
        for number in range(load.workers)
    ]
    return await run(load, workers, queue.put)


async def random(load: Load, note: Note) -> Report:
    """Pass each request to a worker by chance."""
    workers = start(load, load.queue, note)

    async def serve(request: Request) -> None:
        worker = workers[randrange(len(workers))]
        await worker.requests.put(request)

    return await run(load, workers, serve)


async def two_choices(load: Load, note: Note) -> Report:
    """Look at two workers by chance and take the one with less to do.
    That is nearly as even as to look at all."""
    workers = start(load, load.queue, note)

    async def serve(request: Request) -> None:
        worker = workers[randrange(len(workers))]
        other = workers[randrange(len(workers))]
        if other.pending < worker.pending:
            worker = other
        worker.pending += 1
        await worker.requests.put(request)

    return await run(load, workers, serve)


async def heap(load: Load, note: Note) -> Report:
    """Pass each request to the worker that has least to do. One task
    keeps the workers in a heap, and hears of each new request. Of one
    that is done it need not hear: who is done says so by itself, for
    nobody else runs meanwhile."""
    queue = max(load.queue, room(load.requesters, load.workers))
    workers = start(load, queue, note)
    work: asyncio.Queue[Request] = asyncio.Queue(1)
    pool = workers[:]

    async def balance() -> None:
        while True:
            request = await work.get()
            # Loads have fallen meanwhile, and heapq cannot mend one
            # place alone, as Go's heap.Fix does.
            heapify(pool)
            worker = pool[0]
            await worker.requests.put(request)
            worker.pending += 1
            heapreplace(pool, worker)

    balancer = asyncio.ensure_future(balance())
    try:
        return await run(load, workers, work.put)
    finally:
        balancer.cancel()


def start(load: Load, queue: int, note: Note) -> list[Worker]:
    """Workers, each with a queue of its own."""
    return [
        Worker(number, asyncio.Queue(queue), load, note)
        for number in range(load.workers)
    ]


def room(requesters: int, workers: int) -> int:
    """Room in each worker's queue that is enough, where each of so
    many requesters waits for one result at a time."""
    return requesters // max(1, workers) + 1


# From here on each language has its own.


class Worker:
    """Takes requests from its queue."""

    def __init__(
        self,
        number: int,
        requests: asyncio.Queue[Request],
        load: Load,
        note: Note,
    ) -> None:
        self.requests = requests
        self.served = 0
        self.pending = 0  # passed on to it and not done
        self._number = number
        self._load = load
        self._note = note
        self.task = asyncio.ensure_future(self._work())

    def __lt__(self, other: Worker) -> bool:
        return self.pending < other.pending

    async def _work(self) -> None:
        while True:
            number, reply = await self.requests.get()
            self._note(self._number, "start", str(number))
            took = units(number, self._load.heavy) * self._load.unit
            await asyncio.sleep(took)
            self._note(self._number, "finish", str(number))
            reply.set_result(number)
            self.served += 1
            self.pending -= 1


async def run(
    load: Load, workers: list[Worker], serve: Serve
) -> Report:
    """Measure the load on so many workers."""
    took: list[int] = []

    async def requester(first: int) -> int:
        total = 0
        for number in range(first, load.requests, load.requesters):
            begun = time.monotonic_ns()
            reply = asyncio.get_running_loop().create_future()
            await serve((number, reply))
            total += await reply
            took.append(time.monotonic_ns() - begun)
        return total

    begun = time.monotonic_ns()
    totals = await asyncio.gather(
        *(requester(first) for first in range(load.requesters))
    )
    elapsed = time.monotonic_ns() - begun
    for worker in workers:
        worker.task.cancel()
    tasks = [worker.task for worker in workers]
    await asyncio.gather(*tasks, return_exceptions=True)
    served = [worker.served for worker in workers]
    return report(sum(totals), took, served, elapsed)


def report(
    total: int, took: list[int], served: list[int], elapsed: int
) -> Report:
    """What came of a load, with times in nanoseconds."""
    return total, {
        "latency_p50_ns": percentile(took, 50),
        "latency_p99_ns": percentile(took, 99),
        "busiest_share": max(served) * len(served) / sum(served),
        "requests_per_s": len(took) * 1e9 / elapsed,
    }


def heap_threads(load: Load, note: Note) -> Report:
    """The heap with threads. Here anybody may be interrupted anywhere,
    so whoever looks at the heap holds a lock. Nobody stands in the
    middle, and nobody waits for a worker while holding it: there is
    nothing to deadlock."""
    workers = [Thread(number) for number in range(load.workers)]
    pool, lock, took = workers[:], threading.Lock(), []
    totals = [0] * load.requesters

    def work(worker: Thread) -> None:
        while request := worker.requests.get():
            number, reply = request
            note(worker.number, "start", str(number))
            time.sleep(units(number, load.heavy) * load.unit)
            note(worker.number, "finish", str(number))
            with lock:
                worker.served += 1
                worker.pending -= 1
                heapify(pool)
            reply.put(number)

    def requester(first: int) -> None:
        reply: SimpleQueue[int] = SimpleQueue()
        for number in range(first, load.requests, load.requesters):
            begun = time.monotonic_ns()
            with lock:
                worker = pool[0]
                worker.pending += 1
                heapreplace(pool, worker)
            worker.requests.put((number, reply))
            totals[first] += reply.get()
            took.append(time.monotonic_ns() - begun)

    at_work = in_threads(work, workers)
    begun = time.monotonic_ns()
    for thread in in_threads(requester, range(load.requesters)):
        thread.join()
    elapsed = time.monotonic_ns() - begun
    for worker in workers:
        worker.requests.put(None)
    for thread in at_work:
        thread.join()
    served = [worker.served for worker in workers]
    return report(sum(totals), took, served, elapsed)


class Thread:
    """A worker of heap_threads."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.requests: SimpleQueue[Any] = SimpleQueue()
        self.served = 0
        self.pending = 0  # passed on to it and not done

    def __lt__(self, other: Thread) -> bool:
        return self.pending < other.pending


def in_threads(
    f: Callable[[Any], None], items: Iterable[Any]
) -> list[threading.Thread]:
    """Start f with each item in a thread of its own."""
    threads = [threading.Thread(target=f, args=(i,)) for i in items]
    for thread in threads:
        thread.start()
    return threads


def percentile(took: list[int], percent: int) -> int:
    """What so many of a hundred did not exceed."""
    return sorted(took)[(len(took) * percent + 99) // 100 - 1]


def units(request: int, heavy: bool) -> int:
    """How long a request takes: one unit, or, if the load is heavy, ten
    units for one in ten. It looks random and is the same in both
    languages."""
    # The finalizer of SplitMix64, which leaves no pattern.
    mask = (1 << 64) - 1
    z = (request + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    z ^= z >> 31
    return 10 if heavy and z % 10 == 0 else 1
