"""Stores one file, and publishes it as a whole."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from binascii import crc32

from tandem.filestore_manifest import Manifest

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from tandem.events import Note

    class Readable(Protocol):
        """What can be stored, such as a binary file."""

        def readinto(self, data: memoryview) -> int: ...


class Config:
    """Where and how to store: a folder that exists, bytes of a chunk,
    the most buffers where their number is bounded, and whether to wait
    until all is on the disk, so that a file that is there survives a
    power failure."""

    def __init__(
        self, folder: str, chunk: int, buffers: int, sync: bool = False
    ) -> None:
        self.folder = folder
        self.chunk = chunk
        self.buffers = buffers
        self.sync = sync


# The manifest's name beside the chunks, which are called 0, 1, ...
MANIFEST = "manifest"


def check(name: str) -> None:
    """Say what is wrong with the name."""
    # Unfinished folders begin with a dot.
    if not name or name[0] == "." or "/" in name or "\0" in name:
        raise ValueError(
            f"name is {name!r}, want one without slash or leading dot"
        )


def store(
    config: Config,
    name: str,
    note: Note,
    fill: Callable[[Writer], None],
) -> tuple[Manifest, int]:
    """Make the folder, have fill write the chunks, publish all."""
    check(name)
    folder = tempfile.mkdtemp(prefix=".partial-", dir=config.folder)
    writer = Writer(config, folder, note)
    try:
        fill(writer)
        writer.publish(name)
    # Whatever it is: an interrupt leaves nothing behind either.
    except BaseException:
        shutil.rmtree(writer.folder)
        raise
    return writer.manifest, writer.most


def full(
    readinto: Callable[[memoryview], int | None], data: memoryview
) -> int:
    """Fill the buffer, as far as there is something to read."""
    done = 0
    while done < len(data):
        n = readinto(data[done:])
        if not n:
            break
        done += n
    return done


class Group:
    """Threads of which the first exception is raised in the end, when
    all are done."""

    def __init__(self) -> None:
        self.failed: BaseException | None = None
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[..., None], *args: object) -> None:
        """Start a thread."""

        def run() -> None:
            try:
                work(*args)
            except BaseException as error:
                self.failed = self.failed or error

        thread = threading.Thread(target=run)
        thread.start()
        self._threads.append(thread)

    def __enter__(self) -> Group:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for thread in self._threads:
            thread.join()
        if self.failed and kind is None:
            raise self.failed


class Writer:
    """Stores one file. Several threads may put chunks."""

    def __init__(self, config: Config, folder: str, note: Note) -> None:
        self.folder = folder
        self.manifest = Manifest(0, config.chunk, [])
        self.most = 0  # bytes that buffers held at once
        self._config = config
        self._note = note
        self._held = 0
        self._lock = threading.Lock()

    def buffer(self, size: int) -> memoryview:
        """Make one, and count it as held."""
        with self._lock:
            self._held += size
            self.most = max(self.most, self._held)
        return memoryview(bytearray(size))

    def forget(self, data: memoryview) -> None:
        """Say that a buffer is not held any more."""
        with self._lock:
            self._held -= len(data)

    def read(
        self, source: Readable, data: memoryview
    ) -> tuple[int, bool]:
        """Fill the buffer as far as the source goes, and say whether
        that was its end."""
        self._note(0, "start", "read")
        n = full(source.readinto, data)
        self._note(0, "finish", "read")
        return n, n < len(data)

    def put(self, worker: int, chunk: int, data: memoryview) -> None:
        """Write a chunk. Both the checksum and the write give up the
        interpreter's lock."""
        self._note(worker, "start", "write")
        crc = crc32(data)
        with self._lock:
            sums = self.manifest.sums
            sums += [0] * (chunk + 1 - len(sums))
            sums[chunk] = crc
            self.manifest.size += len(data)
        self.save(str(chunk), data)
        self._note(worker, "finish", "write")

    def save(self, name: str, data: memoryview) -> None:
        """Write a whole file, which is not there yet."""
        file = create(os.path.join(self.folder, name))
        try:
            while data:
                data = data[os.write(file, data) :]
            if self._config.sync:
                os.fsync(file)
        finally:
            os.close(file)

    def publish(self, name: str) -> None:
        """Write the manifest and give the folder its name. That fails
        where there is such a file already."""
        text = self.manifest.text().encode()
        self.save(MANIFEST, memoryview(text))
        self._sync(self.folder)
        final = os.path.join(self._config.folder, name)
        os.rename(self.folder, final)
        self.folder = final  # what is to be removed if this fails
        self._sync(self._config.folder)

    def _sync(self, folder: str) -> None:
        """Bring the names in a folder to the disk."""
        if not self._config.sync:
            return
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def create(path: str) -> int:
    """Make a file that is not there yet."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.open(path, flags, 0o666)
