"""The same in asyncio, where one thread does everything, and changes
over only at an await."""

from __future__ import annotations

import asyncio

from tandem.idioms_items import CALLER, FREE, rest

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.idioms_items import Polled
    from tandem.topics import Seconds


async def launch_tasks(items: int, unit: Seconds, note: Note) -> int:
    """Create a task for each item. None has begun when the caller is
    free: that takes an await. What came of each, gather tells."""
    tasks = [
        asyncio.ensure_future(rest(i + 1, i, unit, note))
        for i in range(items)
    ]
    note(CALLER, "mark", FREE)
    return sum(await asyncio.gather(*tasks))


async def timer_tasks(items: int, unit: Seconds, note: Note) -> int:
    """Be told on a queue when a time is over. No thread waits for it
    and no task: the loop itself calls."""
    over: asyncio.Queue[int] = asyncio.Queue()

    def ring(i: int) -> None:
        note(i + 1, "over", str(i))
        over.put_nowait(1)

    loop = asyncio.get_running_loop()
    for i in range(items):
        loop.call_later((i + 1) * unit, ring, i)
    note(CALLER, "mark", FREE)
    done = 0
    for _ in range(items):
        done += await over.get()
        note(CALLER, "received", str(done - 1))
    return done


async def poll_tasks(items: int, unit: Seconds, note: Note) -> Polled:
    """Ask a queue and do not wait. The something else has to be an
    await, or who sends would never get on."""
    values: asyncio.Queue[int] = asyncio.Queue(1)

    async def send() -> None:
        for i in range(items):
            await values.put(await rest(1, i, unit, note))

    sender = asyncio.ensure_future(send())
    note(CALLER, "mark", FREE)
    done = vain = 0
    while done < items:
        try:
            value = values.get_nowait()
        except asyncio.QueueEmpty:  # noqa: PERF203
            note(CALLER, "nothing", "")
            vain += 1
            await asyncio.sleep(unit / 10)
        else:
            note(CALLER, "received", str(done))
            done += value
    await sender
    return done, {"vain_polls": vain}


async def daemon_tasks(items: int, unit: Seconds, note: Note) -> int:
    """Wrap what copies one queue to another into a closure, and launch
    it as a task. Who keeps no reference to a task may lose it."""
    source: asyncio.Queue[int | None] = asyncio.Queue()
    target: asyncio.Queue[int | None] = asyncio.Queue(1)

    async def copy() -> None:
        while (item := await source.get()) is not None:
            await target.put(await rest(1, item, unit, note))
        await target.put(None)

    copier = asyncio.ensure_future(copy())
    for i in range(items):
        source.put_nowait(i)
    source.put_nowait(None)
    note(CALLER, "mark", FREE)
    done = 0
    while (value := await target.get()) is not None:
        note(CALLER, "received", str(done))
        done += value
    await copier
    return done
