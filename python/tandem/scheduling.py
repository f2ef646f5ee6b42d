"""Shows who runs when: five workers print a letter each, many times,
and the order on the page tells how they took turns.

Its one decision: the page is the result. What differs between the
variants is only what a worker does between two letters, and who
decides when another one has its turn.

It is read beside go/scheduling/scheduling.go: same names, same order.
"""

from __future__ import annotations

import functools
import sys
import threading
import time

from tandem.scheduling_order import WORKERS, Page, told
from tandem.scheduling_steps import steps_in, work
from tandem.scheduling_tasks import (
    tasks_running,
    tasks_sleeping,
    tasks_yielding,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note
    from tandem.topics import Seconds, Work


def sequential(letters: int, steps: int, note: Note) -> str:
    """Let one worker after the other print all its letters."""
    page = Page(letters, note)
    for worker in range(len(WORKERS)):
        for _ in range(letters):
            page.print(worker)
            work(steps)
    return str(page)


def sleeping(letters: int, unit: Seconds, note: Note) -> str:
    """All workers at once, in threads, and each sleeps after each
    letter. Who sleeps gives up the interpreter's lock, so the next one
    gets it."""
    return together(letters, functools.partial(time.sleep, unit), note)


def running(letters: int, steps: int, note: Note) -> str:
    """The same without the sleep: a worker computes after each letter
    and never offers the lock to another. Where there is one, it is
    taken away when others have waited for the switch interval."""
    return together(letters, functools.partial(work, steps), note)


def together(
    letters: int, between: Callable[[], object], note: Note
) -> str:
    """Start a thread for each worker and wait for all."""
    page = Page(letters, note)

    def worker(number: int) -> None:
        for _ in range(letters):
            page.print(number)
            between()

    threads = [
        threading.Thread(target=worker, args=(number,))
        for number in range(len(WORKERS))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return str(page)


# From here on each language has its own.


def running_switch(
    letters: int, steps: int, switch: float, note: Note
) -> str:
    """The same as running, with another switch interval."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(switch)
    try:
        return running(letters, steps, note)
    finally:
        sys.setswitchinterval(before)


def busy(
    function: Callable[..., str], letters: int, work: Seconds
) -> Work:
    """Find out how many steps fill the time, before the clock runs."""
    steps = steps_in(work)
    return lambda note: function(letters, steps, note)


def busy_switch(letters: int, work: Seconds, switch: Seconds) -> Work:
    """The same for running_switch."""
    steps = steps_in(work)
    return lambda note: running_switch(letters, steps, switch, note)


def briefly(letters: int, note: Note) -> str:
    """Run with nothing to do between two letters."""
    return running(letters, 0, note)


# The answer, and what the order tells.
result = told


VARIANTS = {
    "sequential": (busy, sequential),
    "sleeping": sleeping,
    "running-briefly": briefly,
    "running": (busy, running),
    "running-switch": busy_switch,
    "asyncio-sleeping": tasks_sleeping,
    "asyncio-yielding": (busy, tasks_yielding),
    "asyncio-running": (busy, tasks_running),
}
