"""All ways give what one after the other gives, stop at an error, and
leave nobody behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, parallel, parallel_do, topics


def pool(items: Any, workers: int, f: Any) -> list[int]:
    """With no room in the queues, or nearly so."""
    results = sorted(
        parallel.pool(items, workers, 1, f), key=lambda r: r[0]
    )
    for _, _, error in results:
        if error:
            raise error
    return [value for _, value, _ in results]


def each(items: Any, workers: int, f: Any) -> list[int]:
    results = parallel_do.each(items, workers, f)
    assert [i for i, _, _ in results] == list(range(len(items)))
    for _, _, error in results:
        if error:
            raise error
    return [value for _, value, _ in results]


def limited(items: Any, workers: int, f: Any) -> list[int]:
    async def later(item: int) -> Any:
        await asyncio.sleep(0)
        return f(item)

    return parallel.limited(items, workers, later)


def thread_pool(items: Any, workers: int, f: Any) -> list[int]:
    return sorted(parallel.thread_pool(items, workers, f))


Way = Callable[[Any, int, Any], "list[int]"]

every = pytest.mark.parametrize(
    "way", [pool, parallel_do.do, each, limited, thread_pool]
)


@every
@given(n=st.integers(0, 50), workers=st.integers(0, 20))
@settings(max_examples=15, deadline=None)
def test_same_as_sequential(way: Way, n: int, workers: int) -> None:
    before = threading.enumerate()
    want = parallel.sequential(range(n), lambda i: i * i)
    assert way(range(n), workers, lambda i: i * i) == want
    assert threading.enumerate() == before


@every
def test_error(way: Way) -> None:
    before = threading.enumerate()

    def f(i: int) -> int:
        if i == 7:
            raise ValueError("no seven")
        return i

    with pytest.raises(ValueError, match="no seven"):
        way(range(100), 3, f)
    assert threading.enumerate() == before


def test_first_error_stops_the_rest() -> None:
    started = []

    def f(i: int) -> int:
        started.append(i)
        raise ValueError(i)

    with pytest.raises(ValueError, match="0"):
        parallel_do.do(range(1000), 1, f)
    assert started == [0]


def test_tasks_are_told_to_stop() -> None:
    ended = []

    async def f(i: int) -> int:
        try:
            if i == 2:
                raise ValueError("no two")
            await asyncio.Event().wait()
        finally:
            ended.append(i)
        return i

    with pytest.raises(ValueError, match="no two"):
        parallel.limited(range(100), 3, f)
    assert sorted(ended)[:3] == [0, 1, 2]


def test_each_keeps_every_error() -> None:
    def f(i: int) -> int:
        if i % 2:
            raise ValueError(i)
        return i

    for i, value, error in parallel_do.each(range(10), 3, f):
        assert (value is None) == (i % 2 == 1) == (error is not None)


def test_each_does_not_keep_an_exit() -> None:
    def f(i: int) -> int:
        raise SystemExit(i)

    with pytest.raises(SystemExit):
        parallel_do.each([3], 1, f)


@every
def test_never_more_at_once(way: Way) -> None:
    lock = threading.Lock()
    busy = most = 0

    def f(i: int) -> int:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        with lock:
            busy -= 1
        return i

    way(range(200), 4, f)
    assert most <= 4


@pytest.mark.parametrize("name", parallel.VARIANTS)
def test_variants(name: str) -> None:
    params = {"n": 20, "workers": 6, "unit": 1000}
    note = events.Recorder(trace=True)
    result = topics.find("parallel", name, params)(note)
    seen = note.close()
    if isinstance(result, tuple):
        result, metrics = result
        assert metrics["times_ideal"] > 1
    else:
        assert name.endswith("idle")
    assert result == 190
    assert len(seen) == 40
