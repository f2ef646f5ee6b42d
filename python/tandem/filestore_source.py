"""Makes up what is stored, and finds room for it.

It is read beside go/filestore/source.go.
"""

from __future__ import annotations

import os
import shutil
import tempfile

from tandem.topics import Skip


class Source:
    """A stream of so many bytes that is made up as it is read. Byte i
    is i modulo 251, so that no two chunks are alike."""

    PERIOD = 251
    # Long, so that a read is few copies.
    PATTERN = memoryview(bytes(range(PERIOD)) * 1024)

    def __init__(self, size: int) -> None:
        self._left = size
        self._at = 0  # where in the pattern the next byte is

    def readinto(self, data: memoryview) -> int:
        """Make the next bytes."""
        size = min(len(data), self._left)
        done = 0
        while done < size:
            part = self.PATTERN[self._at : self._at + size - done]
            data[done : done + len(part)] = part
            done += len(part)
            self._at = (self._at + len(part)) % len(self.PATTERN)
        self._left -= size
        return size


def scratch(size: int, disk: bool) -> tuple[str, int]:
    """A folder for a file of that size, and 1 if it is in memory:
    unless it is for a disk or has not enough room there. Skip where
    there is not enough on a disk either."""

    def free_in(folder: str) -> int:
        return shutil.disk_usage(folder).free

    folder = os.environ.get("TANDEM_MEMORY", "")
    if folder and not disk and free_in(folder) >= 2 * size:
        return tempfile.mkdtemp("", "filestore-", folder), 1
    folder = tempfile.gettempdir()
    free = free_in(folder)
    if free < 2 * size:
        raise Skip(
            f"{folder} has {free >> 20} MiB free, want twice the "
            f"{size >> 20} MiB of the file: set TMPDIR to a larger disk"
        )
    return tempfile.mkdtemp("", "filestore-", folder), 0


def warm(folder: str, size: int) -> None:
    """Write and remove a file of that size. A virtual machine may have
    to ask its host for each page that has not been in use lately, which
    takes longer than to fill it and hits whoever comes first. With a
    large file the host takes pages back meanwhile, and to warm it would
    take longer than the trial, so that goes without."""
    if size > 128 << 20:
        return
    source = Source(size)
    data = memoryview(bytearray(1 << 20))
    path = os.path.join(folder, "warm")
    with open(path, "wb", buffering=0) as file:
        os.remove(path)  # now, for who is killed cannot
        while n := source.readinto(data):
            file.write(data[:n])
