"""Shows what room in a queue is for: one sender sends four messages to
a receiver that is still asleep.

Its one decision: sender and receiver are the same in every variant.
What differs is the room between them, and so how far the sender comes
before it has to wait.

It is read beside go/buffering/buffering.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tandem.events import Note
    from tandem.topics import Seconds

    # What was received, in the order in which it came, and how much of
    # it was sent before the receiver woke.
    Delivery = tuple[list[str], int]
    # Pass on a message, or None: there will be no other.
    Put = Callable[["str | None"], None]
    Get = Callable[[], "str | None"]

# What is sent, in this order.
MESSAGES = ["A", "B", "C", "D"]

# How many units the receiver sleeps before it begins.
ASLEEP = 5

# The workers, as events number them.
SENDER = 0
RECEIVER = 1


def result(delivery: Delivery) -> tuple[str, dict[str, float]]:
    """What was received, which is the same in every variant, and how
    far the sender came."""
    received, early = delivery
    return " ".join(received), {"sent_early": early}


def unbuffered(unit: Seconds, note: Note) -> Delivery:
    """Send without room: each message waits until the receiver takes
    it. The standard library has no such queue (in Queue(0) the room has
    no end), so with each message goes an event that the receiver sets.
    """
    passing: queue.Queue[tuple[str | None, threading.Event]]
    passing = queue.Queue()

    def put(message: str | None) -> None:
        taken = threading.Event()
        passing.put((message, taken))
        taken.wait()

    def get() -> str | None:
        message, taken = passing.get()
        taken.set()
        return message

    return deliver(put, get, unit, note)


def buffered(capacity: int, unit: Seconds, note: Note) -> Delivery:
    """Send through a queue that keeps so many messages. The sender
    waits only when it is full."""
    room: queue.Queue[str | None] = queue.Queue(capacity)
    return deliver(room.put, room.get, unit, note)


def deliver(put: Put, get: Get, unit: Seconds, note: Note) -> Delivery:
    """Start the sender, sleep, and then receive all messages."""
    sent: list[str] = []
    sender = threading.Thread(target=send, args=(put, sent, note))
    sender.start()

    time.sleep(ASLEEP * unit)
    note(RECEIVER, "wake", "")
    early = len(sent)

    received = []
    while (message := get()) is not None:
        note(RECEIVER, "received", message)
        received.append(message)
    sender.join()
    return received, early


def send(put: Put, sent: list[str], note: Note) -> None:
    """Send all messages, and then None: a queue cannot be closed
    (before Python 3.13), so a message says that this was all."""
    for message in MESSAGES:
        note(SENDER, "sending", message)
        put(message)
        sent.append(message)
        note(SENDER, "sent", message)
    put(None)


# From here on Python is alone: a second kind of queue, for tasks.


async def tasks(capacity: int, unit: Seconds, note: Note) -> Delivery:
    """The same as buffered in two tasks of one thread. Each await is a
    place where the other may run."""
    queue: asyncio.Queue[Any] = asyncio.Queue(capacity)
    sent: list[str] = []
    sender = asyncio.create_task(send_task(queue, sent, note))

    await asyncio.sleep(ASLEEP * unit)
    note(RECEIVER, "wake", "")
    early = len(sent)

    received = []
    while (message := await queue.get()) is not None:
        note(RECEIVER, "received", message)
        received.append(message)
    await sender
    return received, early


async def send_task(
    queue: asyncio.Queue[Any], sent: list[str], note: Note
) -> None:
    """The same as send, with an await where it may have to wait."""
    for message in MESSAGES:
        note(SENDER, "sending", message)
        await queue.put(message)
        sent.append(message)
        note(SENDER, "sent", message)
    await queue.put(None)


VARIANTS = {
    "unbuffered": unbuffered,
    "buffered": buffered,
    "roomy": (buffered, len(MESSAGES)),
    "asyncio": tasks,
}
