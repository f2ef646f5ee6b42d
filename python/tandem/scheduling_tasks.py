"""The same workers in the tasks of one thread."""

from __future__ import annotations

import asyncio
import functools

from tandem.scheduling_order import WORKERS, Page
from tandem.scheduling_steps import work

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tandem.events import Note
    from tandem.topics import Seconds


def tasks_sleeping(letters: int, unit: Seconds, note: Note) -> str:
    """All workers at once, in tasks of one thread, and each awaits a
    sleep after each letter. An await that has to wait is the only place
    where a task lets others run."""
    return asyncio.run(
        tasks(letters, functools.partial(asyncio.sleep, unit), note)
    )


def tasks_yielding(letters: int, steps: int, note: Note) -> str:
    """The same, but a worker computes after each letter and then
    offers the thread to the others: a sleep of 0 does just that."""

    async def between() -> None:
        work(steps)
        await asyncio.sleep(0)

    return asyncio.run(tasks(letters, between, note))


def tasks_running(letters: int, steps: int, note: Note) -> str:
    """The same, but a worker never offers the thread to the others.
    Nobody takes it away: an await that need not wait does not stop."""

    async def between() -> None:
        work(steps)

    return asyncio.run(tasks(letters, between, note))


async def tasks(
    letters: int, between: Callable[[], Awaitable[None]], note: Note
) -> str:
    """Start a task for each worker and wait for all."""
    page = Page(letters, note)

    async def worker(number: int) -> None:
        for _ in range(letters):
            page.print(number)
            await between()

    await asyncio.gather(*map(worker, range(len(WORKERS))))
    return str(page)
