"""The plainer way: a job is a queue that is sent to the workers."""

from __future__ import annotations

import queue
import threading

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    # A job's tasks, and None when there are no more.
    Tasks = queue.Queue[int | None]


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
