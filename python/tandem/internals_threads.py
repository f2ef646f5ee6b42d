"""How many threads serve so many workers, and who schedules them."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import contextmanager

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    # Numbers by name. A yes is 1, a no is 0; other names end in their
    # unit.
    Facts = dict[str, float]


def thread_count() -> int:
    """How many threads of the operating system this process has; 0
    where the system does not say. A thread that Python has joined may
    still be on its way out: give it a moment."""
    try:
        for _ in range(1000):
            count = len(os.listdir("/proc/self/task"))
            if count <= threading.active_count():
                break
            time.sleep(0.001)
        return count
    except OSError:
        return 0


def per_worker(
    name: str, before: int, with_: int, workers: int
) -> Facts:
    """How many threads came with each worker."""
    if before == 0 or with_ == 0:
        return {}
    return {name: (with_ - before) / workers}


def cores() -> Facts:
    """How many cores there are. Threads run on all of them, in turns
    or not: nothing like GOMAXPROCS keeps them on fewer."""
    try:
        return {"usable_cores": len(os.sched_getaffinity(0))}
    except AttributeError:  # not every system has affinities
        return {"usable_cores": os.cpu_count() or 1}


def waiting(workers: int) -> Facts:
    """How many threads a worker takes while it waits for another one:
    here, a thread of Python's for an event."""
    before = thread_count()
    release = threading.Event()
    with started(workers, release.wait, release.set):
        with_ = thread_count()
    name = "threads_per_parked_worker"
    return per_worker(name, before, with_, workers)


def blocked(workers: int) -> Facts:
    """How many it takes while it waits in the operating system: here,
    to read from a pipe."""
    before = thread_count()
    reader, writer = os.pipe()
    # All of them read the end of the file.
    end = [lambda: os.read(reader, 1), lambda: os.close(writer)]
    with started(workers, *end):
        with_ = thread_count()
    os.close(reader)
    name = "threads_per_blocked_worker"
    return per_worker(name, before, with_, workers)


def preemption() -> Facts:
    """Whether a worker that never waits is interrupted for another
    one, where there is but one interpreter's lock."""
    others_ran = False
    noticed = False

    def spin() -> None:
        nonlocal noticed
        for _ in range(10**8):  # bounded, if nobody interrupts it
            if others_ran:
                noticed = True
                return

    spinner = threading.Thread(target=spin)
    spinner.start()
    others_ran = True
    spinner.join()
    return {"preempted": noticed}


def lock() -> Facts:
    """What the interpreter says of its lock."""
    enabled = getattr(sys, "_is_gil_enabled", None)
    return {
        "switch_interval_s": sys.getswitchinterval(),
        "gil_enabled": enabled() if enabled else True,
    }


def kernel(workers: int) -> Facts:
    """What the operating system knows of Python's threads: whether
    each has a number of its own, and whether it was given a core by
    the system's own scheduler."""
    release = threading.Event()
    with started(workers, release.wait, release.set) as threads:
        numbers = {thread.native_id for thread in threads}
        facts: Facts = {"native_ids_per_worker": len(numbers) / workers}
        try:
            slices = [
                int(text("/proc/self/task", number, "schedstat")[2])
                for number in numbers
            ]
        except (OSError, IndexError):
            return facts
        scheduled = sum(count > 0 for count in slices)
        facts["kernel_scheduled_per_worker"] = scheduled / workers
        return facts


def text(*path: object) -> list[str]:
    """The words in a file of the system's."""
    with open(os.path.join(*map(str, path))) as file:
        return file.read().split()


@contextmanager
def started(
    workers: int,
    wait: Callable[[], object],
    release: Callable[[], object],
) -> Iterator[list[threading.Thread]]:
    """So many threads, each of which is about to wait."""
    ready = threading.Barrier(workers + 1)

    def work() -> None:
        ready.wait()
        wait()

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    ready.wait()
    try:
        yield threads
    finally:
        release()
        for thread in threads:
            thread.join()
        thread_count()  # which waits until they are really gone
