"""Every chain finds the primes that the table finds, in their order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, sieve, topics

if TYPE_CHECKING:
    from tandem.events import Note

Chain = Callable[[int, "Note"], int]

every = pytest.mark.parametrize(
    "chain",
    [sieve.generators, topics.plain(sieve.tasks), sieve.threads],
)


@pytest.mark.parametrize(
    ("n", "count"), [(0, 0), (1, 0), (2, 1), (4, 2), (1000, 168)]
)
def test_known(n: int, count: int) -> None:
    assert sieve.sequential(n, events.silent) == count


@every
@given(n=st.integers(0, 120))
@settings(max_examples=10, deadline=None)
def test_same_answer(chain: Chain, n: int) -> None:
    before = threading.enumerate()
    want = sieve.sequential(n, events.silent)
    assert chain(n, events.silent) == want
    assert threading.enumerate() == before


@every
def test_primes(chain: Chain) -> None:
    table = events.Recorder(trace=True)
    sieve.sequential(50, table)
    note = events.Recorder(trace=True)
    chain(50, note)
    primes = [label for _, _, _, label in table.close()]
    assert primes[-1] == "47"
    assert [event[1:] for event in note.close()] == [
        (i, "prime", prime) for i, prime in enumerate(primes)
    ]
