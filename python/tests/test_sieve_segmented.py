"""Segments hold the same primes as one table."""

from __future__ import annotations

import multiprocessing
import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, sieve, sieve_segmented

LENGTH = sieve_segmented.LENGTH
borders = [LENGTH - 1, LENGTH, LENGTH + 1, LENGTH + 2, 2 * LENGTH]


@given(n=st.integers(0, 2000) | st.sampled_from(borders))
@settings(max_examples=60, deadline=None)
def test_same_answer(n: int) -> None:
    before = threading.enumerate()
    want = sieve.sequential(n, events.silent)
    assert sieve_segmented.sequential(n, events.silent) == want
    assert sieve_segmented.threads(n, 2, events.silent) == want
    assert threading.enumerate() == before


def test_processes() -> None:
    note = events.Recorder(trace=True)
    fork = multiprocessing.get_context("fork")
    n = 2 * LENGTH + 1
    got = sieve_segmented.processes(n, 2, fork, note)
    assert got == sieve.sequential(n, events.silent)
    assert len(note.close()) == 6
    assert multiprocessing.active_children() == []
