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
import random as chance

from tandem.balancer_heap import Heap, room
from tandem.balancer_load import Load, run
from tandem.balancer_threads import heap_threads
from tandem.balancer_workers import Worker, crew

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from tandem.balancer_load import Report
    from tandem.balancer_workers import Request
    from tandem.events import Note
    from tandem.topics import Seconds


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
