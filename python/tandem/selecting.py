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


def counts(order: list[str]) -> str:
    """Say how often each name was received: the same in every variant,
    whatever the order is."""
    fast, slow = order.count(FAST), order.count(SLOW)
    return f"{FAST}={fast} {SLOW}={slow}"


def fast_per_slow(order: list[str]) -> float:
    """How many fast messages came for each slow one while both were
    coming: from the first slow one to the last. Where nobody waits for
    the other it is about RATIO. It is 0 where there are less than two
    slow ones."""
    slow = [i for i, name in enumerate(order) if name == SLOW]
    if len(slow) < 2:
        return 0
    between = order[slow[0] : slow[-1]].count(FAST)
    return between / (len(slow) - 1)


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


def shares(messages: int, unit: Seconds) -> list[Share]:
    """What each of the two senders is told."""
    return [
        (FAST_SENDER, FAST, RATIO * messages, unit / 2),
        (SLOW_SENDER, SLOW, messages, unit * 2),
    ]


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


def wait(messages: int, unit: Seconds, note: Note) -> list[str]:
    """Receive in a task from two that send: asyncio.wait returns when
    one of the two queues has something, or both."""
    told = shares(messages, unit)

    async def main() -> list[str]:
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

    return asyncio.run(main())


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


def pipes(messages: int, unit: Seconds, note: Note) -> list[str]:
    """Let the senders write into pipes: the kernel tells which of many
    has something to read. A message is one byte; the end of the pipe
    says that this was all."""
    told = shares(messages, unit)
    ends = [os.pipe(), os.pipe()]

    def put(end: int) -> Put:
        def put(name: str | None) -> None:
            if name is None:
                os.close(end)
            else:
                os.write(end, b".")

        return put

    order = []
    with selectors.DefaultSelector() as selector:
        for (read, _), name in zip(ends, (FAST, SLOW)):
            selector.register(read, selectors.EVENT_READ, name)
        puts = [put(write) for _, write in ends]
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


def result(order: list[str]) -> tuple[str, dict[str, float]]:
    """The answer, and how many came for each of the slow."""
    return counts(order), {"fast_per_slow": fast_per_slow(order)}


VARIANTS = {
    "in-turn": in_turn,
    "one-queue": one_queue,
    "wait": wait,
    "selectors": pipes,
}
