"""Any way to collect gives the sequential total, holds what it says it
holds, and leaves no worker behind."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import collecting_memory, events

if TYPE_CHECKING:
    from tandem.collecting_memory_stream import Sum
    from tandem.events import Note
    from tandem.processes import Start

Variant = Callable[[int, int, int, int, "Start", "Note"], "Sum"]

FORK = multiprocessing.get_context("fork")


def unchunked(
    function: Callable[[int, int, int, Start, Note], Sum],
) -> Variant:
    return lambda n, size, workers, chunksize, start, note: function(
        n, size, workers, start, note
    )


POOLS = {
    "everything": unchunked(collecting_memory.everything),
    "one_by_one": unchunked(collecting_memory.one_by_one),
    "chunked": collecting_memory.chunked,
    "stalled": unchunked(collecting_memory.stalled),
}
each = pytest.mark.parametrize("name", POOLS)


@pytest.mark.parametrize(
    ("n", "size", "want"),
    [
        (0, 1, (0, 0)),
        (4, 1, (6, 1)),
        (4, 9, (6, 1)),  # the answer is not a matter of the size
        (252, 2, (31375, 1)),  # 0 to 250, and 0 again
    ],
)
def test_sequential(n: int, size: int, want: tuple[int, int]) -> None:
    got = collecting_memory.sequential(n, size, events.silent)
    assert got[:2] == want


@each
@given(
    n=st.integers(0, 700),
    size=st.integers(1, 300),
    workers=st.integers(1, 3),
    chunksize=st.integers(1, 300),
)
@settings(max_examples=6, deadline=None)
def test_same_answer(
    name: str, n: int, size: int, workers: int, chunksize: int
) -> None:
    before = threading.enumerate()
    want, *_ = collecting_memory.sequential(n, size, events.silent)
    got, held, _ = POOLS[name](
        n, size, workers, chunksize, FORK, events.silent
    )
    assert got == want
    if name in ("everything", "stalled"):
        assert held == n
    else:
        assert min(n, 1) <= held <= n
    assert threading.enumerate() == before
    assert multiprocessing.active_children() == []


@each
def test_marks(name: str) -> None:
    """Where everything is held, the input has been read before the
    first result reaches the caller."""
    note = events.Recorder(trace=False)
    # More than what pipes and queues can hold together.
    POOLS[name](2000, 2000, 2, 2, FORK, note)
    labels = [label for _, _, _, label in note.close()]
    assert labels.count("pool-ready") == 2
    labels = [label for label in labels if label != "pool-ready"]
    if name in ("everything", "stalled"):
        assert labels == ["input-read", "first-result"]
    else:
        assert sorted(labels) == ["first-result", "input-read"]
