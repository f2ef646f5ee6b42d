"""Every item is done once, whoever does it, and nobody stays."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, idioms

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
VARIANTS: list[Variant] = [idioms.call, *BACKGROUND]
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
    worked = "over" if variant is idioms.timer else "finish"
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


@each
def test_refused(variant: Variant) -> None:
    with pytest.raises(ValueError, match="items is 0, want at least 1"):
        variant(0, 0, events.silent)
