"""The heap with threads."""

from __future__ import annotations

import queue
import threading
import time

from tandem.balancer_heap import Heap, Ranked
from tandem.balancer_load import report, units

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from tandem.balancer_load import Load, Report
    from tandem.events import Note


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
