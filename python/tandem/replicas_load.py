"""Puts queries to replicas and measures how long they wait.

Its one decision: how long a replica takes looks random and is always
the same, in both languages.

It is read beside go/replicas/load.go.
"""

from __future__ import annotations

import asyncio
import functools
import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.replicas import Query, TaskQuery
    from tandem.topics import Seconds

    # The sum of all answers, and what was measured.
    Outcome = tuple[int, dict[str, float]]


def load(
    query: Query, queries: int, replicas: int, unit: Seconds, note: Note
) -> Outcome:
    """Put so many queries, one after the other, to so many replicas.
    How long each takes is what latency says, in units."""
    before = threading.active_count()
    asked: list[int] = []
    answered: list[int] = []

    def ask(number: int, replica: int) -> int:
        asked.append(replica)
        note(replica, "start", str(number))
        time.sleep(latency(number, replica) * unit / 1000)
        note(replica, "finish", str(number))
        answered.append(replica)
        return number

    total = 0
    took = []
    for number in range(queries):
        asks = [
            functools.partial(ask, number, replica)
            for replica in range(replicas)
        ]
        start = time.monotonic_ns()
        total += query(asks)
        took.append(time.monotonic_ns() - start)
    note(0, "mark", "answered")

    # Those that can end are given time to, once nobody works any more.
    patience = 0.02
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if threading.active_count() <= before:
            break
        if len(answered) < len(asked):
            end = time.monotonic() + patience
        time.sleep(0.001)
    left = max(0, threading.active_count() - before)
    return total, metrics(took, len(asked), left)


async def load_tasks(
    query: TaskQuery,
    queries: int,
    replicas: int,
    unit: Seconds,
    note: Note,
) -> Outcome:
    """The same in one thread, where every ask is a task."""
    asked: list[int] = []

    async def ask(number: int, replica: int) -> int:
        asked.append(replica)
        note(replica, "start", str(number))
        try:
            await asyncio.sleep(latency(number, replica) * unit / 1000)
        finally:
            note(replica, "finish", str(number))
        return number

    total = 0
    took = []
    for number in range(queries):
        asks = [
            functools.partial(ask, number, replica)
            for replica in range(replicas)
        ]
        start = time.monotonic_ns()
        total += await query(asks)
        took.append(time.monotonic_ns() - start)
    note(0, "mark", "answered")
    left = len(asyncio.all_tasks()) - 1  # but for this one
    return total, metrics(took, len(asked), left)


def latency(query: int, replica: int) -> int:
    """How long a replica takes for a query, in thousandths of a unit:
    from a half to one and a half, and ten times as much for one in ten.
    It looks random and is always the same, in both languages."""
    # The finalizer of SplitMix64, which leaves no pattern.
    mask = (1 << 64) - 1
    z = ((query << 32) + replica + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    z ^= z >> 31
    thousandths = 500 + z % 1000
    if z // 1000 % 10 == 0:
        thousandths *= 10
    return thousandths


def metrics(took: list[int], asked: int, left: int) -> dict[str, float]:
    """What was measured of queries that took so many nanoseconds."""
    return {
        "latency_p50_ns": percentile(took, 50),
        "latency_p90_ns": percentile(took, 90),
        "latency_p99_ns": percentile(took, 99),
        "asked_per_query": asked / len(took),
        "left_workers": left,
    }


def percentile(took: list[int], percent: int) -> int:
    """What so many of a hundred did not exceed."""
    return sorted(took)[(len(took) * percent + 99) // 100 - 1]
