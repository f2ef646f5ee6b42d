"""Asks another replica only where the first ones are late."""

from __future__ import annotations

import asyncio
import functools

from tandem.replicas_load import load_tasks
from tandem.replicas_replies import (
    AllFailedError,
    answers,
    call_off,
    some,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tandem.events import Note
    from tandem.replicas import TaskAsk
    from tandem.replicas_load import Outcome
    from tandem.topics import Seconds


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


async def with_hedged(
    queries: int,
    replicas: int,
    unit: Seconds,
    delay: Seconds,
    note: Note,
) -> Outcome:
    query = functools.partial(hedged, delay=delay)
    return await load_tasks(query, queries, replicas, unit, note)
