"""Starts very many workers that only wait, and weighs them: tasks that
wait for each other, threads, and threads that wait in the operating
system.

Its one decision: a worker does nothing but come, wait and go. So time
and memory are those of being a worker, and of nothing else.

It is read beside go/swarm/swarm.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time

from tandem.internals import resident, thread_count
from tandem.topics import Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note

    # Numbers by name; a name ends in its unit. What the system does not
    # say is left out.
    Facts = dict[str, float]


def parked(workers: int, note: Note) -> Facts:
    """Start workers that wait for an event: asyncio's tasks, of which
    one thread can have many."""

    async def main() -> Facts:
        gate = asyncio.Event()
        count = Count(workers, note)
        tasks = [
            asyncio.ensure_future(gate.wait()) for _ in range(workers)
        ]
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

    return asyncio.run(main())


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


def handover(rounds: int, note: Note) -> Facts:
    """Have two tasks take turns, so many times, and say what a change
    from one to the other costs."""

    async def turns() -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)  # the other one's turn

    async def main() -> int:
        begin = time.monotonic_ns()
        await asyncio.gather(turns(), turns())
        return time.monotonic_ns() - begin

    note(0, "start", "handover")
    elapsed = asyncio.run(main())
    note(0, "finish", "handover")
    return {"switch_ns": elapsed / (2 * rounds)}


def handover_threads(rounds: int, note: Note) -> Facts:
    """The same between two threads: the operating system changes from
    one to the other."""
    ping, pong = threading.Semaphore(0), threading.Semaphore(0)

    def other() -> None:
        for _ in range(rounds):
            ping.acquire()
            pong.release()

    note(0, "start", "handover")
    thread = threading.Thread(target=other)
    thread.start()
    begin = time.monotonic_ns()
    for _ in range(rounds):
        ping.release()
        pong.acquire()
    elapsed = time.monotonic_ns() - begin
    thread.join()
    note(0, "finish", "handover")
    return {"switch_ns": elapsed / (2 * rounds)}


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


# From here on each language has its own.


class Count:
    """What a swarm of so many workers costs; it begins now."""

    def __init__(self, workers: int, note: Note) -> None:
        gc.collect()  # what was there before is not theirs
        self.facts: Facts = {"waiting_workers": workers}
        self._workers = workers
        self._note = note
        self._threads, self._memory = thread_count(), resident()
        note(0, "start", "swarm")
        self._begin = time.monotonic_ns()

    def waiting(self) -> None:
        """Now all of them wait."""
        start = time.monotonic_ns() - self._begin
        self._note(0, "mark", "waiting")
        self.facts["start_ns_per_worker"] = start / self._workers
        if self._threads:
            more = thread_count() - self._threads
            self.facts["threads_per_worker"] = more / self._workers
        if self._memory:
            more = max(0, resident() - self._memory)
            self.facts["memory_bytes_per_worker"] = more / self._workers

    def ended(self, begin: int) -> Facts:
        """Now all of them are gone, which began then."""
        took = time.monotonic_ns() - begin
        self._note(0, "finish", "swarm")
        self.facts["end_ns_per_worker"] = took / self._workers
        return self.facts


def result(facts: Facts) -> tuple[str, Facts]:
    """What was weighed are metrics; that is all."""
    return "all came and went", facts


VARIANTS = {
    "parked": parked,
    "threads": threads,
    "blocked": blocked,
    "handover": handover,
    "handover-threads": handover_threads,
}
