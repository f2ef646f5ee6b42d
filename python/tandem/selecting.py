"""Receives from two senders, one of them four times as fast as the
other: who waits for the slow one, and who need not?

Its one decision: each sender sends a fixed number of messages, so all
variants receive the same. What differs is in which order, and how long
it takes.

It is read beside go/selecting/selecting.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import os
import queue
import selectors

from tandem.selecting_received import received
from tandem.selecting_senders import (
    FAST,
    RECEIVER,
    SLOW,
    into,
    send_task,
    shares,
    start,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import Any

    from tandem.events import Note
    from tandem.topics import Seconds


def in_turn(messages: int, unit: Seconds, note: Note) -> list[str]:
    """Receive one from the fast sender, then one from the slow, and so
    on. While it waits for one it is deaf to the other."""
    fast: queue.Queue[str | None] = queue.Queue(1)
    slow: queue.Queue[str | None] = queue.Queue(1)
    senders = start([fast.put, slow.put], shares(messages, unit), note)
    order = []
    queues = [fast, slow]
    while queues:
        for sent in queues[:]:
            name = sent.get()
            if name is None:
                queues.remove(sent)
            else:
                note(RECEIVER, "received", name)
                order.append(name)
    for sender in senders:
        sender.join()
    return order


# From here on each language has its own way not to wait for one.


def one_queue(messages: int, unit: Seconds, note: Note) -> list[str]:
    """Give both senders the same queue: there is only one to wait for.
    A thread cannot wait for two."""
    both: queue.Queue[str | None] = queue.Queue(1)
    senders = start([both.put, both.put], shares(messages, unit), note)
    order = []
    sending = len(senders)
    while sending:
        name = both.get()
        if name is None:
            sending -= 1
        else:
            note(RECEIVER, "received", name)
            order.append(name)
    for sender in senders:
        sender.join()
    return order


async def wait(messages: int, unit: Seconds, note: Note) -> list[str]:
    """Receive in a task from two that send: asyncio.wait returns when
    one of the two queues has something, or both."""
    told = shares(messages, unit)
    senders = []
    # The queue that each task waits for.
    waiting: dict[asyncio.Task[Any], asyncio.Queue[Any]] = {}
    for share in told:
        sent: asyncio.Queue[Any] = asyncio.Queue(1)
        sender = send_task(sent, *share, note)
        senders.append(asyncio.create_task(sender))
        waiting[asyncio.create_task(sent.get())] = sent

    order = []
    while waiting:
        ready, _ = await asyncio.wait(
            waiting, return_when=asyncio.FIRST_COMPLETED
        )
        for task in ready:
            sent, name = waiting.pop(task), task.result()
            if name is not None:
                note(RECEIVER, "received", name)
                order.append(name)
                waiting[asyncio.create_task(sent.get())] = sent
    await asyncio.gather(*senders)
    return order


def pipes(messages: int, unit: Seconds, note: Note) -> list[str]:
    """Let the senders write into pipes: the kernel tells which of many
    has something to read. A message is one byte; the end of the pipe
    says that this was all."""
    told = shares(messages, unit)
    ends = [os.pipe(), os.pipe()]
    order = []
    with selectors.DefaultSelector() as selector:
        for (read, _), name in zip(ends, (FAST, SLOW)):
            selector.register(read, selectors.EVENT_READ, name)
        puts = [into(write) for _, write in ends]
        senders = start(puts, told, note)
        while selector.get_map():
            for key, _ in selector.select():
                if os.read(key.fd, 1):
                    note(RECEIVER, "received", key.data)
                    order.append(key.data)
                else:
                    selector.unregister(key.fd)
                    os.close(key.fd)
    for sender in senders:
        sender.join()
    return order


# The answer, and what the order tells.
result = received


VARIANTS = {
    "in-turn": in_turn,
    "one-queue": one_queue,
    "wait": wait,
    "selectors": pipes,
}
