"""Keeps what came to pass with the tasks of a job.

Its one decision: a task sleeps for 3, 2 or 1 units in turn, so that
those that run together change places.
"""

from __future__ import annotations

import threading
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note


class Course:
    """What came to pass."""

    def __init__(self, unit: float, note: Note) -> None:
        self.unit = unit
        self.sent = self.discarded = 0  # queues, to the workers
        self._note = note
        self._lock = threading.Lock()
        self._now = self._most = 0
        self._began: dict[int, float] = {}
        self._busy = self._ended = 0.0
        self._order: list[int] = []

    def task(self, number: int) -> None:
        """Do a task in a thread."""
        time.sleep(self.start(number))
        self.finish(number)

    def start(self, number: int) -> float:
        """A task starts, and sleeps for so many seconds."""
        self._note(number, "start", "task")
        with self._lock:
            self._now += 1
            self._most = max(self._most, self._now)
            self._began[number] = time.perf_counter()
        return (3 - number % 3) * self.unit

    def finish(self, number: int) -> None:
        with self._lock:
            self._now -= 1
            self._ended = time.perf_counter()
            self._busy += self._ended - self._began[number]
            self._order.append(number)
        self._note(number, "finish", "task")

    def beside(
        self, n: int, workers: int, do: Callable[..., None]
    ) -> None:
        """Have all workers but one begin another job of many short
        tasks, which lasts at least as long as this one, and do this
        one, which all may work on."""
        others = workers - 1
        begun, over = threading.Semaphore(0), threading.Event()

        def short(number: int) -> None:
            begun.release()
            if not over.is_set():
                time.sleep(self.unit)

        args = (8 * n * others, others, short)
        other = threading.Thread(target=do, args=args)
        other.start()
        for _ in range(others if n else 0):
            begun.acquire()
        do(n, workers, self.task)
        over.set()
        other.join()

    def result(self) -> tuple[int, dict[str, float]]:
        """The sum of the numbers of all tasks, and what was seen."""
        mixed, high = 0, -1
        for number in self._order:
            mixed += number < high
            high = max(high, number)
        first = min(self._began.values(), default=0.0)
        elapsed = max(self._ended - first, 1e-9)
        return sum(self._order), {
            "most_at_once": self._most,
            "mean_at_once": self._busy / elapsed,
            "mixed": mixed,
            "sent": self.sent,
            "discarded": self.discarded,
        }
