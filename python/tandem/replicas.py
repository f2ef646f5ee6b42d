"""Asks several replicas the same and takes the answer that comes first.

Its one decision: whoever asks also cleans up. first and hedged cancel
the late ones and return when they have gone, so nothing is left behind.
The ways before them are what one would write first, and what becomes of
the late ones there: a thread cannot be cancelled.

It is read beside go/replicas/replicas.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import queue
import threading

from tandem.replicas_load import load, load_tasks

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
    from tandem.replicas_load import Outcome
    from tandem.topics import Seconds

    # Puts the question to one replica: in a thread, or in a task.
    Ask = Callable[[], int]
    TaskAsk = Callable[[], Awaitable[int]]
    # One of the ways to ask, given a query and what it asks.
    Query = Callable[[Sequence[Ask]], int]
    TaskQuery = Callable[[Sequence[TaskAsk]], Awaitable[int]]


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
    replies: queue.Queue[Reply] = queue.Queue(1)
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
    replies: queue.Queue[Reply] = queue.Queue(len(asks))
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
        await call_off(waiting)
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
        await call_off(waiting)


# From here on each language has its own.


def executor(pool: Executor, asks: Sequence[Ask]) -> int:
    """Ask all in a pool that was there before, and take the first that
    is done. The others cannot be cancelled once they have begun: the
    next query stands behind them in the pool's queue."""
    some(asks)
    done, late = concurrent.futures.wait(
        [pool.submit(ask) for ask in asks],
        return_when=concurrent.futures.FIRST_COMPLETED,
    )
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


def reply(ask: Ask, replies: queue.Queue[Reply]) -> None:
    """What a thread does for one replica."""
    replies.put(Reply(ask))


def answers(
    done: Collection[asyncio.Future[int]], errors: list[BaseException]
) -> list[int]:
    """What tasks have returned; what they have raised goes to the
    errors."""
    errors += [e for e in (task.exception() for task in done) if e]
    return [task.result() for task in done if not task.exception()]


async def call_off(tasks: Collection[asyncio.Future[int]]) -> None:
    """Cancel tasks and wait for them to go, whatever they say."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


# How each is asked: one query after the other, in threads or in tasks.


def alone(queries: int, unit: Seconds, note: Note) -> Outcome:
    return load(single, queries, 1, unit, note)


def with_hedged(
    queries: int,
    replicas: int,
    unit: Seconds,
    delay: Seconds,
    note: Note,
) -> Outcome:
    query = functools.partial(hedged, delay=delay)
    return load_tasks(query, queries, replicas, unit, note)


def with_executor(
    queries: int, replicas: int, unit: Seconds, note: Note
) -> Outcome:
    with concurrent.futures.ThreadPoolExecutor(replicas) as pool:
        # It starts a thread when there is something to do.
        ready = threading.Barrier(replicas + 1)
        for _ in range(replicas):
            pool.submit(ready.wait)
        ready.wait()
        query = functools.partial(executor, pool)
        return load(query, queries, replicas, unit, note)


VARIANTS = {
    "single": alone,
    "leaky": (load, leaky),
    "buffered": (load, buffered),
    "first": (load_tasks, first),
    "hedged": with_hedged,
    "executor": with_executor,
}
