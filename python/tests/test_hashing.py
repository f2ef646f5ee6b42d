"""Neither steps nor threads can be seen in a checksum."""

from __future__ import annotations

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, hashing


@given(
    size=st.integers(0, 5000),
    workers=st.integers(1, 20),
    step=st.integers(1, 300),
)
@settings(max_examples=30, deadline=None)
def test_same_answer(size: int, workers: int, step: int) -> None:
    before = threading.enumerate()
    data = hashing.data(size)
    assert len(data) == size
    want = hashing.sequential(data, workers, size + 1, events.silent)
    for variant in (hashing.sequential, hashing.threads):
        assert variant(data, workers, step, events.silent) == want
    assert threading.enumerate() == before


def test_digest() -> None:
    """Known from other implementations: SHA-256 of "0" and of "1"."""
    assert hashing.digest(0, b"", 1, events.silent) == 0x5FECEB66
    assert hashing.digest(1, b"", 1, events.silent) == 0x6B86B273
    got = hashing.threads(b"", 2, 1, events.silent)
    assert got == 0x5FECEB66 + 0x6B86B273
    assert hashing.data(258) == bytes(range(256)) + b"\x00\x01"


def test_events() -> None:
    note = events.Recorder(trace=True)
    hashing.threads(b"abc", 3, 2, note)
    seen = note.close()
    for worker in range(3):
        kinds = [kind for _, own, kind, _ in seen if own == worker]
        assert kinds == ["start", "finish"]
