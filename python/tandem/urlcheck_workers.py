"""What workers do: in threads, in processes and in coroutines."""

from __future__ import annotations

import asyncio
import threading

from tandem.urlcheck_http import FAILED, Keeper, Result, check, name

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from aiohttp import ClientSession

    from tandem.events import Note
    from tandem.topics import Seconds


# What a worker knows: a thread, or the only one of a process.
me = threading.local()


def enter(
    count: Any, note: Note, kept: list[Keeper] | None = None
) -> None:
    """Begin a worker: give it its number."""
    with count.get_lock():
        me.number = count.value
        count.value += 1
    me.note = note
    if kept is not None:
        me.keeper = Keeper()
        kept.append(me.keeper)


def enter_process(count: Any, note: Note) -> None:
    enter(count, note)
    # The last one's note tells what the pool cost before all of it
    # could check.
    note(0, "mark", "pool-ready")


def noted(
    check: Callable[[str, float], Result], timeout: float, url: str
) -> Result:
    me.note(me.number, "start", name(url))
    result = check(url, timeout)
    me.note(me.number, "finish", name(url))
    return result


def numbered(
    timeout: float, job: tuple[int, str]
) -> tuple[int, Result]:
    i, url = job
    return i, noted(check, timeout, url)


def check_keeping(url: str, timeout: float) -> Result:
    """As check, on a connection that the thread keeps for the next."""
    result: Result = me.keeper.check(url, timeout)
    return result


async def coroutines(
    targets: Sequence[str], workers: int, timeout: Seconds, note: Note
) -> list[Result]:
    """Make the checks in coroutines of one thread, with aiohttp, which
    keeps connections. The coroutines share the list: who is free takes
    the next URL."""
    from tandem.urlcheck_aiohttp import check_in, session

    async def work(client: ClientSession, number: int) -> None:
        for i, url in jobs:
            note(number, "start", name(url))
            results[i] = await check_in(client, url)
            note(number, "finish", name(url))

    results = [Result(0, FAILED)] * len(targets)
    jobs = iter(enumerate(targets))
    async with session(workers, timeout) as client:
        await asyncio.gather(
            *(work(client, number) for number in range(workers))
        )
    return results
