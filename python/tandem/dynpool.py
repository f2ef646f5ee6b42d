"""A pool of workers for jobs of many tasks, of which no more than a
limit may run at once: each job has its own limit.

Its one decision: a job is a descriptor that workers join and leave, and
not a queue. It costs the same however many tasks it has, its limit may
change while it runs, and nothing of it is left in the pool when it is
over: Pool. Beside it stands the plainer way, in which a job is a queue
that is sent to the workers: Queues.

It is read beside go/dynpool/dynpool.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import threading

from tandem.dynpool_course import Course
from tandem.dynpool_pool import Pool
from tandem.dynpool_queues import Queues
from tandem.dynpool_tasks import TaskPool

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note
    from tandem.topics import Seconds


def sequential(n: int, f: Callable[[int], object]) -> None:
    """Do the tasks 0 to n-1, one after the other."""
    for task in range(n):
        f(task)


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


async def by_tasks(
    n: int, workers: int, limit: int, unit: Seconds, note: Note
) -> Course:
    course = Course(unit, note)

    async def task(number: int) -> None:
        await asyncio.sleep(course.start(number))
        course.finish(number)

    await TaskPool(workers).start(n, limit, task).wait()
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
    course.beside(n, workers, made.do)
    course.sent, course.discarded = 2 * workers - 1, made.close()
    return course


def pool_beside(
    n: int, workers: int, unit: Seconds, note: Note
) -> Course:
    course = Course(unit, note)
    made = Pool(workers)

    def do(n: int, limit: int, f: Callable[[int], object]) -> None:
        made.start(n, limit, f).wait()

    course.beside(n, workers, do)
    made.close()
    return course


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
