"""Four gophers in one thread, as tasks that take turns."""

from __future__ import annotations

import asyncio

from tandem.gophers_site import EMPTY, LOAD, MOVE, RETURN, UNLOAD

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.topics import Seconds


async def four_tasks(
    loads: int, way: int, unit: Seconds, note: Note
) -> list[int]:
    """The same four gophers as tasks, which never run at the same
    time."""
    empty, full, there, back = (
        asyncio.Queue["int | None"]() for _ in range(4)
    )
    burnt: list[int] = []

    async def do(gopher: int, what: str) -> None:
        note(gopher, what, "A")
        units = way if what in (MOVE, RETURN) else 1
        await asyncio.sleep(units * unit)
        note(gopher, "finish", "A")

    async def load() -> None:
        for number in range(loads):
            await empty.get()
            await do(0, LOAD)
            full.put_nowait(number)
        full.put_nowait(None)

    async def move() -> None:
        while (cart := await full.get()) is not None:
            await do(1, MOVE)
            there.put_nowait(cart)
        there.put_nowait(None)

    async def unload() -> None:
        while (cart := await there.get()) is not None:
            await do(2, UNLOAD)
            if not burnt:
                note(0, "mark", "first-burnt")
            burnt.append(cart)
            back.put_nowait(EMPTY)
        back.put_nowait(None)

    async def bring_back() -> None:
        while (cart := await back.get()) is not None:
            await do(3, RETURN)
            empty.put_nowait(cart)

    for _ in range(4):
        empty.put_nowait(EMPTY)
    await asyncio.gather(load(), move(), unload(), bring_back())
    return burnt
