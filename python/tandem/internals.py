"""Asks the runtime what it does, for claims that no stopwatch decides:
how many threads serve so many workers, what a parked worker costs, who
may be interrupted.

Its one decision: every fact is an exact number that a small program
draws out of the runtime itself. None is written down here, and one that
cannot be had on this system or interpreter is left out.

It is read beside go/internals/internals.go: same names, same order.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import multiprocessing.pool
import os
import queue
import re
import struct
import subprocess
import sys
import threading
import time
import weakref
from contextlib import contextmanager

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tandem.events import Note

    # Numbers by name. A yes is 1, a no is 0; other names end in their
    # unit.
    Facts = dict[str, float]


def look(workers: int, parked: int, note: Note) -> Facts:
    """Draw all facts out of the runtime, with so many workers, or so
    many that are parked where memory is the question."""
    facts: Facts = {}
    asks: list[tuple[str, Callable[[], Facts]]] = [
        ("cores", cores),
        ("parked workers", lambda: waiting(workers)),
        ("memory", lambda: memory(parked)),
        ("blocked workers", lambda: blocked(workers)),
        ("preemption", preemption),
        ("main returns", main_returns),
        ("storing", storing),
        ("lock", lock),
        ("kernel", lambda: kernel(workers)),
        ("stacks", lambda: stacks(workers)),
        ("objects", objects),
        ("pools", pools),
    ]
    for about, what in asks:
        note(0, "start", about)
        facts.update(what())
        note(0, "finish", about)
    return {name: float(value) for name, value in facts.items()}


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


def memory(parked: int) -> Facts:
    """What each of very many parked workers takes. Here these are
    asyncio's tasks, of which one thread can have many."""

    async def park() -> tuple[int, int]:
        release = asyncio.Event()
        tasks = [
            asyncio.ensure_future(release.wait()) for _ in range(parked)
        ]
        await asyncio.sleep(0)  # each has come to its wait
        seen = resident(), thread_count()
        release.set()
        await asyncio.gather(*tasks)
        return seen

    gc.collect()
    before = resident()
    with_, threads = asyncio.run(park())
    facts: Facts = {"parked_workers": parked}
    if before:
        facts["memory_bytes_per_worker"] = (with_ - before) / parked
    if threads:
        facts["threads_while_parked"] = threads
    return facts


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


# A program whose main thread ends and leaves a worker behind, which
# waits for what the other program below says.
LEAVE = """
import os, threading
def work():
    {wait}
    os.write(1, b"outlived main")
threading.Thread(target=work, daemon={daemon}).start()
os.write(1, b"returning ")
"""


def main_returns() -> Facts:
    """Whether a program ends when its main thread has nothing more to
    do, although a worker is still there. Another process must try
    that: once with a plain thread, which waits for the main thread to
    end, and once with a daemon, which waits for ever."""
    plain = said("threading.main_thread().join()", False)
    daemon = said("os.read(0, 1)", True)
    facts: Facts = {}
    if plain.startswith("returning"):
        facts["main_returns_kills"] = "outlived" not in plain
    if daemon.startswith("returning"):
        facts["main_returns_kills_daemons"] = "killed" not in daemon
    return facts


def storing() -> Facts:
    """How many values a queue takes that nobody receives from. There
    is no queue without room: in Python, a size of 0 means any."""
    values: queue.Queue[int] = queue.Queue(1)
    try:
        while True:
            values.put_nowait(1)
    except queue.Full:
        return {"stored_capacity_one": values.qsize()}


# From here on each language has its own.


def said(wait: str, daemon: bool) -> str:
    """What a program said that leaves such a worker behind, and
    "killed" if it did not end by itself."""
    program = LEAVE.format(wait=wait, daemon=daemon)
    # Nothing is ever written to its input, which stays open.
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        try:
            child.wait(10)
            verdict = ""
        except subprocess.TimeoutExpired:
            child.kill()
            verdict = " killed"
        assert child.stdout
        return child.stdout.read().decode() + verdict


def resident() -> int:
    """The bytes of this process that are in memory; 0 where the system
    does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


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


# A line of smaps such as "7f00-7f10 rw-p 00000000 00:00 0".
MAPPING = r"([0-9a-f]+)-([0-9a-f]+) (\S+) .*"


def stacks(workers: int) -> Facts:
    """What the stack of a thread takes: addresses, which cost nothing,
    and memory. A stack is what stands right above a guard page, and
    there is one for each thread."""
    before = set(mappings())
    release = threading.Event()
    with started(workers, release.wait, release.set):
        new = [m for m in mappings() if m not in before]
    sizes = [end - start for start, end, _ in new]
    if not sizes:
        return {}
    size = max(sizes, key=sizes.count)
    if sizes.count(size) < workers / 2:  # some stacks are used again
        return {}
    used = [rss for start, end, rss in new if end - start == size]
    return {
        "reserved_stack_bytes_per_thread": size,
        "resident_stack_bytes_per_thread": sum(used) / len(used),
    }


def mappings() -> Iterator[tuple[int, int, int]]:
    """Where each of the process's parts begins and ends that stands
    right above a guard page, and how much of it is in memory."""
    try:
        with open("/proc/self/smaps") as file:
            lines = file.readlines()
    except OSError:
        return
    guard = start = end = 0
    for line in lines:
        mapping = re.match(MAPPING, line)
        if mapping:
            below = end
            start, end = int(mapping[1], 16), int(mapping[2], 16)
            is_guard = mapping[3] == "---p"
            above = start == guard == below
            guard = end if is_guard else 0
        elif line.startswith("Rss:") and above and not is_guard:
            yield start, end, int(line.split()[1]) * 1024


class Thing:
    """An object that can tell whether it is gone."""

    me: object


def objects() -> Facts:
    """How objects are made and freed. The collector of cycles is off
    meanwhile: what goes, goes because nothing refers to it."""
    facts: Facts = {}
    on = gc.isenabled()
    gc.disable()
    try:
        thing = Thing()
        alone = weakref.ref(thing)
        del thing
        facts["freed_at_zero"] = alone() is None

        thing = Thing()
        thing.me = thing
        cycle = weakref.ref(thing)
        del thing
        kept = cycle() is not None
        gc.collect()
        facts["cycle_needs_collector"] = kept and cycle() is None
    finally:
        if on:
            gc.enable()
    if hasattr(sys, "getrefcount"):
        count = sys.getrefcount(None)
        many = [None] * 1000
        gained = sys.getrefcount(None) - count
        facts["none_is_immortal"] = gained < len(many)
    try:
        facts["object_bytes"] = sys.getsizeof(object())
        words = facts["object_bytes"] / struct.calcsize("P")
        facts["object_words"] = words
    except TypeError:  # an interpreter need not know
        pass
    return facts


def pools() -> Facts:
    """What the pools in multiprocessing offer."""
    Pool = multiprocessing.pool.Pool  # noqa: N806
    ThreadPool = multiprocessing.pool.ThreadPool  # noqa: N806
    methods = [
        name
        for name, method in inspect.getmembers(Pool, callable)
        if not name.startswith("_")
        and "func" in inspect.signature(method).parameters
    ]
    imap = inspect.signature(Pool.imap).parameters
    facts: Facts = {
        "threadpool_is_pool": issubclass(ThreadPool, Pool),
        "pool_methods": len(methods),
        "imap_default_chunksize": imap["chunksize"].default,
    }
    try:
        now = inspect.getsource(Pool.map)
        later = inspect.getsource(Pool.map_async)
    except OSError:  # installed without its sources
        return facts
    # Both start the same work, and map waits for it right away.
    start = "return self._map_async(func, iterable, mapstar, chunksize"
    both = start in now and start in later
    facts["map_is_map_async_get"] = both and start + ").get()" in now
    return facts


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


def result(facts: Facts) -> tuple[str, Facts]:
    """The facts are metrics; that is all."""
    return "inspected", facts


VARIANTS = {"inspect": look}
