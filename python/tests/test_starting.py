"""However they are started, all workers do their task and are gone."""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, starting, topics

if TYPE_CHECKING:
    from tandem.events import Note

each = pytest.mark.parametrize("name", starting.VARIANTS)


def start(name: str, workers: int, note: Note) -> object:
    """What a trial would do."""
    try:
        work = topics.bind(starting, name, {"workers": workers})
        return work(note)
    except topics.Skip as skip:
        pytest.skip(str(skip))


@each
@given(workers=st.integers(1, 4))
@settings(max_examples=3, deadline=None)
def test_same_answer(name: str, workers: int) -> None:
    before = threading.enumerate()
    assert start(name, workers, events.silent) == workers
    assert threading.enumerate() == before
    assert multiprocessing.active_children() == []


@each
def test_events(name: str) -> None:
    note = events.Recorder(trace=True)
    start(name, 2, note)
    seen = [event[1:] for event in note.close()]
    assert sorted(seen) == [
        (0, "finish", "task"),
        (0, "mark", "first-map"),
        (0, "start", "task"),
        (1, "finish", "task"),
        (1, "start", "task"),
    ]


def test_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A way that this machine does not have is no failure."""
    monkeypatch.setattr(
        "multiprocessing.get_all_start_methods", lambda: ["spawn"]
    )
    with pytest.raises(topics.Skip, match="no start method fork here"):
        starting.started("fork", 1)
    assert starting.started("spawn", 1)(events.silent) == 1
