"""The same pool without threads and locks, for only one of asyncio's
tasks runs at a time."""

from __future__ import annotations

import asyncio
import collections
import functools

from tandem.dynpool_pool import Job, turn

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any


class TaskJob(Job):
    """A job of a TaskPool."""

    def __init__(
        self,
        pool: TaskPool,
        n: int,
        limit: int,
        f: Callable[[int], Awaitable[object]],
    ) -> None:
        super().__init__(pool, n, limit, f)
        self.tasks: set[asyncio.Future[None]] = set()
        self.done = asyncio.Event()

    def cancel(self, cause: BaseException) -> None:
        """Start no task any more, and tell those that run."""
        self.fail(cause)
        for task in self.tasks:
            task.cancel()
        self._pool.fill()
        self.settle()

    def set_limit(self, limit: int) -> None:
        """Change how many tasks may run at once."""
        self.limit = limit
        self._pool.fill()

    def settle(self) -> None:
        if self.over():
            self.done.set()

    async def wait(self) -> None:  # type: ignore[override]
        """Wait until no task runs and none will. Raise what ended the
        job early."""
        await self.done.wait()
        if self.error is not None:
            raise self.error


class TaskPool:
    """A pool of asyncio's tasks. It has none while it has nothing to
    do, so there is nothing to close."""

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._running = 0
        self._jobs: collections.deque[Any] = collections.deque()

    def start(
        self, n: int, limit: int, f: Callable[[int], Awaitable[object]]
    ) -> TaskJob:
        """Start a job: f does the tasks 0 to n-1, at most limit of them
        at once. The first error ends the job."""
        job = TaskJob(self, n, limit, f)
        self._jobs.append(job)
        self.fill()
        job.settle()
        return job

    def fill(self) -> None:
        """Start what may be started, the jobs in turn."""
        while self._running < self._workers:
            job = turn(self._jobs)
            if job is None:
                return
            self._running += 1
            job.running += 1
            task = asyncio.ensure_future(self._one(job, job.next))
            job.next += 1
            job.tasks.add(task)
            task.add_done_callback(functools.partial(self._left, job))

    async def _one(self, job: TaskJob, number: int) -> None:
        try:
            await job.f(number)
        except (asyncio.CancelledError, Exception) as error:
            job.cancel(error)

    def _left(self, job: TaskJob, task: asyncio.Future[None]) -> None:
        job.tasks.discard(task)
        job.running -= 1
        self._running -= 1
        self.fill()
        job.settle()
