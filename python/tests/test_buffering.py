"""The sender comes as far as there is room, and all arrives."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tandem import buffering, events, topics

if TYPE_CHECKING:
    from tandem.events import Note

    Variant = Callable[[int, float, Note], buffering.Delivery]


def unbuffered(
    capacity: int, unit: float, note: Note
) -> buffering.Delivery:
    assert capacity == 0
    return buffering.unbuffered(unit, note)


class Diary:
    """Writes down what happens, and tells when the sender has come as
    far as it can while the receiver sleeps: it has sent as much as
    there is room, and begun to send the next if there is one."""

    def __init__(self, capacity: int) -> None:
        count = len(buffering.MESSAGES)
        self._sending = min(capacity + 1, count)
        self._sent = min(capacity, count)
        self.events: list[tuple[str, str]] = []
        self.full = threading.Event()

    def note(self, worker: int, kind: str, label: str) -> None:
        self.events.append((kind, label))
        kinds = [kind for kind, _ in self.events]
        if (
            kinds.count("sending") == self._sending
            and kinds.count("sent") == self._sent
        ):
            self.full.set()


SENDERS = [
    (unbuffered, 0),
    *((buffering.buffered, capacity) for capacity in range(1, 6)),
    *(
        (topics.plain(buffering.tasks), capacity)
        for capacity in range(1, 6)
    ),
]


@pytest.mark.parametrize(("variant", "capacity"), SENDERS)
def test_room(
    variant: Variant, capacity: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    diary = Diary(capacity)
    real = asyncio.sleep

    def sleep(seconds: float) -> None:
        assert seconds == 5
        assert diary.full.wait(60)

    async def sleep_task(seconds: float) -> None:
        assert seconds == 5
        while not diary.full.is_set():
            await real(0)

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("asyncio.sleep", sleep_task)
    before = threading.enumerate()
    received, early = variant(capacity, 1, diary.note)

    assert received == buffering.MESSAGES
    assert early == min(capacity, len(buffering.MESSAGES))
    wake = diary.events.index(("wake", ""))
    for i, message in enumerate(buffering.MESSAGES):
        sending = diary.events.index(("sending", message))
        sent = diary.events.index(("sent", message))
        assert sending < sent
        assert (sending < wake) == (i <= capacity)
        assert (sent < wake) == (i < capacity)
        assert wake < diary.events.index(("received", message))
    assert len(diary.events) == 13
    assert threading.enumerate() == before


@pytest.mark.parametrize(("variant", "capacity"), SENDERS)
def test_receiver_first(variant: Variant, capacity: int) -> None:
    delivery = variant(capacity, 0, events.silent)
    answer, _ = buffering.result(delivery)
    assert answer == "A B C D"
    assert delivery[1] <= capacity
