"""Each worker prints its letter as often as it should, in any order,
and nothing that a variant sets stays set."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import (
    events,
    scheduling,
    scheduling_order,
    scheduling_steps,
    scheduling_tasks,
)

if TYPE_CHECKING:
    from tandem.events import Note

Variant = Callable[[int, "Note"], str]


def with_none(variant: Callable[..., str], *between: float) -> Variant:
    """The variant, doing nothing between two letters."""
    return lambda letters, note: variant(letters, *between, note)


VARIANTS = {
    "sequential": with_none(scheduling.sequential, 0),
    "sleeping": with_none(scheduling.sleeping, 0),
    "running": with_none(scheduling.running, 0),
    "running-switch": with_none(scheduling.running_switch, 0, 0.05),
    "asyncio-sleeping": with_none(scheduling_tasks.tasks_sleeping, 0),
    "asyncio-yielding": with_none(scheduling_tasks.tasks_yielding, 0),
    "asyncio-running": with_none(scheduling_tasks.tasks_running, 0),
}
each = pytest.mark.parametrize(
    "variant", VARIANTS.values(), ids=list(VARIANTS)
)


@pytest.mark.parametrize(
    ("order", "counts", "longest", "switches", "first"),
    [
        ("ABCDE", "A=1 B=1 C=1 D=1 E=1", 1, 4, 0),
        ("EEAABBCCDD", "A=2 B=2 C=2 D=2 E=2", 2, 4, 4),
        ("ABBBA", "A=2 B=3 C=0 D=0 E=0", 3, 2, 0),
        ("BAAA", "A=3 B=1 C=0 D=0 E=0", 3, 1, 1),
        ("C", "A=0 B=0 C=1 D=0 E=0", 1, 0, 2),
    ],
)
def test_order(
    order: str, counts: str, longest: int, switches: int, first: int
) -> None:
    assert scheduling_order.counts(order) == counts
    assert scheduling_order.longest_run(order) == longest
    assert scheduling_order.switches(order) == switches
    assert scheduling_order.first(order) == first


@each
@settings(max_examples=15, deadline=None)
@given(letters=st.integers(1, 40))
def test_same_answer(variant: Variant, letters: int) -> None:
    before = threading.enumerate()
    want = scheduling.sequential(letters, 0, events.silent)
    order = variant(letters, events.silent)
    assert scheduling_order.counts(order) == scheduling_order.counts(
        want
    )
    assert len(order) == len(want)
    assert threading.enumerate() == before


@each
def test_events(variant: Variant) -> None:
    noted: list[tuple[int, str, str]] = []
    variant(3, lambda *event: noted.append(event))
    assert {
        (scheduling_order.WORKERS[worker], kind)
        for worker, kind, _ in noted
    } == {(letter, "print") for letter in scheduling_order.WORKERS}
    order = "".join(label for _, _, label in noted)
    assert scheduling_order.counts(order) == "A=3 B=3 C=3 D=3 E=3"


@pytest.mark.parametrize(
    "variant", [scheduling.sequential, scheduling_tasks.tasks_running]
)
def test_unbroken(variant: Callable[[int, int, Note], str]) -> None:
    assert variant(2, 10, events.silent) == "AABBCCDDEE"


def test_an_await_of_nothing_lets_all_others_run() -> None:
    order = scheduling_tasks.tasks_yielding(3, 10, events.silent)
    assert order == "ABCDE" * 3


def test_sleeping_threads_take_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Who sleeps waits here for all others to sleep too.
    barrier = threading.Barrier(len(scheduling_order.WORKERS))

    def sleep(unit: float) -> None:
        assert unit == 1
        barrier.wait()

    monkeypatch.setattr("time.sleep", sleep)
    order = scheduling.sleeping(20, 1, events.silent)
    for i in range(0, len(order), 5):
        assert sorted(order[i : i + 5]) == list(
            scheduling_order.WORKERS
        )


@pytest.fixture
def interval() -> Iterator[float]:
    """A switch interval that no other test sets."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.02)
    yield 0.02
    sys.setswitchinterval(before)


def test_switch_interval_is_set_and_set_back(interval: float) -> None:
    within: set[float] = set()

    def note(worker: int, kind: str, label: str) -> None:
        within.add(round(sys.getswitchinterval(), 6))

    run = partial(scheduling.running_switch, switch=0.05, note=note)
    run(3, 0)
    assert within == {0.05}
    assert sys.getswitchinterval() == pytest.approx(interval)


def test_work_takes_every_step() -> None:
    for steps in (0, 1, 1000):
        assert scheduling_steps.work(steps) == steps
    assert scheduling_steps.steps_in(0) == 0
    assert scheduling_steps.steps_in(0.001) > 0
