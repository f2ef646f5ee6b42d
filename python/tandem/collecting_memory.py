"""Has workers do very many small tasks, whose input comes from a
generator, and shows how much of it all is in memory at once.

Its one decision: what is held is counted, not only weighed. An item is
held from when the generator has made it until the caller has taken its
result.

It is read beside go/collectingmemory/collectingmemory.go: same names,
same order.
"""

from __future__ import annotations

from tandem.collecting_memory_growth import held
from tandem.collecting_memory_stream import Stream, work
from tandem.pools import READY, joined

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.collecting_memory_stream import Sum
    from tandem.events import Note
    from tandem.processes import Start


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
    with joined(start.Pool(workers, note, READY)) as pool:
        for result in pool.map(work, stream):
            stream.take(result)
    return stream.sum()


def one_by_one(
    n: int, size: int, workers: int, start: Start, note: Note
) -> Sum:
    """Collect with imap: it reads the items one by one and sends each
    in a message of its own. It reads on while the workers take them,
    and never waits for the caller: what holds little here is a caller
    that is quick enough."""
    stream = Stream(n, size, note)
    with joined(start.Pool(workers, note, READY)) as pool:
        for result in pool.imap(work, stream):
            stream.take(result)
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
    with joined(start.Pool(workers, note, READY)) as pool:
        for result in pool.imap(work, stream, chunksize):
            stream.take(result)
    return stream.sum()


def stalled(
    n: int, size: int, workers: int, start: Start, note: Note
) -> Sum:
    """The same as one_by_one with a caller that does not come before
    the last item has been read. Nothing waits for it: imap keeps all
    results until they are wanted."""
    stream = Stream(n, size, note)
    with joined(start.Pool(workers, note, READY)) as pool:
        results = pool.imap(work, stream)
        stream.read.wait()
        for result in results:
            stream.take(result)
    return stream.sum()


# The total, and what was held.
result = held


VARIANTS = {
    "sequential": sequential,
    "map": everything,
    "imap": one_by_one,
    "imap-chunked": chunked,
    "imap-stalled": stalled,
}
