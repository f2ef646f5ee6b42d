"""What makes the items, takes the results, and counts those between."""

from __future__ import annotations

import threading

from tandem.collecting_memory_growth import most_resident

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator

    from tandem.events import Note

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
