"""The two who send, one of them four times as fast as the other."""

from __future__ import annotations

import asyncio
import os
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tandem.events import Note
    from tandem.topics import Seconds

    # Puts a name somewhere, or None: there will be no other.
    Put = Callable[["str | None"], None]
    # What a sender is told: its number, its name, how often to send,
    # and how long to sleep in between.
    Share = tuple[int, str, int, float]


# The senders' names, which are also what they send.
FAST = "fast"  # sends every half unit
SLOW = "slow"  # sends every two units

# How many messages the fast sender has for one of the slow.
RATIO = 4

# The workers, as events number them.
FAST_SENDER = 0
SLOW_SENDER = 1
RECEIVER = 2


def start(
    puts: list[Put], shares: list[Share], note: Note
) -> list[threading.Thread]:
    """Start both senders, each in a thread. Their queues have room for
    one message: then who sends waits for the receiver."""
    senders = [
        threading.Thread(target=send, args=(put, *share, note))
        for put, share in zip(puts, shares)
    ]
    for sender in senders:
        sender.start()
    return senders


def send(
    put: Put,
    worker: int,
    name: str,
    count: int,
    interval: float,
    note: Note,
) -> None:
    """Send a name so many times, and then None: a queue cannot be
    closed (before Python 3.13), so a message says that this was all."""
    for i in range(count):
        if i > 0:
            time.sleep(interval)
        note(worker, "sending", name)
        put(name)
        note(worker, "sent", name)
    put(None)


def into(end: int) -> Put:
    """Put into a pipe: a byte for a name, and its end for None."""

    def put(name: str | None) -> None:
        if name is None:
            os.close(end)
        else:
            os.write(end, b".")

    return put


async def send_task(
    to: asyncio.Queue[Any],
    worker: int,
    name: str,
    count: int,
    interval: float,
    note: Note,
) -> None:
    """The same as send, with an await where it may have to wait."""
    for i in range(count):
        if i > 0:
            await asyncio.sleep(interval)
        note(worker, "sending", name)
        await to.put(name)
        note(worker, "sent", name)
    await to.put(None)


def shares(messages: int, unit: Seconds) -> list[Share]:
    """What each of the two senders is told."""
    return [
        (FAST_SENDER, FAST, RATIO * messages, unit / 2),
        (SLOW_SENDER, SLOW, messages, unit * 2),
    ]
