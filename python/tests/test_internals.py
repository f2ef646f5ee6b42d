"""The facts are what this interpreter is known for, and looking at it
changes nothing."""

from __future__ import annotations

import gc
import struct
import sys
import threading

import pytest

from tandem import (
    events,
    internals,
    internals_memory,
    internals_storing,
    internals_threads,
)

CPYTHON = sys.implementation.name == "cpython"
LINUX = sys.platform == "linux"


@pytest.fixture(scope="module")
def facts() -> internals_threads.Facts:
    before = threading.enumerate()
    note = events.Recorder(trace=True)
    facts = internals.look(50, 1000, note)
    assert threading.enumerate() == before
    assert gc.isenabled()
    labels = [event[3] for event in note.close()]
    assert labels.count("preemption") == 2
    return facts


def test_everywhere(facts: internals_threads.Facts) -> None:
    """What the language promises, or has had for many releases."""
    assert (
        facts.items()
        >= {
            "preempted": 1,
            "main_returns_kills": 0,
            "main_returns_kills_daemons": 1,
            "stored_capacity_one": 1,
            "cycle_needs_collector": 1,
            "threadpool_is_pool": 1,
            "pool_methods": 8,
            "imap_default_chunksize": 1,
            "map_is_map_async_get": 1,
            "native_ids_per_worker": 1,
            "parked_workers": 1000,
        }.items()
    )
    assert facts["switch_interval_s"] == sys.getswitchinterval()
    assert facts["usable_cores"] >= 1
    # What JSON calls a number, which True is not.
    assert {type(value) for value in facts.values()} == {float}


@pytest.mark.skipif(not LINUX, reason="only Linux says")
def test_threads(facts: internals_threads.Facts) -> None:
    assert facts["threads_per_parked_worker"] == 1
    assert facts["threads_per_blocked_worker"] == 1
    assert facts["threads_while_parked"] == threading.active_count()
    assert "memory_bytes_per_worker" in facts  # too few to weigh here
    assert facts["kernel_scheduled_per_worker"] == 1
    reserved = facts["reserved_stack_bytes_per_thread"]
    assert 0 < facts["resident_stack_bytes_per_thread"] < reserved


def test_objects(facts: internals_threads.Facts) -> None:
    word = struct.calcsize("P")
    assert facts["freed_at_zero"] == CPYTHON
    if not CPYTHON:
        assert "object_bytes" not in facts
        return
    free_threaded = getattr(sys, "abiflags", "").endswith("t")
    words = 4 if free_threaded else 2
    assert facts["object_words"] == words
    assert facts["object_bytes"] == words * word
    assert facts["none_is_immortal"] == (sys.version_info >= (3, 12))


def test_collector_stays_off() -> None:
    gc.disable()
    try:
        internals_storing.objects()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that says nothing of itself gives fewer facts, and no
    wrong ones."""

    def nothing(*args: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr("os.listdir", nothing)
    monkeypatch.setattr("builtins.open", nothing)
    assert internals_threads.thread_count() == 0
    assert internals_memory.resident() == 0
    assert internals_threads.waiting(1) == {}
    assert internals_threads.blocked(1) == {}
    assert internals_memory.memory(10) == {"parked_workers": 10}
    assert internals_threads.kernel(2) == {"native_ids_per_worker": 1}
    assert internals_memory.stacks(1) == {}
