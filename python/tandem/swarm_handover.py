"""Two workers who take turns, and what a change from one to the other
costs."""

from __future__ import annotations

import asyncio
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.swarm_weight import Facts


async def handover(rounds: int, note: Note) -> Facts:
    """Have two tasks take turns, so many times, and say what a change
    from one to the other costs."""

    async def turns() -> None:
        for _ in range(rounds):
            await asyncio.sleep(0)  # the other one's turn

    note(0, "start", "handover")
    begin = time.monotonic_ns()
    await asyncio.gather(turns(), turns())
    elapsed = time.monotonic_ns() - begin
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
