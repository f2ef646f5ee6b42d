"""An item of work, and what is noted of who does it."""

from __future__ import annotations

import asyncio
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.topics import Seconds

    # How many items were done, and how often it was asked in vain.
    Polled = tuple[int, dict[str, float]]


# The worker that starts the others, as events number them.
CALLER = 0


# The mark that a caller leaves when it has started all and could do
# something else.
FREE = "caller-free"


def work(worker: int, item: int, unit: Seconds, note: Note) -> int:
    """Do an item: it takes a unit. Return how many are done."""
    note(worker, "start", str(item))
    time.sleep(unit)
    note(worker, "finish", str(item))
    return 1


async def rest(
    worker: int, item: int, unit: Seconds, note: Note
) -> int:
    """Do an item without keeping the thread."""
    note(worker, "start", str(item))
    await asyncio.sleep(unit)
    note(worker, "finish", str(item))
    return 1
