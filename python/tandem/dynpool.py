"""A pool of workers for jobs of many tasks, of which no more than a
limit may run at once: each job has its own limit.

Its one decision: a job is a descriptor that workers join and leave, and
not a queue. It costs the same however many tasks it has, its limit may
change while it runs, and nothing of it is left in the pool when it is
over. Beside it stands the plainer way, in which a job is a queue that
is sent to the workers: Queues.

It is read beside go/dynpool/dynpool.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import collections
import queue
import threading
import time

from tandem.dynpool_course import Course

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from tandem.events import Note
    from tandem.topics import Seconds

    # A job's tasks, and None when there are no more.
    Tasks = queue.Queue[int | None]


def sequential(n: int, f: Callable[[int], object]) -> None:
    """Do the tasks 0 to n-1, one after the other."""
    for task in range(n):
        f(task)


class Queues:
    """Workers who are sent the queues of jobs through a queue.

    It is short, and it has three faults. A worker that comes when all
    tasks have been taken finds a closed queue and discards it: the more
    workers are busy, the more of these pile up. A worker stays with a
    queue until it is closed, so a short job waits for a long one. And a
    limit holds for good."""

    def __init__(self, workers: int) -> None:
        self._queues: queue.Queue[Any] = queue.Queue()
        self._lock = threading.Lock()
        self._discarded = 0
        self._workers = [
            threading.Thread(target=self._work) for _ in range(workers)
        ]
        for worker in self._workers:
            worker.start()

    def _work(self) -> None:
        while job := self._queues.get():
            tasks, f, done = job
            used = False
            while (task := tasks.get()) is not None:
                used = True
                f(task)
                done.release()
            tasks.put(None)  # for the next one who looks
            if not used:
                with self._lock:
                    self._discarded += 1

    def do(
        self, n: int, limit: int, f: Callable[[int], object]
    ) -> None:
        """Have f do the tasks 0 to n-1, at most limit of them at once,
        and wait for them. As many workers as get hold of the queue work
        on it."""
        tasks: Tasks = queue.Queue()
        done = threading.Semaphore(0)
        for _ in range(limit):
            self._queues.put((tasks, f, done))
        for task in range(n):
            tasks.put(task)
        tasks.put(None)
        for _ in range(n):
            done.acquire()

    def close(self) -> int:
        """Wait until the workers have looked at all queues, and say how
        many of them were found empty."""
        for _ in self._workers:
            self._queues.put(None)
        for worker in self._workers:
            worker.join()
        return self._discarded


# From here on each language has its own.


class Job:
    """A number of tasks. Everything is under the lock of its pool."""

    def __init__(
        self, pool: Pool, n: int, limit: int, f: Callable[[int], object]
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

    def cancel(self, cause: BaseException) -> None:
        """Start no task any more. Those that run cannot be told."""
        with self._pool.changed:
            self.fail(cause)

    def fail(self, cause: BaseException) -> None:
        if self.error is None and not self.over():
            self.error = cause
        self.next = self.n
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


class Pool:
    """A pool of threads. Jobs take turns: a worker that has done a task
    goes to the job that has waited longest."""

    def __init__(self, workers: int) -> None:
        self.changed = threading.Condition()
        self.jobs: collections.deque[Job] = (
            collections.deque()
        )  # in turn
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

    def _turn(self) -> Job | None:
        """The job whose turn it is, which goes to the end of the
        line. One without tasks goes out of it."""
        for _ in range(len(self.jobs)):
            job = self.jobs.popleft()
            if job.next < job.n:
                self.jobs.append(job)
            if job.open():
                return job
        return None

    def _work(self) -> None:
        with self.changed:
            while True:
                job = self._turn()
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
                if job.over() or self.jobs:
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


class TaskJob:
    """A job of a TaskPool: the same without locks, for only one of
    asyncio's tasks runs at a time."""

    def __init__(
        self,
        pool: TaskPool,
        n: int,
        limit: int,
        f: Callable[[int], Awaitable[object]],
    ) -> None:
        self.f, self.n, self.limit = f, n, limit
        self.next = 0
        self.running: set[asyncio.Future[None]] = set()
        self.error: BaseException | None = None
        self.done = asyncio.Event()
        self._pool = pool

    def open(self) -> bool:
        """Whether one more task could start."""
        return self.next < self.n and len(self.running) < self.limit

    def cancel(self, cause: BaseException) -> None:
        """Start no task any more, and tell those that run."""
        if self.error is None and not self.done.is_set():
            self.error = cause
        self.next = self.n
        for task in self.running:
            task.cancel()
        self._pool.fill()

    def set_limit(self, limit: int) -> None:
        """Change how many tasks may run at once."""
        self.limit = limit
        self._pool.fill()

    async def wait(self) -> None:
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
        self._jobs: collections.deque[TaskJob] = collections.deque()

    def start(
        self, n: int, limit: int, f: Callable[[int], Awaitable[object]]
    ) -> TaskJob:
        """Start a job: f does the tasks 0 to n-1, at most limit of them
        at once. The first error ends the job."""
        job = TaskJob(self, n, limit, f)
        self._jobs.append(job)
        self.fill()
        return job

    def fill(self) -> None:
        """Start what may be started, the jobs in turn."""
        refused = 0  # jobs in line, one after the other
        while refused < len(self._jobs):
            job = self._jobs.popleft()
            if job.next >= job.n and not job.running:
                job.done.set()
                continue
            self._jobs.append(job)
            if self._running >= self._workers or not job.open():
                refused += 1
                continue
            refused = 0
            self._running += 1
            task = asyncio.ensure_future(self._one(job, job.next))
            job.next += 1
            job.running.add(task)
            task.add_done_callback(job.running.discard)
            task.add_done_callback(self._left)

    async def _one(self, job: TaskJob, number: int) -> None:
        try:
            await job.f(number)
        except asyncio.CancelledError as error:
            job.cancel(error)
        except Exception as error:
            job.cancel(error)

    def _left(self, _: asyncio.Future[None]) -> None:
        self._running -= 1
        self.fill()


# The experiment: tasks of which a Course knows how long each sleeps and
# keeps what came to pass.


def alone(n: int, unit: Seconds, note: Note) -> Course:
    course = Course(unit, note)
    sequential(n, course.task)
    return course


def by_queues(
    n: int, workers: int, limit: int, unit: Seconds, note: Note
) -> Course:
    course = Course(unit, note)
    made = Queues(workers)
    made.do(n, limit, course.task)
    course.sent, course.discarded = limit, made.close()
    return course


def by_pool(
    n: int, workers: int, limit: int, unit: Seconds, note: Note
) -> Course:
    course = Course(unit, note)
    made = Pool(workers)
    try:
        made.start(n, limit, course.task).wait()
    finally:
        made.close()
    return course


def by_tasks(
    n: int, workers: int, limit: int, unit: Seconds, note: Note
) -> Course:
    course = Course(unit, note)

    async def task(number: int) -> None:
        await asyncio.sleep(course.start(number))
        course.finish(number)

    async def main() -> None:
        await TaskPool(workers).start(n, limit, task).wait()

    asyncio.run(main())
    return course


def queues_busy(
    n: int, workers: int, unit: Seconds, note: Note
) -> Course:
    """Give each task as a job of its own to queues of which all workers
    but one are busy: the others find what they were sent empty."""
    course = Course(unit, note)
    made = Queues(workers)
    ready, release = threading.Semaphore(0), threading.Event()

    def hold(number: int) -> None:
        ready.release()
        release.wait()

    others = workers - 1
    args = (others, others, hold)
    busy = threading.Thread(target=made.do, args=args)
    busy.start()
    for _ in range(others):
        ready.acquire()
    for number in range(n):

        def task(_: int, number: int = number) -> None:
            course.task(number)

        made.do(1, workers, task)
    release.set()
    busy.join()
    course.sent, course.discarded = n * workers, made.close()
    return course


def queues_beside(
    n: int, workers: int, unit: Seconds, note: Note
) -> Course:
    course = Course(unit, note)
    made = Queues(workers)
    beside(course, n, workers, made.do)
    course.sent, course.discarded = 2 * workers - 1, made.close()
    return course


def pool_beside(
    n: int, workers: int, unit: Seconds, note: Note
) -> Course:
    course = Course(unit, note)
    made = Pool(workers)

    def do(n: int, limit: int, f: Callable[[int], object]) -> None:
        made.start(n, limit, f).wait()

    beside(course, n, workers, do)
    made.close()
    return course


def beside(
    course: Course, n: int, workers: int, do: Callable[..., None]
) -> None:
    """Have all workers but one begin another job of many short tasks,
    which lasts at least as long as this one, and do this one, which all
    may work on."""
    others = workers - 1
    begun, over = threading.Semaphore(0), threading.Event()

    def short(number: int) -> None:
        begun.release()
        if not over.is_set():
            time.sleep(course.unit)

    args = (8 * n * others, others, short)
    other = threading.Thread(target=do, args=args)
    other.start()
    for _ in range(others if n else 0):
        begun.acquire()
    do(n, workers, course.task)
    over.set()
    other.join()


# What came to pass.
result = Course.result

VARIANTS = {
    "sequential": alone,
    "queues": by_queues,
    "pool": by_pool,
    "tasks": by_tasks,
    "queues-busy": queues_busy,
    "queues-beside": queues_beside,
    "pool-beside": pool_beside,
}
