"""Has workers compute checksums of a large buffer, in large steps and
in small ones.

Its one decision: the bytes and the checksums are the same in all
variants. What differs is how many bytes the hash function is given at a
time, which in CPython decides whether it gives up the interpreter's
lock meanwhile: it does for 2048 bytes and more.

It is read beside go/hashing/hashing.go: same names, same order.
"""

from __future__ import annotations

import functools
import hashlib
import multiprocessing.pool

import tandem.interpreters
from tandem.pools import joined

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note
    from tandem.topics import Work


def data(size: int) -> bytes:
    """Make the buffer that every worker hashes: 0 to 255, repeated."""
    return (bytes(range(256)) * (size // 256 + 1))[:size]


def digest(worker: int, data: bytes, step: int, note: Note) -> int:
    """A worker's checksum of its number and the data. The function is
    given step bytes at a time. Where it stops does not matter to it."""
    note(worker, "start", "hash")
    sum_ = hashlib.sha256(str(worker).encode())
    view = memoryview(data)  # its slices copy nothing
    for at in range(0, len(data), step):
        sum_.update(view[at : at + step])
    note(worker, "finish", "hash")
    return int.from_bytes(sum_.digest()[:4], "big")


def sequential(data: bytes, workers: int, step: int, note: Note) -> int:
    """Compute one worker's checksum after the other. Like all others
    it returns their sum."""
    return sum(
        digest(worker, data, step, note) for worker in range(workers)
    )


# From here on each language has its own kinds of workers.


def threads(data: bytes, workers: int, step: int, note: Note) -> int:
    """Compute each checksum in a thread of its own."""
    work = functools.partial(digest, data=data, step=step, note=note)
    with joined(multiprocessing.pool.ThreadPool(workers)) as pool:
        return sum(pool.map(work, range(workers), 1))


def interpreters(
    data: bytes, workers: int, step: int, note: Note
) -> int:
    """Compute each checksum in an interpreter of its own, of a copy of
    the data."""
    work = functools.partial(digest, data=data, step=step, note=note)
    with tandem.interpreters.pool(workers) as pool:
        return sum(pool.map(work, range(workers)))


def steps(
    function: Callable[..., int], size: int, workers: int, step: int
) -> Work:
    """Make the buffer, before the clock runs."""
    made = data(size)
    return lambda note: function(made, workers, step, note)


def small_steps(
    function: Callable[..., int],
    size: int,
    workers: int,
    step: int,
    small: int,
) -> Work:
    """The same with no more than so many bytes at a time."""
    return steps(function, size, workers, min(step, small))


VARIANTS = {
    "sequential": (steps, sequential),
    "threads": (steps, threads),
    "sequential-small": (small_steps, sequential),
    "threads-small": (small_steps, threads),
    "interpreters-small": (small_steps, interpreters),
}
