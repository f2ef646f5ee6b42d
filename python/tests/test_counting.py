"""Any split of the count gives the sequential answer, in every kind of
worker, and leaves no worker behind."""

from __future__ import annotations

import functools
import multiprocessing
import threading
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import counting, events
from tandem.pools import READY

Split = Callable[..., int]

IN_THREADS: list[Split] = [
    counting.threads,
    counting.executor_threads,
]
FORK = multiprocessing.get_context("fork")
IN_PROCESSES: list[Split] = [
    functools.partial(function, start=FORK)
    for function in (
        counting.processes,
        counting.imap,
        counting.imap_unordered,
        counting.executor_processes,
    )
]


@pytest.mark.parametrize(
    ("n", "workers", "sizes"),
    [
        (0, 1, [0]),
        (8, 2, [4, 4]),
        (10, 4, [3, 3, 2, 2]),  # the remainder is spread
        (2, 4, [1, 1, 0, 0]),  # more workers than steps
        (10**12, 2, [5 * 10**11] * 2),  # dealt out, not counted
    ],
)
def test_chunks(n: int, workers: int, sizes: list[int]) -> None:
    assert counting.chunks(n, workers) == list(enumerate(sizes))


@given(n=st.integers(0, 10**15), workers=st.integers(1, 1000))
def test_chunks_are_all_of_it_and_even(n: int, workers: int) -> None:
    sizes = [size for _, size in counting.chunks(n, workers)]
    assert len(sizes) == workers
    assert sum(sizes) == n
    assert max(sizes) - min(sizes) <= 1
    assert sizes == sorted(sizes, reverse=True)


def same_answer(variant: Split, n: int, workers: int) -> None:
    before = threading.enumerate()
    want = counting.sequential(n, events.silent)
    assert variant(n, workers, note=events.silent) == want == n
    assert threading.enumerate() == before
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("variant", IN_THREADS)
@given(n=st.integers(0, 5000), workers=st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_threads(variant: Split, n: int, workers: int) -> None:
    same_answer(variant, n, workers)


@pytest.mark.parametrize("variant", IN_PROCESSES)
@given(n=st.integers(0, 5000), workers=st.integers(1, 5))
@settings(max_examples=6, deadline=None)
def test_processes(variant: Split, n: int, workers: int) -> None:
    same_answer(variant, n, workers)


@pytest.mark.parametrize("variant", IN_THREADS + IN_PROCESSES)
def test_events(variant: Split) -> None:
    """Each chunk starts and finishes once, in this order, and every
    process of a pool says that it is ready."""
    note = events.Recorder(trace=True)
    variant(10, 3, note=note)
    seen = note.close()
    for worker in range(3):
        kinds = [
            kind
            for _, number, kind, label in seen
            if number == worker and label == "count"
        ]
        assert kinds == ["start", "finish"]
    ready = [event for event in seen if event[2:] == READY[1:]]
    if variant in IN_THREADS:
        assert ready == []
    elif variant is IN_PROCESSES[-1]:
        assert 1 <= len(ready) <= 3, "it grows as needed"
    else:
        assert len(ready) == 3
