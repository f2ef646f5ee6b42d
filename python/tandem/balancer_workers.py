"""Tasks that serve requests."""

from __future__ import annotations

import asyncio

from tandem.balancer_heap import Ranked
from tandem.balancer_load import units

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tandem.balancer_load import Load
    from tandem.events import Note

    # Passes a request on: its number, and the future for its result.
    Request = tuple[int, asyncio.Future[int]]
    Serve = Callable[[Request], Awaitable[None]]


def crew(load: Load, room: int, note: Note) -> list[Worker]:
    """Workers, each with a queue of its own."""
    return [
        Worker(number, asyncio.Queue(room), load, note)
        for number in range(load.workers)
    ]


class Worker(Ranked):
    """Takes requests from its queue."""

    def __init__(
        self,
        number: int,
        requests: asyncio.Queue[Request],
        load: Load,
        note: Note,
    ) -> None:
        self.requests = requests
        self.served = 0
        self._number = number
        self._load = load
        self._note = note
        self.task = asyncio.ensure_future(self._work())

    async def _work(self) -> None:
        while True:
            number, reply = await self.requests.get()
            self._note(self._number, "start", str(number))
            took = units(number, self._load.heavy) * self._load.unit
            await asyncio.sleep(took)
            self._note(self._number, "finish", str(number))
            reply.set_result(number)
            self.served += 1
            self.moved(-1)
