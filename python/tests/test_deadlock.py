"""Both receive all numbers; the broken one then says why it waits in
vain, and never says so while there is somebody to wait for."""

from __future__ import annotations

import inspect
import threading
from queue import Empty, Queue

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import deadlock, events


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlock, "PATIENCE", 0.001)


@pytest.mark.parametrize("items", [0, 1, 5])
def test_broken(items: int) -> None:
    before = threading.enumerate()
    noted: list[tuple[int, str, str]] = []
    received, report = deadlock.attempt(
        deadlock.broken, items, lambda *event: noted.append(event)
    )
    assert received == items
    assert [
        label for _, kind, label in noted if kind == "received"
    ] == [str(number) for number in range(items)]
    assert report.startswith(
        "deadlock: nothing came for 0.001 s, the queue is empty, and "
    )
    assert noted[-1] == (deadlock.RECEIVER, "stuck", report)
    assert threading.enumerate() == before
    with pytest.raises(deadlock.Deadlock, match="has ended"):
        deadlock.broken(items, events.silent)


@settings(deadline=None, max_examples=30)
@given(items=st.integers(0, 50))
def test_fixed(items: int) -> None:
    before = threading.enumerate()
    outcome = deadlock.attempt(deadlock.fixed, items, events.silent)
    assert outcome == (items, "")
    assert deadlock.fixed(items, events.silent) == items
    assert threading.enumerate() == before


class Eager(Queue["int | None"]):
    """Tells when somebody waited in vain."""

    def __init__(self) -> None:
        super().__init__()
        self.vain = threading.Event()

    def get(
        self, block: bool = True, timeout: float | None = None
    ) -> int | None:
        try:
            return super().get(block, timeout)
        except Empty:
            self.vain.set()
            raise


def test_a_slow_sender_is_no_deadlock() -> None:
    numbers = Eager()

    def send() -> None:
        assert numbers.vain.wait(60)
        numbers.put(1)
        numbers.put(None)

    sender = threading.Thread(target=send)
    sender.start()
    assert deadlock.receive(numbers, sender, events.silent) == 1


def test_one_line_apart() -> None:
    broken = inspect.getsource(deadlock.broken).split("numbers: ", 1)[1]
    fixed = inspect.getsource(deadlock.fixed).split("numbers: ", 1)[1]
    (before, after), *more = [
        (a.strip(), b.strip())
        for a, b in zip(broken.splitlines(), fixed.splitlines())
        if a.strip() != b.strip()
    ]
    assert before.startswith("#")
    assert after == "numbers.put(None)"
    assert not more
