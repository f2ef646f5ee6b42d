"""The replicas in a pool that was there before."""

from __future__ import annotations

import concurrent.futures
import functools
import threading

from tandem.replicas_load import load
from tandem.replicas_replies import some

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from tandem.events import Note
    from tandem.replicas import Ask
    from tandem.replicas_load import Outcome
    from tandem.topics import Seconds


def executor(pool: Executor, asks: Sequence[Ask]) -> int:
    """Ask all in a pool that was there before, and take the first that
    is done. The others cannot be cancelled once they have begun: the
    next query stands behind them in the pool's queue."""
    some(asks)
    done, late = concurrent.futures.wait(
        [pool.submit(ask) for ask in asks],
        return_when=concurrent.futures.FIRST_COMPLETED,
    )
    for future in late:
        future.cancel()  # helps only where it has not begun
    return done.pop().result()


def with_executor(
    queries: int, replicas: int, unit: Seconds, note: Note
) -> Outcome:
    with concurrent.futures.ThreadPoolExecutor(replicas) as pool:
        # It starts a thread when there is something to do.
        ready = threading.Barrier(replicas + 1)
        for _ in range(replicas):
            pool.submit(ready.wait)
        ready.wait()
        query = functools.partial(executor, pool)
        return load(query, queries, replicas, unit, note)
