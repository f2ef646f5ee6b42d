"""All that is sent is received, in every way of waiting, and nothing
stays behind."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import (
    events,
    selecting,
    selecting_received,
    selecting_senders,
    topics,
)
from tandem.selecting_senders import FAST, SLOW

if TYPE_CHECKING:
    from tandem.events import Note

Variant = Callable[[int, float, "Note"], "list[str]"]

VARIANTS: list[Variant] = [
    selecting.in_turn,
    selecting.one_queue,
    topics.plain(selecting.wait),
    selecting.pipes,
]
each = pytest.mark.parametrize("variant", VARIANTS)


@pytest.mark.parametrize(
    ("order", "counts", "ratio"),
    [
        ([], "fast=0 slow=0", 0),
        ([SLOW], "fast=0 slow=1", 0),  # no time between two slow ones
        ([FAST, SLOW, FAST, FAST, SLOW, FAST], "fast=4 slow=2", 2),
        ([SLOW, FAST, SLOW, FAST, SLOW], "fast=2 slow=3", 1),
        ([SLOW, SLOW, FAST], "fast=1 slow=2", 0),  # after all
    ],
)
def test_fast_per_slow(
    order: list[str], counts: str, ratio: float
) -> None:
    assert selecting_received.counts(order) == counts
    assert selecting_received.fast_per_slow(order) == ratio


def descriptors() -> int:
    folder = "/proc/self/fd"
    return len(os.listdir(folder)) if os.path.isdir(folder) else 0


@each
@settings(max_examples=15, deadline=None)
@given(messages=st.integers(1, 20))
def test_same_answer(variant: Variant, messages: int) -> None:
    threads, files = threading.enumerate(), descriptors()
    noted: Counter[tuple[int, str]] = Counter()

    def note(worker: int, kind: str, label: str) -> None:
        assert label in (FAST, SLOW)
        noted[worker, kind] += 1  # no two threads count the same

    order = variant(messages, 0, note)
    want = selecting.in_turn(messages, 0, events.silent)
    assert selecting_received.counts(
        order
    ) == selecting_received.counts(want)
    assert noted == {
        (selecting_senders.FAST_SENDER, "sending"): 4 * messages,
        (selecting_senders.FAST_SENDER, "sent"): 4 * messages,
        (selecting_senders.SLOW_SENDER, "sending"): messages,
        (selecting_senders.SLOW_SENDER, "sent"): messages,
        (selecting_senders.RECEIVER, "received"): 5 * messages,
    }
    assert threading.enumerate() == threads
    assert descriptors() == files


def test_in_turn_keeps_the_fast_one_waiting() -> None:
    # Whatever the pace, one for one: so the slow one sets it.
    order = selecting.in_turn(5, 0, events.silent)
    assert order == [FAST, SLOW] * 5 + [FAST] * 15
    assert selecting_received.fast_per_slow(order) == 1


@pytest.mark.parametrize("variant", VARIANTS[1:])
def test_nobody_else_waits_for_the_slow_one(
    variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The slow one sleeps until all of the fast ones are received.
    received = threading.Event()
    fast = 0

    def note(worker: int, kind: str, label: str) -> None:
        nonlocal fast
        if kind == "received" and label == FAST:
            fast += 1
            if fast == 8:
                received.set()

    def sleep(seconds: float) -> None:
        if seconds == 2:
            assert received.wait(60)

    real = asyncio.sleep

    async def sleep_task(seconds: float) -> None:
        while seconds == 2 and not received.is_set():
            await real(0)

    monkeypatch.setattr("time.sleep", sleep)
    monkeypatch.setattr("asyncio.sleep", sleep_task)
    order = variant(2, 1, note)
    assert order[-1] == SLOW
    assert order.count(FAST) == 8
