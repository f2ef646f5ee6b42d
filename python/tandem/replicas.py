"""Asks several replicas the same and takes the answer that comes first.

Its one decision: whoever asks also cleans up. first and hedged cancel
the late ones and return when they have gone, so nothing is left behind.
The ways before them are what one would write first, and what becomes of
the late ones there: a thread cannot be cancelled.

It is read beside go/replicas/replicas.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import queue
import threading

from tandem.replicas_executor import with_executor
from tandem.replicas_hedged import with_hedged
from tandem.replicas_load import load, load_tasks
from tandem.replicas_replies import (
    AllFailedError,
    answers,
    call_off,
    reply,
    some,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from tandem.events import Note
    from tandem.replicas_load import Outcome
    from tandem.replicas_replies import Reply
    from tandem.topics import Seconds

    # Puts the question to one replica: in a thread, or in a task.
    Ask = Callable[[], int]
    TaskAsk = Callable[[], Awaitable[int]]
    # One of the ways to ask, given a query and what it asks.
    Query = Callable[[Sequence[Ask]], int]
    TaskQuery = Callable[[Sequence[TaskAsk]], Awaitable[int]]


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


def alone(queries: int, unit: Seconds, note: Note) -> Outcome:
    return load(single, queries, 1, unit, note)


VARIANTS = {
    "single": alone,
    "leaky": (load, leaky),
    "buffered": (load, buffered),
    "first": (load_tasks, first),
    "hedged": with_hedged,
    "executor": with_executor,
}
