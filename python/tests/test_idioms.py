"""Every item is done once, whoever does it, and nobody stays."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, idioms, idioms_tasks, topics

if TYPE_CHECKING:
    from tandem.events import Note

Variant = Callable[[int, float, "Note"], int]


def poll(items: int, unit: float, note: Note) -> int:
    return idioms.poll(items, unit, note)[0]


BACKGROUND: list[Variant] = [
    idioms.launch,
    idioms.timer,
    poll,
    idioms.daemon,
]


def poll_tasks(items: int, unit: float, note: Note) -> int:
    polled = idioms_tasks.poll_tasks(items, unit, note)
    return asyncio.run(polled)[0]


timer_tasks = topics.plain(idioms_tasks.timer_tasks)

TASKS: list[Variant] = [
    topics.plain(idioms_tasks.launch_tasks),
    timer_tasks,
    poll_tasks,
    topics.plain(idioms_tasks.daemon_tasks),
]
VARIANTS: list[Variant] = [idioms.call, *BACKGROUND, *TASKS]
each = pytest.mark.parametrize("variant", VARIANTS)


@each
@settings(max_examples=10, deadline=None)
@given(items=st.integers(1, 8))
def test_same_answer(variant: Variant, items: int) -> None:
    before = threading.enumerate()
    note = events.Recorder(trace=True)
    assert variant(items, 0, note) == items
    assert threading.enumerate() == before
    kinds = Counter(kind for _, _, kind, _ in note.close())
    timers = idioms.timer, timer_tasks
    worked = "over" if variant in timers else "finish"
    assert kinds[worked] == items
    assert kinds["mark"] == 1


@pytest.mark.parametrize("variant", BACKGROUND)
def test_caller_is_free_at_once(
    variant: Variant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No item is done before the caller was free: it waits for that."""
    free = threading.Event()
    main = threading.current_thread()

    def sleep(seconds: float) -> None:
        if threading.current_thread() is not main:
            assert free.wait(60)

    def note(worker: int, kind: str, label: str) -> None:
        if kind == "mark":
            free.set()
        elif kind == "over":
            assert free.wait(60)

    monkeypatch.setattr("time.sleep", sleep)
    assert variant(3, 0, note) == 3


@pytest.mark.parametrize("variant", TASKS)
def test_tasks_begin_when_the_caller_waits(variant: Variant) -> None:
    """Not when they are created: the caller is free before anything
    has happened."""
    kinds: list[str] = []
    variant(3, 0, lambda worker, kind, label: kinds.append(kind))
    assert kinds[0] == "mark"


def test_launched_tasks_rest_together() -> None:
    """All have begun before the first one has finished."""
    kinds: list[str] = []
    topics.plain(idioms_tasks.launch_tasks)(
        3, 0.001, lambda worker, kind, label: kinds.append(kind)
    )
    assert kinds == ["mark", *["start"] * 3, *["finish"] * 3]
