"""Hands out work that computes, to see how many workers help.

Its one decision: a unit of work touches no memory and waits for
nothing, so that the only thing it can lack is a processor. It is the
pools of module parallel with the opposite kind of work.

It is read beside go/parallelcpu/parallelcpu.go: same names, same order.
"""

from __future__ import annotations

import functools

import tandem.interpreters
from tandem import parallel
from tandem.pools import joined

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.processes import Start


def compute(unit: int, steps: int) -> int:
    """Take steps of which each needs the one before, and return where
    they led."""
    x = unit
    for _ in range(steps):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
    return x


# Every variant computes n units and returns the sum of what they led
# to.


def sequential(n: int, steps: int, note: Note) -> int:
    """Compute one unit after the other."""
    return sum(compute(unit, steps) for unit in range(n))


def pool(n: int, workers: int, steps: int, note: Note) -> int:
    """Hand units to threads through one queue, and collect results from
    another."""
    work = functools.partial(computing, steps=steps, note=note)
    results = parallel.pool(range(n), workers, 0, work)
    return sum(value for _, value, _ in results)


# From here on each language has its own.


def processes(
    n: int, workers: int, steps: int, start: Start, note: Note
) -> int:
    """Have a pool of processes take shares of the units."""
    work = functools.partial(computing, steps=steps, note=note)
    with joined(start.Pool(workers)) as made:
        return sum(made.map(work, range(n)))


def interpreters(n: int, workers: int, steps: int, note: Note) -> int:
    """The same in interpreters of one process."""
    work = functools.partial(computing, steps=steps, note=note)
    with tandem.interpreters.pool(workers) as made:
        return sum(made.map(work, range(n)))


def computing(unit: int, steps: int, note: Note) -> int:
    """The same as compute, and say what happens."""
    note(unit, "start", str(unit))
    value = compute(unit, steps)
    note(unit, "finish", str(unit))
    return value


VARIANTS = {
    "sequential": sequential,
    "pool": pool,
    "processes": processes,
    "interpreters": interpreters,
}
