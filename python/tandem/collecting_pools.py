"""The pools: of processes, and of threads."""

from __future__ import annotations

import functools
import multiprocessing.pool
import threading
from contextlib import contextmanager

from tandem.pools import READY, joined

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from multiprocessing.pool import Pool

    from tandem.events import Note
    from tandem.processes import Start
    from tandem.topics import Seconds

    # Either of processes, started somehow, and threads below: both make
    # a pool with the same methods, so the same code uses it.
    MakePool = Callable[[int, Note], AbstractContextManager[Pool]]


@contextmanager
def processes(start: Start, workers: int, note: Note) -> Iterator[Pool]:
    """A pool of processes. The tasks are as long as the figure says
    only if all can start at once: so all workers and the caller wait
    at a barrier for each other."""
    barrier = start.Barrier(workers + 1)
    with joined(start.Pool(workers, barrier.wait)) as pool:
        barrier.wait()
        note(*READY)
        yield pool


@contextmanager
def threads(workers: int, note: Note) -> Iterator[Pool]:
    """A pool of threads. ThreadPool is a subclass of Pool."""
    barrier = threading.Barrier(workers + 1)
    made = multiprocessing.pool.ThreadPool(workers, barrier.wait)
    with joined(made) as pool:
        barrier.wait()
        note(*READY)
        yield pool


def from_processes(
    collect: Callable[..., list[int]],
    tasks: str,
    workers: int,
    unit: Seconds,
    start: Start,
) -> Callable[[Note], list[int]]:
    """Collect from processes that are started so."""
    pool = functools.partial(processes, start)
    return functools.partial(collect, pool, tasks, workers, unit)
