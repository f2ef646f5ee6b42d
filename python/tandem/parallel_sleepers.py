"""Units of work that each sleep, or do nothing. The answer is the sum
of their numbers."""

from __future__ import annotations

import asyncio
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from tandem.events import Note
    from tandem.topics import Seconds


def sleeping(unit: float, note: Note) -> Callable[[int], int]:
    """A unit in a thread."""

    def f(i: int) -> int:
        note(i, "start", "unit")
        if unit:
            time.sleep(unit)
        note(i, "finish", "unit")
        return i

    return f


def resting(unit: float, note: Note) -> Callable[[int], Awaitable[int]]:
    """A unit in a task."""

    async def f(i: int) -> int:
        note(i, "start", "unit")
        if unit:
            await asyncio.sleep(unit)
        note(i, "finish", "unit")
        return i

    return f


def busy(
    way: Callable[..., list[int]],
    kind: Callable[..., Any],
    n: int,
    workers: int,
    unit: Seconds,
    note: Note,
) -> object:
    """Have workers do units of a kind in one of the ways above."""
    began = time.perf_counter()
    values = way(range(n), workers, kind(unit, note))
    return sums_up(values, workers, unit, began)


def idle(
    way: Callable[..., list[int]],
    kind: Callable[..., Any],
    n: int,
    workers: int,
    note: Note,
) -> int:
    """The same with units that do nothing."""
    return sum(way(range(n), workers, kind(0, note)))


def sums_up(
    values: list[int], workers: int, unit: float, began: float
) -> object:
    """The answer, and how often as long it took as it would if workers
    cost nothing and slept exactly."""
    took = time.perf_counter() - began
    ideal = -(-len(values) // workers) * unit
    if not ideal:
        return sum(values)
    return sum(values), {"times_ideal": took / ideal}
