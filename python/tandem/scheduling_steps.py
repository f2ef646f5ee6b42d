"""Work, and how much of it fills a time."""

from __future__ import annotations

import time


def work(steps: int) -> int:
    """Keep the processor busy for so many steps. It calls nothing that
    waits, so nothing in it offers the processor to another worker: who
    takes it away in the middle must do so by force."""
    total = 0
    for _ in range(steps):
        total += 1
    return total


def steps_in(duration: float) -> int:
    """About how many steps of work fill a time, on this machine and in
    this language. Turns are given out by time, so a worker must be busy
    for the same time in both languages, not for the same steps. The
    fastest of a few tries is the one that others disturbed least."""
    enough = 0.001
    steps = 1000
    took = time_of(steps)
    while took < enough:
        steps *= 2
        took = time_of(steps)
    for _ in range(4):
        took = min(took, time_of(steps))
    return int(steps * duration / took)


def time_of(steps: int) -> float:
    """How long so many steps of work take now."""
    start = time.perf_counter()
    work(steps)
    return time.perf_counter() - start
