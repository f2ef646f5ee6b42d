"""Every load is burnt once, and each design takes as long as its
structure says."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, gophers
from tandem import gophers_site as site
from tandem import gophers_tasks as tasks

if TYPE_CHECKING:
    from tandem.events import Note

Variant = Callable[[int, int, "Note"], "list[int]"]


def waiting(design: Callable[..., list[int]]) -> Variant:
    """The design, with steps that take no time."""
    step = site.waiting(0)
    return lambda loads, way, note: design(
        site.Job(loads, way, step, note)
    )


def four_tasks(loads: int, way: int, note: Note) -> list[int]:
    return asyncio.run(tasks.four_tasks(loads, way, 0, note))


STEPS = (site.LOAD, site.MOVE, site.UNLOAD, site.RETURN)

# How many gophers each has, and on which ways they carry.
DESIGNS: dict[str, tuple[Variant, int, str]] = {
    "one": (waiting(gophers.one), 1, "A"),
    "shared-cart": (waiting(gophers.shared_cart), 2, "A"),
    "two-carts": (waiting(gophers.two_carts), 2, "A"),
    "two-piles": (waiting(gophers.two_piles), 2, "A B"),
    "three": (waiting(gophers.three), 3, "A"),
    "four": (waiting(gophers.four), 4, "A"),
    "four-asyncio": (four_tasks, 4, "A"),
    "eight": (waiting(gophers.eight), 8, "A B"),
    "staging": (waiting(gophers.staging), 2, "A1 A2"),
    "two-staging": (waiting(gophers.two_staging), 4, "A1 A2 B1 B2"),
    "staging-eight": (waiting(gophers.staging_eight), 8, "A1 A2"),
    "sixteen": (waiting(gophers.sixteen), 16, "A1 A2 B1 B2"),
}
each = pytest.mark.parametrize(
    ("design", "crew", "names"), DESIGNS.values(), ids=list(DESIGNS)
)


@each
@settings(max_examples=10, deadline=None)
@given(loads=st.integers(1, 40), way=st.integers(1, 4))
def test_every_load_is_burnt_once(
    design: Variant, crew: int, names: str, loads: int, way: int
) -> None:
    threads = threading.enumerate()
    lock = threading.Lock()
    doing: dict[int, str] = {}
    steps: Counter[str] = Counter()
    ways: dict[str, Counter[str]] = {}
    marks = []

    def note(worker: int, kind: str, label: str) -> None:
        with lock:
            if kind in STEPS:
                assert doing.get(worker, "") == ""
                doing[worker] = label
                steps[kind] += 1
                ways.setdefault(label, Counter())[kind] += 1
            elif kind == "finish":
                assert doing[worker] == label
                doing[worker] = ""
            else:
                assert kind == "mark"
                marks.append(label)

    burnt = design(loads, way, note)
    assert sorted(burnt) == list(range(loads))
    assert site.answer(burnt) == site.answer(list(range(loads)))
    assert marks == ["first-burnt"]
    assert set(doing) <= set(range(crew))
    # Two at one pile: one may be fast enough to do it all.
    if loads > 1 and crew != 2:
        assert len(doing) == crew
    assert len(set(steps.values())) == 1
    assert steps[site.LOAD] in (loads, 2 * loads)
    # On each way there is as much of each step; what was brought to a
    # staging pile is carried on.
    for way_steps in ways.values():
        assert set(way_steps) == set(STEPS)
        assert len(set(way_steps.values())) == 1
    if "A1" in ways:
        assert ways["A1"] == ways["A2"]
    assert set(ways) <= set(names.split())
    if loads > 1:
        assert set(ways) == set(names.split())
    assert threading.enumerate() == threads


def test_answer() -> None:
    """A lost, a doubled and an exchanged load can be seen."""
    assert site.answer([2, 0, 1]) == "loads=3 sum=14"
    assert site.answer([2, 0]) == "loads=2 sum=10"
    assert site.answer([2, 0, 2]) == "loads=3 sum=19"


@pytest.mark.parametrize(
    ("design", "crew", "at_once"),
    [
        (gophers.one, 1, 1),
        (gophers.shared_cart, 2, 1),
        (gophers.two_carts, 2, 2),
        (gophers.two_piles, 2, 2),
        (gophers.three, 3, 3),
        (gophers.four, 4, 4),
        (gophers.eight, 8, 8),
        (gophers.staging, 2, 2),
        (gophers.staging_eight, 8, 8),
        (gophers.sixteen, 16, 16),
    ],
)
def test_how_many_work_at_once(
    design: Callable[..., list[int]], crew: int, at_once: int
) -> None:
    """A step lasts until as many are under way as the structure lets
    be. It is not a test of time: it lasts longer on a slow machine."""
    lock = threading.Condition()
    busy = most = 0

    def step(units: float) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            if busy > most:
                most = busy
                lock.notify_all()
            # But the first must end, or nobody else could begin.
            lock.wait_for(lambda: most == at_once, 0.01)
            busy -= 1

    design(site.Job(64, 1, step, events.silent))
    assert most == at_once


def test_two_who_share_never_work_at_once() -> None:
    """One cart is one gopher at work; one place at the pile is one who
    loads."""
    doing: Counter[str] = Counter()
    last: dict[int, str] = {}
    lock = threading.Lock()

    def note(worker: int, kind: str, label: str) -> None:
        with lock:
            if kind == "mark":
                return
            if kind == "finish":
                kind, change = last[worker], -1
            else:
                last[worker], change = kind, 1
            doing[kind] += change
            assert doing[site.LOAD] <= 1
            assert doing[site.UNLOAD] <= 1

    gophers.two_carts(site.Job(50, 1, site.waiting(0), note))
    assert doing[site.LOAD] == 0


def test_computing() -> None:
    assert site.work(0) == 0
    assert site.work(1) == 1015568748
    step = site.computing(10)
    burnt = gophers.sixteen(site.Job(9, 2, step, events.silent))
    assert sorted(burnt) == list(range(9))
