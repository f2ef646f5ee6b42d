"""All workers come, wait and go, and somebody else has a turn while
they wait."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tandem import events, swarm, swarm_handover, topics
from tandem.topics import Skip

if TYPE_CHECKING:
    from tandem.events import Note

Variant = Callable[[int, "Note"], "dict[str, float]"]

SWARMS: list[tuple[Variant, int]] = [
    (topics.plain(swarm.parked), 0),
    (swarm.threads, 1),
    (swarm.blocked, 1),
]
HANDOVERS: list[Variant] = [
    topics.plain(swarm_handover.handover),
    swarm_handover.handover_threads,
]


@pytest.mark.parametrize(("variant", "threads"), SWARMS)
def test_swarm(variant: Variant, threads: int) -> None:
    before = threading.enumerate()
    note = events.Recorder(trace=True)
    facts = variant(50, note)
    assert threading.enumerate() == before
    kinds = [(kind, label) for _, _, kind, label in note.close()]
    assert kinds == [
        ("start", "swarm"),
        ("mark", "waiting"),
        ("finish", "swarm"),
    ]
    assert facts["waiting_workers"] == 50
    assert facts["others_ran"] == 1
    assert facts["start_ns_per_worker"] > 0
    if sys.platform == "linux":
        assert facts["threads_per_worker"] == threads
        assert facts["memory_bytes_per_worker"] >= 0


@pytest.mark.parametrize("variant", HANDOVERS)
def test_handover(variant: Variant) -> None:
    before = threading.enumerate()
    assert variant(20, events.silent)["switch_ns"] > 0
    assert threading.enumerate() == before


def test_no_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who came before the machine had enough of them goes too."""
    before = threading.enumerate()
    start = threading.Thread.start
    count = 0

    def limited(thread: threading.Thread) -> None:
        nonlocal count
        count += 1
        if count > 3:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    with pytest.raises(Skip, match="can't start new thread"):
        swarm.threads(10, events.silent)
    assert threading.enumerate() == before
