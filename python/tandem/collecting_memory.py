"""Has workers do very many small tasks, whose input comes from a
generator, and shows how much of it all is in memory at once.

Its one decision: what is held is counted, not only weighed. An item is
held from when the generator has made it until the caller has taken its
result.

It is read beside go/collectingmemory/collectingmemory.go: same names,
same order.
"""

from __future__ import annotations

import threading

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tandem.events import Note
    from tandem.processes import Start

    # What the caller has in the end: the total of the results' last
    # bytes, the most items that were held at once, and by how much
    # this process has grown meanwhile.
    Sum = tuple[int, int, int]


class Stream:
    """Makes n items of size bytes each, takes their results, and counts
    how many are in between."""

    def __init__(self, n: int, size: int, note: Note) -> None:
        self._n = n
        self._size = size
        self._note = note
        self._made = 0
        self._taken = 0
        self._most = 0
        self._total = 0
        self.read = threading.Event()
        self._before = most_resident()

    def __iter__(self) -> Iterator[bytes]:
        """Make one item after the other, when it is asked for. Item i
        begins with the byte i modulo 251."""
        rest = bytes(self._size - 1)
        for i in range(self._n):
            self._made += 1
            yield bytes((i % 251,)) + rest
        self._note(0, "mark", "input-read")
        self.read.set()

    def take(self, result: bytes) -> None:
        """Use one result and forget it."""
        if self._taken == 0:
            self._note(0, "mark", "first-result")
        self._most = max(self._most, self._made - self._taken)
        self._taken += 1
        self._total += result[-1]

    def sum(self) -> Sum:
        """What came of all the results taken."""
        grown = most_resident() - self._before
        return self._total, self._most, grown


def work(item: bytes) -> bytes:
    """Do one small task: turn an item around. The result is as large
    as the item."""
    return item[::-1]


# What each process of a pool notes as it starts.
READY = (0, "mark", "pool-ready")


def sequential(n: int, size: int, note: Note) -> Sum:
    """Hold one item at a time."""
    stream = Stream(n, size, note)
    for item in stream:
        stream.take(work(item))
    return stream.sum()


def everything(
    n: int, size: int, workers: int, start: Start, note: Note
) -> Sum:
    """Collect with map: it makes a list of all items, sends them in
    large chunks, and returns a list of all results."""
    stream = Stream(n, size, note)
    with start.Pool(workers, note, READY) as pool:
        for result in pool.map(work, stream):
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()


def one_by_one(
    n: int, size: int, workers: int, start: Start, note: Note
) -> Sum:
    """Collect with imap: it reads the items one by one and sends each
    in a message of its own. It reads on while the workers take them,
    and never waits for the caller: what holds little here is a caller
    that is quick enough."""
    stream = Stream(n, size, note)
    with start.Pool(workers, note, READY) as pool:
        for result in pool.imap(work, stream):
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()


def chunked(
    n: int,
    size: int,
    workers: int,
    chunksize: int,
    start: Start,
    note: Note,
) -> Sum:
    """The same with chunksize items in each message: fewer messages,
    more held."""
    stream = Stream(n, size, note)
    with start.Pool(workers, note, READY) as pool:
        for result in pool.imap(work, stream, chunksize):
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()


def stalled(
    n: int, size: int, workers: int, start: Start, note: Note
) -> Sum:
    """The same as one_by_one with a caller that does not come before
    the last item has been read. Nothing waits for it: imap keeps all
    results until they are wanted."""
    stream = Stream(n, size, note)
    with start.Pool(workers, note, READY) as pool:
        results = pool.imap(work, stream)
        stream.read.wait()
        for result in results:
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()


def most_resident() -> int:
    """The most bytes of this process that have been in memory; 0 where
    the system does not say."""
    try:
        with open("/proc/self/status", "rb") as file:
            for line in file:
                if line.startswith(b"VmHWM:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0


def result(sum_: Sum) -> tuple[int, dict[str, float]]:
    """The total, and what was held. The runner weighs all processes
    together; what this one has grown by is a metric of its own."""
    total, held, grown = sum_
    metrics: dict[str, float] = {"held_items": held}
    if most_resident():
        metrics["caller_growth_bytes"] = grown
    return total, metrics


VARIANTS = {
    "sequential": sequential,
    "map": everything,
    "imap": one_by_one,
    "imap-chunked": chunked,
    "imap-stalled": stalled,
}
