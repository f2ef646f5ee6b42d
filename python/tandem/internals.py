"""Asks the runtime what it does, for claims that no stopwatch decides:
how many threads serve so many workers, what a parked worker costs, who
may be interrupted.

Its one decision: every fact is an exact number that a small program
draws out of the runtime itself. None is written down here, and one that
cannot be had on this system or interpreter is left out.

It is read beside go/internals/internals.go: same names, same order.
"""

from __future__ import annotations

from tandem.internals_leaving import main_returns
from tandem.internals_memory import memory, stacks
from tandem.internals_storing import objects, pools, storing
from tandem.internals_threads import (
    blocked,
    cores,
    kernel,
    lock,
    preemption,
    waiting,
)

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note
    from tandem.internals_threads import Facts


def look(workers: int, parked: int, note: Note) -> Facts:
    """Draw all facts out of the runtime, with so many workers, or so
    many that are parked where memory is the question."""
    facts: Facts = {}
    asks: list[tuple[str, Callable[[], Facts]]] = [
        ("cores", cores),
        ("parked workers", lambda: waiting(workers)),
        ("memory", lambda: memory(parked)),
        ("blocked workers", lambda: blocked(workers)),
        ("preemption", preemption),
        ("main returns", main_returns),
        ("storing", storing),
        ("lock", lock),
        ("kernel", lambda: kernel(workers)),
        ("stacks", lambda: stacks(workers)),
        ("objects", objects),
        ("pools", pools),
    ]
    for about, what in asks:
        note(0, "start", about)
        facts.update(what())
        note(0, "finish", about)
    return {name: float(value) for name, value in facts.items()}


def result(facts: Facts) -> tuple[str, Facts]:
    """The facts are metrics; that is all."""
    return "inspected", facts


VARIANTS = {"inspect": look}
