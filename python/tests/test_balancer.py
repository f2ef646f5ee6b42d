"""Every request is answered once, whoever gets it, and nobody stays."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import (
    balancer,
    balancer_heap,
    balancer_threads,
    events,
)
from tandem.balancer_load import Load, percentile, units

if TYPE_CHECKING:
    from tandem.events import Note

Variant = Callable[
    [Load, "Note"], Awaitable["tuple[int, dict[str, float]]"]
]


async def heap_threads(
    load: Load, note: Note
) -> tuple[int, dict[str, float]]:
    before = threading.enumerate()
    report = balancer_threads.heap_threads(load, note)
    assert threading.enumerate() == before
    return report


VARIANTS: list[Variant] = [
    balancer.shared,
    balancer.random,
    balancer.two_choices,
    balancer.heap,
    heap_threads,
]
each = pytest.mark.parametrize("variant", VARIANTS)


def run(
    variant: Variant, load: Load, note: Note = events.silent
) -> tuple[int, dict[str, float]]:
    async def main() -> tuple[int, dict[str, float]]:
        report = await variant(load, note)
        await asyncio.sleep(0)  # a balancer that was told to go is gone
        assert len(asyncio.all_tasks()) == 1
        return report

    return asyncio.run(main())


@each
@settings(max_examples=20, deadline=None)
@given(
    requests=st.integers(1, 200),
    requesters=st.integers(1, 20),
    workers=st.integers(1, 10),
    queue=st.integers(1, 3),
    heavy=st.booleans(),
)
def test_same_answer(
    variant: Variant,
    requests: int,
    requesters: int,
    workers: int,
    queue: int,
    heavy: bool,
) -> None:
    seen_by: list[int] = []
    noted: Counter[tuple[str, str]] = Counter()
    lock = threading.Lock()

    def note(worker: int, kind: str, label: str) -> None:
        with lock:
            seen_by.append(worker)
            noted[kind, label] += 1

    load = Load(requests, requesters, workers, queue, 0, heavy)
    total, seen = run(variant, load, note)
    assert total == requests * (requests - 1) // 2
    assert set(noted.values()) == {1}
    assert len(noted) == 2 * requests
    assert set(seen_by) <= set(range(workers))
    assert 1 <= seen["busiest_share"] <= workers
    assert seen["latency_p50_ns"] <= seen["latency_p99_ns"]


def test_heap_is_even() -> None:
    """Everybody has one before anybody has two."""
    workers: list[int] = []

    def note(worker: int, kind: str, label: str) -> None:
        if kind == "start":
            workers.append(worker)

    run(balancer.heap, Load(10, 10, 10, 1, 0.001, False), note)
    assert sorted(workers) == list(range(10))


def test_heap_threads_is_even() -> None:
    """Everybody has one before anybody has two: the first ten wait for
    each other."""
    full = threading.Barrier(10)
    workers: list[int] = []

    def note(worker: int, kind: str, label: str) -> None:
        if kind == "start":
            workers.append(worker)
            full.wait(10)

    balancer_threads.heap_threads(Load(20, 10, 10, 1, 0, False), note)
    assert sorted(workers[:10]) == list(range(10))


def test_two_choices_are_even() -> None:
    """Where nothing is done meanwhile, the better of two keeps the
    queues nearly as long as each other; chance alone does not."""
    load = Load(1000, 1000, 10, 1000, 0, False)
    assert run(balancer.two_choices, load)[1]["busiest_share"] < 1.1


def test_heap_heeds_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has a long request gets no other one while somebody has
    less to do."""
    worker_of: dict[str, int] = {}
    finished: list[str] = []
    real = asyncio.sleep

    def note(worker: int, kind: str, label: str) -> None:
        if kind == "start":
            worker_of[label] = worker
        else:
            finished.append(label)

    async def sleep(seconds: float) -> None:
        await real(0)
        # The long one takes until the other requester is through.
        for _ in range(1000):  # and no longer, should 4 stand behind it
            if seconds == 10 and "4" not in finished:
                await real(0)

    # One requester sends 0, 2, 4, which are short, the other one 1.
    assert [units(n, True) for n in range(5)] == [*(1, 10, 1, 1, 1)]
    monkeypatch.setattr("asyncio.sleep", sleep)
    run(balancer.heap, Load(5, 2, 2, 1, 1, True), note)
    short = {worker_of[label] for label in ("0", "2", "4")}
    assert short == {1 - worker_of["1"]}


def test_room() -> None:
    cases = [(1, 1, 2), (100, 100, 2), (100, 8, 13), (7, 8, 1)]
    for requesters, workers, want in cases:
        assert balancer_heap.room(requesters, workers) == want


def test_units() -> None:
    """Both languages draw the same: go/balancer has these numbers."""
    long = [n for n in range(50) if units(n, True) == 10]
    assert long == [1, 5, 7, 9, 23, 26, 40, 42]
    assert {units(n, False) for n in range(50)} == {1}


def test_percentile() -> None:
    shares = {1: 1, 50: 2, 51: 3, 99: 4, 100: 4}
    for percent, want in shares.items():
        assert percentile([4, 2, 3, 1], percent) == want
