"""Puts requests to a balancer and measures how long they wait.

Its one decision: how long a request takes looks random and is always
the same, in both languages.

It is read beside go/balancer/load.go.
"""

from __future__ import annotations

import asyncio
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.balancer_workers import Serve, Worker

    # The sum of all results, and what was measured.
    Report = tuple[int, dict[str, float]]


class Load:
    """What balancers are measured with: requesters that send one
    request after the other, each when the last is answered."""

    def __init__(
        self,
        requests: int,  # in all
        requesters: int,
        workers: int,
        queue: int,  # room in each queue
        unit: float,  # how long a request takes, in seconds
        heavy: bool,  # one request in ten takes ten times as long
    ) -> None:
        self.requests = requests
        self.requesters = requesters
        self.workers = workers
        self.queue = queue
        self.unit = unit
        self.heavy = heavy


async def run(
    load: Load, workers: list[Worker], serve: Serve
) -> Report:
    """Measure the load on so many workers."""
    took: list[int] = []

    async def requester(first: int) -> int:
        total = 0
        for number in range(first, load.requests, load.requesters):
            begun = time.monotonic_ns()
            reply = asyncio.get_running_loop().create_future()
            await serve((number, reply))
            total += await reply
            took.append(time.monotonic_ns() - begun)
        return total

    begun = time.monotonic_ns()
    totals = await asyncio.gather(
        *(requester(first) for first in range(load.requesters))
    )
    elapsed = time.monotonic_ns() - begun
    for worker in workers:
        worker.task.cancel()
    tasks = [worker.task for worker in workers]
    await asyncio.gather(*tasks, return_exceptions=True)
    served = [worker.served for worker in workers]
    return report(sum(totals), took, served, elapsed)


def report(
    total: int, took: list[int], served: list[int], elapsed: int
) -> Report:
    """What came of a load, with times in nanoseconds."""
    return total, {
        "latency_p50_ns": percentile(took, 50),
        "latency_p99_ns": percentile(took, 99),
        "busiest_share": max(served) * len(served) / sum(served),
        "requests_per_s": len(took) * 1e9 / elapsed,
    }


def percentile(took: list[int], percent: int) -> int:
    """What so many of a hundred did not exceed."""
    return sorted(took)[(len(took) * percent + 99) // 100 - 1]


def units(request: int, heavy: bool) -> int:
    """How long a request takes: one unit, or, if the load is heavy, ten
    units for one in ten. It looks random and is the same in both
    languages."""
    # The finalizer of SplitMix64, which leaves no pattern.
    mask = (1 << 64) - 1
    z = (request + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
    z ^= z >> 31
    return 10 if heavy and z % 10 == 0 else 1
