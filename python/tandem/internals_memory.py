"""What workers and their stacks take."""

from __future__ import annotations

import asyncio
import gc
import os
import re
import threading

from tandem.internals_threads import started, thread_count

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tandem.internals_threads import Facts


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


def resident() -> int:
    """The bytes of this process that are in memory; 0 where the system
    does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:
            pages = int(file.read().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


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
