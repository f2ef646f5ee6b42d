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
import queue
import random as chance
import threading
import time

from tandem.balancer_load import Load, report, run, units

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable
    from typing import Any

    from tandem.balancer_load import Report
    from tandem.events import Note
    from tandem.topics import Seconds

    # Passes a request on: its number, and the future for its result.
    Request = tuple[int, asyncio.Future[int]]
    Serve = Callable[[Request], Awaitable[None]]


async def shared(load: Load, note: Note) -> Report:
    """One queue for all workers: whoever is free takes the next
    request."""
    requests: asyncio.Queue[Request] = asyncio.Queue(load.queue)
    workers = [
        Worker(number, requests, load, note)
        for number in range(load.workers)
    ]
    return await run(load, workers, requests.put)


async def random(load: Load, note: Note) -> Report:
    """Pass each request to a worker by chance."""
    workers = crew(load, load.queue, note)

    async def serve(request: Request) -> None:
        worker = workers[chance.randrange(len(workers))]
        await worker.requests.put(request)

    return await run(load, workers, serve)


async def two_choices(load: Load, note: Note) -> Report:
    """Look at two workers by chance and take the one with less to do.
    That is nearly as even as to look at all."""
    workers = crew(load, load.queue, note)

    async def serve(request: Request) -> None:
        worker = workers[chance.randrange(len(workers))]
        other = workers[chance.randrange(len(workers))]
        if other.pending < worker.pending:
            worker = other
        worker.moved(+1)
        await worker.requests.put(request)

    return await run(load, workers, serve)


async def heap(load: Load, note: Note) -> Report:
    """Pass each request to the worker that has least to do. One task
    keeps the workers in a heap, and hears of each new request. Of one
    that is done it need not hear: who is done says so by itself, for
    nobody else runs meanwhile."""
    enough = max(load.queue, room(load.requesters, load.workers))
    workers = crew(load, enough, note)
    work: asyncio.Queue[Request] = asyncio.Queue(1)
    pool = Heap(workers)

    async def balance() -> None:
        while True:
            request = await work.get()
            worker = pool.first()
            await worker.requests.put(request)
            worker.moved(+1)

    balancer = asyncio.ensure_future(balance())
    try:
        return await run(load, workers, work.put)
    finally:
        balancer.cancel()


def crew(load: Load, room: int, note: Note) -> list[Worker]:
    """Workers, each with a queue of its own."""
    return [
        Worker(number, asyncio.Queue(room), load, note)
        for number in range(load.workers)
    ]


def room(requesters: int, workers: int) -> int:
    """Room in each worker's queue that is enough, where each of so
    many requesters waits for one result at a time."""
    return requesters // max(1, workers) + 1


# From here on each language has its own.


class Ranked:
    """A worker that may have a place in a heap."""

    within: Heap | None = None
    place = 0  # in the heap
    pending = 0  # passed on to it and not done

    def moved(self, by: int) -> None:
        """Have so much more to do."""
        self.pending += by
        if self.within is not None:
            self.within.fix(self)


class Heap:
    """Workers, the one that has least to do first. The module heapq
    cannot mend one place alone, as Go's heap.Fix does."""

    def __init__(self, workers: Iterable[Any]) -> None:
        self._pool = [*workers]
        for place, worker in enumerate(self._pool):
            worker.within, worker.place = self, place

    def first(self) -> Any:
        return self._pool[0]

    def fix(self, worker: Ranked) -> None:
        """Put a worker into its place again, up or down."""
        pool, at = self._pool, worker.place
        while at:
            above = (at - 1) // 2
            if pool[above].pending <= worker.pending:
                break
            self._put(pool[above], at)
            at = above
        while (below := 2 * at + 1) < len(pool):
            if below + 1 < len(pool):
                right = pool[below + 1].pending
                below += right < pool[below].pending
            if pool[below].pending >= worker.pending:
                break
            self._put(pool[below], at)
            at = below
        self._put(worker, at)

    def _put(self, worker: Ranked, at: int) -> None:
        self._pool[at], worker.place = worker, at


class Worker(Ranked):
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
        self._number = number
        self._load = load
        self._note = note
        self.task = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        while True:
            number, reply = await self.requests.get()
            self._note(self._number, "start", str(number))
            took = units(number, self._load.heavy) * self._load.unit
            await asyncio.sleep(took)
            self._note(self._number, "finish", str(number))
            reply.set_result(number)
            self.served += 1
            self.moved(-1)


def heap_threads(load: Load, note: Note) -> Report:
    """The heap with threads. Here anybody may be interrupted anywhere,
    so whoever looks at the heap holds a lock. Nobody stands in the
    middle, and nobody waits for a worker while holding it: there is
    nothing to deadlock."""
    workers = [Thread(number) for number in range(load.workers)]
    pool, lock, took = Heap(workers), threading.Lock(), []
    totals = [0] * load.requesters

    def work(worker: Thread) -> None:
        while request := worker.requests.get():
            number, reply = request
            note(worker.number, "start", str(number))
            time.sleep(units(number, load.heavy) * load.unit)
            note(worker.number, "finish", str(number))
            with lock:
                worker.served += 1
                worker.moved(-1)
            reply.put(number)

    def requester(first: int) -> None:
        reply: queue.SimpleQueue[int] = queue.SimpleQueue()
        for number in range(first, load.requests, load.requesters):
            begun = time.monotonic_ns()
            with lock:
                worker = pool.first()
                worker.moved(+1)
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


class Thread(Ranked):
    """A worker of heap_threads."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.served = 0


def in_threads(
    f: Callable[[Any], None], items: Iterable[Any]
) -> list[threading.Thread]:
    """Start f with each item in a thread of its own."""
    threads = [threading.Thread(target=f, args=(i,)) for i in items]
    for thread in threads:
        thread.start()
    return threads


def under_load(
    function: Callable[[Load, Note], Report],
    requests: int,
    requesters: int,
    workers: int,
    queue: int,
    unit: Seconds,
    heavy: bool,
    note: Note,
) -> Report:
    load = Load(requests, requesters, workers, queue, unit, heavy)
    return function(load, note)


def in_tasks(
    function: Callable[[Load, Note], Coroutine[Any, Any, Report]],
) -> Callable[[Load, Note], Report]:
    return lambda load, note: asyncio.run(function(load, note))


VARIANTS = {
    "shared": (under_load, in_tasks(shared)),
    "random": (under_load, in_tasks(random)),
    "two-choices": (under_load, in_tasks(two_choices)),
    "heap": (under_load, in_tasks(heap)),
    "heap-threads": (under_load, heap_threads),
}
