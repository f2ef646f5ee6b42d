"""Receives from a sender that forgets to say when it is done, and shows
what comes of that.

Its one decision: the broken function and the fixed one differ in one
line. Nothing in Python sees that a thread waits for nobody, so the
receiver never waits for ever: from time to time it asks whether the
sender is still there.

It is read beside go/deadlock/deadlock.go: same names, same order.
"""

from __future__ import annotations

import queue
import sys
import threading

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note

    # How many numbers came, and what was said of a deadlock: nothing
    # if there was none.
    Outcome = tuple[int, str]

# The workers, as events number them.
SENDER = 0
RECEIVER = 1

# How many seconds the receiver waits before it asks who is there.
PATIENCE = 0.05


class Deadlock(Exception):
    """Who waits waits for nobody."""


def broken(items: int, note: Note) -> int:
    """Never returns: when all is received, it waits for more, and
    nobody is left to send it. Receive notices and raises Deadlock."""
    numbers: queue.Queue[int | None] = queue.Queue()

    def send() -> None:
        for number in range(items):
            note(SENDER, "sending", str(number))
            numbers.put(number)
        # Nobody says that this was the last.

    sender = threading.Thread(target=send)
    sender.start()
    return receive(numbers, sender, note)


def fixed(items: int, note: Note) -> int:
    """The same, but the sender puts None: it is the one who knows that
    nothing more will come."""
    numbers: queue.Queue[int | None] = queue.Queue()

    def send() -> None:
        for number in range(items):
            note(SENDER, "sending", str(number))
            numbers.put(number)
        numbers.put(None)

    sender = threading.Thread(target=send)
    sender.start()
    return receive(numbers, sender, note)


def receive(
    numbers: queue.Queue[int | None],
    sender: threading.Thread,
    note: Note,
) -> int:
    """Receive until None comes, and return how many numbers came."""
    count = 0
    while True:
        try:
            number = numbers.get(timeout=PATIENCE)
        except queue.Empty:
            # In this order: once it is gone, nothing is added.
            if sender.is_alive() or not numbers.empty():
                continue
            raise Deadlock(
                f"nothing came for {PATIENCE} s, the queue is empty, "
                f"and {sender.name}, which fills it, has ended"
            ) from None
        if number is None:
            sender.join()
            return count
        note(RECEIVER, "received", str(number))
        count += 1


# From here on each language has its own way to live with the broken
# one. In Python the waiting must be bounded, and whoever waits asks.


def attempt(
    function: Callable[[int, Note], int], items: int, note: Note
) -> Outcome:
    """Call broken or fixed and tell how it ended. A deadlock is an
    outcome and no error."""
    received = 0

    def listen(worker: int, kind: str, label: str) -> None:
        nonlocal received
        if kind == "received":
            received += 1
        note(worker, kind, label)

    report = ""
    try:
        function(items, listen)
    except Deadlock as deadlock:
        report = f"deadlock: {deadlock}"
        note(RECEIVER, "stuck", report)
    return received, report


def result(outcome: Outcome) -> tuple[int, dict[str, float]]:
    """The answer, and whether it got stuck. The log says how."""
    count, report = outcome
    if report:
        print(report, file=sys.stderr)
    return count, {"stuck": 1 if report else 0}


VARIANTS = {"broken": (attempt, broken), "fixed": (attempt, fixed)}
