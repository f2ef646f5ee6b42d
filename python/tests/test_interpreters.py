"""Whoever counts in an interpreter of its own, the answer is the same,
and none is left behind."""

from __future__ import annotations

import sys
import threading

import pytest

from tandem import counting, events, interpreters, topics

LACKING = sys.version_info < (3, 13)


@pytest.mark.skipif(LACKING, reason="there are none before 3.13")
def test_same_answer() -> None:
    before = threading.enumerate()
    note = events.Recorder(trace=True)
    assert counting.interpreters(10, 3, note) == 10
    assert len(note.close()) == 6
    assert threading.enumerate() == before
    module = __import__("_interpreters")
    assert len(module.list_all()) == 1


@pytest.mark.skipif(LACKING, reason="there are none before 3.13")
def test_failure() -> None:
    """What goes wrong there is heard of here."""
    with (
        interpreters.pool(1) as pool,
        pytest.raises(Exception, match="invalid literal"),
    ):
        list(pool.map(int, ["x"]))


@pytest.mark.skipif(not LACKING, reason="it has them")
def test_skipped() -> None:
    with pytest.raises(topics.Skip, match=r"from 3\.13 on"):
        counting.interpreters(1, 1, events.silent)
