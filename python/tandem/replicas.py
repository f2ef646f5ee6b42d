"""Asks several replicas the same and takes the answer that comes first.

Its one decision: whoever asks also cleans up. first and hedged cancel
the late ones and return when they have gone, so nothing is left behind.
The ways before them are what one would write first, and what becomes of
the late ones there: a thread cannot be cancelled.

It is read beside go/replicas/replicas.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial
from queue import Queue

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Collection,
        Sequence,
    )
    from concurrent.futures import Executor
    from typing import Any

    from tandem.events import Note

    # Puts the question to one replica: in a thread, or in a task.
    Ask = Callable[[], int]
    TaskAsk = Callable[[], Awaitable[int]]
    # One of the ways to ask, given a query and what it asks.
    Query = Callable[[Sequence[Ask]], int]
    TaskQuery = Callable[[Sequence[TaskAsk]], Awaitable[int]]
    # The sum of all answers, and what was measured.
    Outcome = tuple[int, dict[str, float]]


class NoneToAskError(ValueError):
    """There is no replica to ask."""


class AllFailedError(Exception):
    """Every replica failed: errors has why."""

    def __init__(self, errors: list[BaseException]) -> None:
        super().__init__("; ".join(map(str, errors)))
        self.errors = errors


def single(asks: Sequence[Ask]) -> int:
    """Ask the first replica and leave the others alone."""
    some(asks)
    return asks[0]()


def leaky(asks: Sequence[Ask]) -> int:
    """Ask all, each in a thread, and take the first reply. It is wrong:
    the queue has room for one more, and all who come later wait for
    ever. (No queue of Python's has less room than that.)"""
    some(asks)
    replies: Queue[Reply] = Queue(1)
    for ask in asks:
        threading.Thread(
            target=reply, args=(ask, replies), daemon=True
        ).start()
    return replies.get().result()


def buffered(asks: Sequence[Ask]) -> int:
    """The same with a place for each reply: the late ones put theirs
    down and go. Until then they keep working for nobody, and a replica
    that fails fast wins."""
    some(asks)
    replies: Queue[Reply] = Queue(len(asks))
    for ask in asks:
        threading.Thread(
            target=reply, args=(ask, replies), daemon=True
        ).start()
    return replies.get().result()


async def first(asks: Sequence[TaskAsk]) -> int:
    """Ask all, each in a task, take the first answer, cancel the others
    and wait for them to go. A replica that fails does not win."""
    some(asks)
    waiting = {asyncio.ensure_future(ask()) for ask in asks}
    errors: list[BaseException] = []
    try:
        while waiting:
            done, waiting = await asyncio.wait(
                waiting, return_when=asyncio.FIRST_COMPLETED
            )
            for answer in answers(done, errors):
                return answer
    finally:
        await cancel(waiting)
    raise AllFailedError(errors)


async def hedged(asks: Sequence[TaskAsk], delay: float) -> int:
    """Ask one replica, and another one only if there is no answer after
    the delay, or at once if one fails; and so on. So it asks for little
    more than one, and still does not wait for a slow one."""
    some(asks)
    todo = iter(asks)
    waiting: set[asyncio.Future[int]] = set()
    errors: list[BaseException] = []
    try:
        while True:
            more = next(todo, None)
            if more:
                waiting.add(asyncio.ensure_future(more()))
            if not waiting:
                raise AllFailedError(errors)
            done, waiting = await asyncio.wait(
                waiting,
                timeout=delay if more else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for answer in answers(done, errors):
                return answer
    finally:
        await cancel(waiting)


# From here on each language has its own.


def executor(pool: Executor, asks: Sequence[Ask]) -> int:
    """Ask all in a pool that was there before, and take the first that
    is done. The others cannot be cancelled once they have begun: the
    next query stands behind them in the pool's queue."""
    from concurrent.futures import FIRST_COMPLETED, wait

    some(asks)
    futures = [pool.submit(ask) for ask in asks]
    done, late = wait(futures, return_when=FIRST_COMPLETED)
    for future in late:
        future.cancel()  # helps only where it has not begun
    return done.pop().result()


def some(asks: Sequence[Any]) -> None:
    if not asks:
        raise NoneToAskError("there is no replica to ask")


class Reply:
    """What a replica returned or raised."""

    def __init__(self, ask: Ask) -> None:
        self._error: Exception | None = None
        try:
            self._value = ask()
        except Exception as error:
            self._error = error

    def result(self) -> int:
        if self._error:
            raise self._error
        return self._value


def reply(ask: Ask, replies: Queue[Reply]) -> None:
    """What a thread does for one replica."""
    replies.put(Reply(ask))


def answers(
    done: Collection[asyncio.Future[int]], errors: list[BaseException]
) -> list[int]:
    """What tasks have returned; what they have raised goes to the
    errors."""
    errors += [e for e in (task.exception() for task in done) if e]
    return [task.result() for task in done if not task.exception()]


async def cancel(tasks: Collection[asyncio.Future[int]]) -> None:
    """Cancel tasks and wait for them to go, whatever they say."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def latency(query: int, replica: int) -> int:
    """How long a replica takes for a query, in thousandths of a unit:
    from a half to one and a half, and ten times as much for one in ten.
    It looks random and is always the same, in both languages."""
    # The finalizer of SplitMix64, which leaves no pattern.
    mask = (1 << 64) - 1
    z = ((query << 32) + replica + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    z ^= z >> 31
    thousandths = 500 + z % 1000
    if z // 1000 % 10 == 0:
        thousandths *= 10
    return thousandths


def load(
    query: Query, queries: int, replicas: int, unit: float, note: Note
) -> Outcome:
    """Put so many queries, one after the other, to so many replicas.
    How long each takes is what latency says, in units."""
    check(queries, replicas)
    before = threading.active_count()
    asked: list[int] = []
    answered: list[int] = []

    def ask(number: int, replica: int) -> int:
        asked.append(replica)
        note(replica, "start", str(number))
        time.sleep(latency(number, replica) * unit / 1000)
        note(replica, "finish", str(number))
        answered.append(replica)
        return number

    total = 0
    took = []
    for number in range(queries):
        asks = [
            partial(ask, number, replica) for replica in range(replicas)
        ]
        start = time.monotonic_ns()
        total += query(asks)
        took.append(time.monotonic_ns() - start)
    note(0, "mark", "answered")

    # Those that can end are given time to, once nobody works any more.
    patience = 0.02
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if threading.active_count() <= before:
            break
        if len(answered) < len(asked):
            end = time.monotonic() + patience
        time.sleep(0.001)
    left = max(0, threading.active_count() - before)
    return total, metrics(took, len(asked), left)


def load_tasks(
    query: TaskQuery,
    queries: int,
    replicas: int,
    unit: float,
    note: Note,
) -> Outcome:
    """The same in one thread, where every ask is a task."""
    check(queries, replicas)
    asked: list[int] = []

    async def ask(number: int, replica: int) -> int:
        asked.append(replica)
        note(replica, "start", str(number))
        try:
            await asyncio.sleep(latency(number, replica) * unit / 1000)
        finally:
            note(replica, "finish", str(number))
        return number

    async def main() -> Outcome:
        total = 0
        took = []
        for number in range(queries):
            asks = [
                partial(ask, number, replica)
                for replica in range(replicas)
            ]
            start = time.monotonic_ns()
            total += await query(asks)
            took.append(time.monotonic_ns() - start)
        note(0, "mark", "answered")
        left = len(asyncio.all_tasks()) - 1  # but for this one
        return total, metrics(took, len(asked), left)

    return asyncio.run(main())


def check(queries: int, replicas: int) -> None:
    if queries < 1:
        raise ValueError(f"queries is {queries}, want at least 1")
    if replicas < 1:
        raise ValueError(f"replicas is {replicas}, want at least 1")


def metrics(took: list[int], asked: int, left: int) -> dict[str, float]:
    """What was measured of queries that took so many nanoseconds."""
    return {
        "latency_p50_ns": percentile(took, 50),
        "latency_p90_ns": percentile(took, 90),
        "latency_p99_ns": percentile(took, 99),
        "asked_per_query": asked / len(took),
        "left_workers": left,
    }


def percentile(took: list[int], percent: int) -> int:
    """What so many of a hundred did not exceed."""
    return sorted(took)[(len(took) * percent + 99) // 100 - 1]
