"""Starts very many workers that only wait, and weighs them: tasks that
wait for each other, threads, and threads that wait in the operating
system.

Its one decision: a worker does nothing but come, wait and go. So time
and memory are those of being a worker, and of nothing else.

It is read beside go/swarm/swarm.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time

from tandem.swarm_handover import handover, handover_threads
from tandem.swarm_weight import Count, weighed
from tandem.topics import Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note
    from tandem.swarm_weight import Facts


async def parked(workers: int, note: Note) -> Facts:
    """Start workers that wait for an event: asyncio's tasks, of which
    one thread can have many."""
    gate = asyncio.Event()
    count = Count(workers, note)
    tasks = [asyncio.ensure_future(gate.wait()) for _ in range(workers)]
    await asyncio.sleep(0)  # each has come to its wait
    count.waiting()
    # While all of them wait, somebody else still has his turn.
    await asyncio.ensure_future(asyncio.sleep(0))
    count.facts["others_ran"] = 1
    begin = time.monotonic_ns()
    gate.set()
    for task in tasks:
        await task
    return count.ended(begin)


def threads(threads: int, note: Note) -> Facts:
    """Start the same workers as threads."""
    gate = threading.Event()
    return swarm(threads, gate.wait, gate.set, note)


def blocked(threads: int, note: Note) -> Facts:
    """Start threads that wait in the operating system: for a pipe."""
    reader, writer = os.pipe()
    try:
        return swarm(
            threads,
            lambda: os.read(reader, 1),
            lambda: os.close(writer),
            note,
        )
    finally:
        os.close(reader)


def swarm(
    workers: int,
    wait: Callable[[], object],
    open: Callable[[], object],  # noqa: A002
    note: Note,
) -> Facts:
    """Start so many workers, let them wait until all do, and open the
    gate. Where the machine lets no more threads start, those that are
    there end before the error is raised."""
    started: list[threading.Thread] = []
    came = threading.Semaphore(0)

    def work() -> None:
        came.release()
        wait()

    opened = False
    try:
        count = Count(workers, note)
        for _ in range(workers):
            thread = threading.Thread(target=work)
            try:
                thread.start()
            except RuntimeError as error:
                raise Skip(f"{error}: lower threads") from error
            started.append(thread)
        for _ in range(workers):
            came.acquire()
        count.waiting()
        # While all of them wait, somebody else still has his turn.
        other = threading.Thread(target=int)
        other.start()
        other.join()
        count.facts["others_ran"] = 1
        begin = time.monotonic_ns()
        open()
        opened = True
    finally:
        if not opened:
            open()
        for thread in started:
            thread.join()
    return count.ended(begin)


# What was weighed are metrics.
result = weighed


VARIANTS = {
    "parked": parked,
    "threads": threads,
    "blocked": blocked,
    "handover": handover,
    "handover-threads": handover_threads,
}
