"""Any number of workers gives the sequential answer, in every kind of
worker, and leaves no worker behind."""

from __future__ import annotations

import functools
import multiprocessing
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, fibonacci

Variant = Callable[..., int]

IN_THREADS: list[Variant] = [
    fibonacci.threads,
    fibonacci.executor_threads,
]
FORK = multiprocessing.get_context("fork")
IN_PROCESSES: list[Variant] = [
    functools.partial(function, start=FORK)
    for function in (
        fibonacci.processes,
        fibonacci.executor_processes,
    )
]


def test_fib() -> None:
    a, b = 0, 1
    for n in range(20):
        assert fibonacci.fib(n) == a
        a, b = b, a + b


def same_answer(variant: Variant, n: int, workers: int) -> None:
    before = threading.enumerate()
    want = fibonacci.sequential(n, events.silent)
    assert variant(n, workers, note=events.silent) == want
    # A well known law.
    assert want == fibonacci.fib(n + 2) - 1
    assert threading.enumerate() == before
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("variant", IN_THREADS)
@given(n=st.integers(0, 14), workers=st.integers(1, 50))
@settings(max_examples=30, deadline=None)
def test_threads(variant: Variant, n: int, workers: int) -> None:
    same_answer(variant, n, workers)


@pytest.mark.parametrize("variant", IN_PROCESSES)
@given(n=st.integers(0, 14), workers=st.integers(1, 5))
@settings(max_examples=6, deadline=None)
def test_processes(variant: Variant, n: int, workers: int) -> None:
    same_answer(variant, n, workers)


@pytest.mark.parametrize("variant", IN_THREADS + IN_PROCESSES)
def test_events(variant: Variant) -> None:
    """Each number is started and finished once, in this order."""
    note = events.Recorder(trace=True)
    variant(9, 3, note=note)
    seen = [event for event in note.close() if event[3] == "fib"]
    assert len(seen) == 20
    for job in range(10):
        kinds = [kind for _, number, kind, _ in seen if number == job]
        assert kinds == ["start", "finish"]
