"""A pool of threads, in which a job is a descriptor that workers join
and leave."""

from __future__ import annotations

import collections
import threading

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Job:
    """A number of tasks. Everything is under the lock of its pool."""

    def __init__(
        self, pool: Any, n: int, limit: int, f: Callable[[int], Any]
    ) -> None:
        self.f, self.n, self.limit = f, n, limit
        self.next = 0
        self.running = 0
        self.error: BaseException | None = None
        self._pool = pool

    def open(self) -> bool:
        """Whether one more worker could join."""
        return self.next < self.n and self.running < self.limit

    def over(self) -> bool:
        """Whether no task runs and none will."""
        return self.next >= self.n and not self.running

    def fail(self, cause: BaseException) -> None:
        if self.error is None and not self.over():
            self.error = cause
        self.next = self.n

    def cancel(self, cause: BaseException) -> None:
        """Start no task any more. Those that run cannot be told."""
        with self._pool.changed:
            self.fail(cause)
            self._pool.changed.notify_all()

    def set_limit(self, limit: int) -> None:
        """Change how many tasks may run at once. Where more run
        already, none is started until there are fewer."""
        with self._pool.changed:
            self.limit = limit
            self._pool.changed.notify_all()

    def wait(self) -> None:
        """Wait until no task runs and none will. Raise what ended the
        job early."""
        with self._pool.changed:
            self._pool.changed.wait_for(self.over)
        if self.error is not None:
            raise self.error


def turn(jobs: collections.deque[Any]) -> Any:
    """The job whose turn it is, which goes to the end of the line. One
    without tasks goes out of it."""
    for _ in range(len(jobs)):
        job = jobs.popleft()
        if job.next < job.n:
            jobs.append(job)
        if job.open():
            return job
    return None


class Pool:
    """A pool of threads. Jobs take turns: a worker that has done a task
    goes to the job that has waited longest."""

    def __init__(self, workers: int) -> None:
        self.changed = threading.Condition()
        self.jobs: collections.deque[Any] = collections.deque()
        self._closed = False
        self._workers = [
            threading.Thread(target=self._work) for _ in range(workers)
        ]
        for worker in self._workers:
            worker.start()

    def start(
        self, n: int, limit: int, f: Callable[[int], object]
    ) -> Job:
        """Start a job: f does the tasks 0 to n-1, at most limit of them
        at once. The first error ends the job."""
        job = Job(self, n, limit, f)
        with self.changed:
            self.jobs.append(job)
            self.changed.notify_all()
        return job

    def close(self) -> None:
        """Let the jobs end, and wait until all workers are gone."""
        with self.changed:
            self._closed = True
            self.changed.notify_all()
        for worker in self._workers:
            worker.join()

    def _work(self) -> None:
        with self.changed:
            while True:
                job = turn(self.jobs)
                if job is None:
                    if self._closed and not self.jobs:
                        return
                    self.changed.wait()
                    continue
                task, job.next = job.next, job.next + 1
                job.running += 1
                error = self._unlocked(job, task)
                job.running -= 1
                if error is not None:
                    job.fail(error)
                if error is not None or job.over() or self.jobs:
                    self.changed.notify_all()

    def _unlocked(self, job: Job, task: int) -> BaseException | None:
        self.changed.release()
        try:
            job.f(task)
        except BaseException as error:
            return error
        finally:
            self.changed.acquire()
        return None
