"""What a worker of a swarm weighs."""

from __future__ import annotations

import gc
import time

from tandem.internals_memory import resident
from tandem.internals_threads import thread_count

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note

    # Numbers by name; a name ends in its unit. What the system does not
    # say is left out.
    Facts = dict[str, float]


class Count:
    """What a swarm of so many workers costs; it begins now."""

    def __init__(self, workers: int, note: Note) -> None:
        gc.collect()  # what was there before is not theirs
        self.facts: Facts = {"waiting_workers": workers}
        self._workers = workers
        self._note = note
        self._threads, self._memory = thread_count(), resident()
        note(0, "start", "swarm")
        self._begin = time.monotonic_ns()

    def waiting(self) -> None:
        """Now all of them wait."""
        start = time.monotonic_ns() - self._begin
        self._note(0, "mark", "waiting")
        self.facts["start_ns_per_worker"] = start / self._workers
        if self._threads:
            more = thread_count() - self._threads
            self.facts["threads_per_worker"] = more / self._workers
        if self._memory:
            more = max(0, resident() - self._memory)
            self.facts["memory_bytes_per_worker"] = more / self._workers

    def ended(self, begin: int) -> Facts:
        """Now all of them are gone, which began then."""
        took = time.monotonic_ns() - begin
        self._note(0, "finish", "swarm")
        self.facts["end_ns_per_worker"] = took / self._workers
        return self.facts


def weighed(facts: Facts) -> tuple[str, Facts]:
    """What was weighed are metrics; that is all."""
    return "all came and went", facts
