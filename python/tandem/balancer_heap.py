"""Workers, the one that has least to do first."""

from __future__ import annotations

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def room(requesters: int, workers: int) -> int:
    """Room in each worker's queue that is enough, where each of so
    many requesters waits for one result at a time."""
    return requesters // max(1, workers) + 1


class Ranked:
    """A worker that may have a place in a heap."""

    within: Heap | None = None
    place = 0  # in the heap
    pending = 0  # passed on to it and not done

    def moved(self, by: int) -> None:
        """Have so much more to do."""
        self.pending += by
        if self.within is not None:
            self.within.fix(self)


class Heap:
    """Workers, the one that has least to do first. The module heapq
    cannot mend one place alone, as Go's heap.Fix does."""

    def __init__(self, workers: Iterable[Any]) -> None:
        self._pool = [*workers]
        for place, worker in enumerate(self._pool):
            worker.within, worker.place = self, place

    def first(self) -> Any:
        return self._pool[0]

    def fix(self, worker: Ranked) -> None:
        """Put a worker into its place again, up or down."""
        pool, at = self._pool, worker.place
        while at:
            above = (at - 1) // 2
            if pool[above].pending <= worker.pending:
                break
            self._put(pool[above], at)
            at = above
        while (below := 2 * at + 1) < len(pool):
            if below + 1 < len(pool):
                right = pool[below + 1].pending
                below += right < pool[below].pending
            if pool[below].pending >= worker.pending:
                break
            self._put(pool[below], at)
            at = below
        self._put(worker, at)

    def _put(self, worker: Ranked, at: int) -> None:
        self._pool[at], worker.place = worker, at
