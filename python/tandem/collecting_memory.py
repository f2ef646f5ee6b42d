"""Has workers do very many small tasks, whose input comes from a
generator, and shows how much of it all is in memory at once.

Its one decision: what is held is counted, not only weighed. An item is
held from when the generator has made it until the caller has taken its
result.

It is read beside go/collectingmemory/collectingmemory.go: same names,
same order.
"""

from __future__ import annotations

from multiprocessing import Pool
from threading import Event

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tandem.events import Note

    # What the caller has in the end: the total of the results' last
    # bytes, and the most items that were held at once.
    Sum = tuple[int, int]


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
        self.read = Event()

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
        return self._total, self._most


def new_stream(
    n: int, size: int, workers: int, chunksize: int, note: Note
) -> Stream:
    """Check the parameters, of which a variant without workers or
    chunks gives 1, and return a stream."""
    for name, value, least in (
        ("n", n, 0),
        ("size", size, 1),
        ("workers", workers, 1),
        ("chunksize", chunksize, 1),
    ):
        if value < least:
            raise ValueError(
                f"{name} is {value}, want at least {least}"
            )
    return Stream(n, size, note)


def work(item: bytes) -> bytes:
    """Do one small task: turn an item around. The result is as large
    as the item."""
    return item[::-1]


# What each process of a pool notes as it starts.
READY = (0, "mark", "pool-ready")


def sequential(n: int, size: int, note: Note) -> Sum:
    """Hold one item at a time."""
    stream = new_stream(n, size, 1, 1, note)
    for item in stream:
        stream.take(work(item))
    return stream.sum()


def everything(n: int, size: int, workers: int, note: Note) -> Sum:
    """Collect with map: it makes a list of all items, sends them in
    large chunks, and returns a list of all results."""
    stream = new_stream(n, size, workers, 1, note)
    with Pool(workers, note, READY) as pool:
        for result in pool.map(work, stream):
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()


def one_by_one(n: int, size: int, workers: int, note: Note) -> Sum:
    """Collect with imap: it reads the items one by one and sends each
    in a message of its own. It reads on while the workers take them,
    and never waits for the caller: what holds little here is a caller
    that is quick enough."""
    stream = new_stream(n, size, workers, 1, note)
    with Pool(workers, note, READY) as pool:
        for result in pool.imap(work, stream):
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()


def chunked(
    n: int, size: int, workers: int, chunksize: int, note: Note
) -> Sum:
    """The same with chunksize items in each message: fewer messages,
    more held."""
    stream = new_stream(n, size, workers, chunksize, note)
    with Pool(workers, note, READY) as pool:
        for result in pool.imap(work, stream, chunksize):
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()


def stalled(n: int, size: int, workers: int, note: Note) -> Sum:
    """The same as one_by_one with a caller that does not come before
    the last item has been read. Nothing waits for it: imap keeps all
    results until they are wanted."""
    stream = new_stream(n, size, workers, 1, note)
    with Pool(workers, note, READY) as pool:
        results = pool.imap(work, stream)
        stream.read.wait()
        for result in results:
            stream.take(result)
        pool.close()
        pool.join()
    return stream.sum()
