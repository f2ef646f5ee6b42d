"""What all pools of multiprocessing need here.

Its one decision: the end of a pool's own "with" would kill its workers;
a pool that is closed and joined lets them end by themselves.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from multiprocessing.pool import Pool
    from typing import Any

# What each process of a pool notes as it starts. The last one's note
# tells what the pool cost before all of it could work.
READY = (0, "mark", "pool-ready")


class joined:  # noqa: N801  # as contextlib's own are called
    """A pool that is closed and joined when the work is done."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    def __enter__(self) -> Pool:
        return self.pool.__enter__()

    def __exit__(self, failed: Any, *why: Any) -> None:
        if failed is None:
            self.pool.close()
            self.pool.join()
        self.pool.__exit__(failed, *why)
