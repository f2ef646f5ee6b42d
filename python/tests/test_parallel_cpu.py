"""Whoever computes, the sum is the same."""

from __future__ import annotations

import multiprocessing
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, parallel_cpu


@given(
    n=st.integers(0, 40),
    workers=st.integers(1, 9),
    steps=st.integers(0, 50),
)
@settings(max_examples=20, deadline=None)
def test_same_answer(n: int, workers: int, steps: int) -> None:
    before = threading.enumerate()
    want = parallel_cpu.sequential(n, steps, events.silent)
    got = parallel_cpu.pool(n, workers, steps, events.silent)
    assert got == want
    assert threading.enumerate() == before


def test_processes() -> None:
    note = events.Recorder(trace=True)
    want = parallel_cpu.sequential(10, 100, events.silent)
    fork = multiprocessing.get_context("fork")
    assert parallel_cpu.processes(10, 2, 100, fork, note) == want
    assert len(note.close()) == 20
    assert multiprocessing.active_children() == []


def test_known() -> None:
    """The other language must come to the same."""
    assert parallel_cpu.compute(0, 1) == 1013904223
    assert parallel_cpu.compute(7, 1000) == 2431682671
