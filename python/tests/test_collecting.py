"""Each way to collect gives its own order, the same answer, and leaves
no worker behind."""

from __future__ import annotations

import functools
import multiprocessing
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import (
    collecting,
    collecting_jobs,
    collecting_pools,
    events,
)

if TYPE_CHECKING:
    from tandem.collecting_pools import MakePool
    from tandem.events import Note

Variant = Callable[["MakePool", str, int, float, "Note"], "list[int]"]

WAYS = [
    collecting.all_at_once,
    collecting.in_order,
    collecting.as_completed,
    collecting.all_at_once_later,
]
PROCESSES = functools.partial(
    collecting_pools.processes, multiprocessing.get_context("fork")
)
each = pytest.mark.parametrize("way", WAYS)


def test_jobs() -> None:
    assert collecting_jobs.jobs("1 5 3") == [(0, 1), (1, 5), (2, 3)]
    assert collecting_jobs.jobs(" 07 ") == [(0, 7)]


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ("", "tasks is empty, want units such as 1 5 3"),
        (" ", "tasks is empty"),
        ("1 x", 'tasks has "x", want a whole number of units'),
        ("1 -5", 'tasks has "-5"'),
        ("1.5", 'tasks has "1.5"'),
        ("\u00b2", "tasks has"),  # isdigit, but no int
    ],
)
def test_tasks_refused(tasks: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        collecting.sequential(tasks, 0, events.silent)
    for way in WAYS:
        with pytest.raises(ValueError, match=says):
            way(collecting_pools.threads, tasks, 1, 0, events.silent)


def same_answer(
    way: Variant, pool: MakePool, units: list[int], workers: int
) -> None:
    before = threading.enumerate()
    tasks = " ".join(map(str, units))
    want = collecting.sequential(tasks, 0, events.silent)
    got = way(pool, tasks, workers, 0, events.silent)
    assert want == units
    assert collecting_jobs.answer(got) == collecting_jobs.answer(want)
    if way is not collecting.as_completed:
        assert got == want
    assert threading.enumerate() == before
    assert multiprocessing.active_children() == []


some_units = st.lists(st.integers(0, 9), min_size=1, max_size=30)


@each
@given(units=some_units, workers=st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_threads(way: Variant, units: list[int], workers: int) -> None:
    same_answer(way, collecting_pools.threads, units, workers)


@each
@given(units=some_units, workers=st.integers(1, 4))
@settings(max_examples=5, deadline=None)
def test_processes(
    way: Variant, units: list[int], workers: int
) -> None:
    same_answer(way, PROCESSES, units, workers)


class Clock:
    """Lets the tasks of "1 5 3" sleep until it is their turn, instead
    of for a time: a task ends when all shorter ones have, and when what
    the caller can have by then has reached it."""

    def __init__(self, before: dict[int, list[str]]) -> None:
        self.before = before
        self.seen: list[str] = []
        self.moved = threading.Condition()

    def sleep(self, units: float) -> None:
        with self.moved:
            self.moved.wait_for(
                lambda: set(self.before[int(units)]) <= set(self.seen)
            )

    def note(self, worker: int, kind: str, label: str) -> None:
        with self.moved:
            self.seen.append(f"{kind} {label}")
            self.moved.notify_all()


# What has happened when a task ends, and the order of it all. To wait
# for "reach 1" is no use with map, which would wait for ever.
FIGURE: dict[Variant, tuple[dict[int, list[str]], str]] = {
    collecting.all_at_once: (
        {1: [], 3: ["finish 1"], 5: ["finish 3"]},
        "finish 1,finish 3,finish 5,reach 1,reach 5,reach 3",
    ),
    collecting.all_at_once_later: (
        {1: ["mark caller-free"], 3: ["finish 1"], 5: ["finish 3"]},
        "finish 1,finish 3,finish 5,reach 1,reach 5,reach 3",
    ),
    collecting.in_order: (
        {1: ["mark caller-free"], 3: ["reach 1"], 5: ["finish 3"]},
        "finish 1,reach 1,finish 3,finish 5,reach 5,reach 3",
    ),
    collecting.as_completed: (
        {1: ["mark caller-free"], 3: ["reach 1"], 5: ["reach 3"]},
        "finish 1,reach 1,finish 3,reach 3,finish 5,reach 5",
    ),
}


@each
def test_figure(way: Variant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of the paper's figure, without its seconds."""
    before, want = FIGURE[way]
    clock = Clock(before)
    monkeypatch.setattr("time.sleep", clock.sleep)
    order = way(collecting_pools.threads, "1 5 3", 3, 1, clock.note)
    seen = [
        what
        for what in clock.seen
        if what.split()[0] in ("finish", "reach")
    ]
    assert ",".join(seen) == want
    assert [f"reach {units}" for units in order] == [
        what for what in seen if "reach" in what
    ]
    free = clock.seen.index("mark caller-free")
    assert (free < clock.seen.index("finish 5")) == (
        way is not collecting.all_at_once
    )


@each
def test_events(way: Variant) -> None:
    """Every task starts, finishes, and reaches the caller, also where
    it is done in another process."""
    note = events.Recorder(trace=True)
    way(PROCESSES, "0 0 0", 2, 0, note)
    kinds: dict[int, list[str]] = {0: [], 1: [], 2: []}
    marks = []
    for _, worker, kind, label in note.close():
        if kind != "mark":
            assert label == "0"
            kinds[worker].append(kind)
        else:
            marks.append(label)
    assert all(
        seen == ["start", "finish", "reach"] for seen in kinds.values()
    )
    assert sorted(marks) == [
        "caller-free", "pool-ready", "reach-0", "reach-0", "reach-0",
    ]  # fmt: skip
