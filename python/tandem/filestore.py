"""Keeps a stream in numbered chunks, each a file of its own, and shows
what it takes to write several of them at once.

Its one decision: a file is there as a whole or not at all. Chunks are
written to a folder that nobody looks at, the manifest comes last, and
then the folder gets its name. What fails or is interrupted leaves
nothing behind; what a killed process leaves begins with ".partial-" and
may be deleted.

It is read beside go/filestore/filestore.go: same names, same order.
"""

from __future__ import annotations

import os
import queue
import shutil
import tempfile
import threading
from binascii import crc32

from tandem.events import silent
from tandem.filestore_manifest import Manifest, answer, parse_manifest
from tandem.filestore_source import Source, scratch, warm

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from tandem.events import Note
    from tandem.topics import Work

    class Readable(Protocol):
        """What can be stored, such as a binary file."""

        def readinto(self, data: memoryview) -> int: ...

    class Writable(Protocol):
        """What can be loaded into."""

        def write(self, data: memoryview) -> object: ...


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


def sequential(
    config: Config, name: str, source: Readable, note: Note
) -> tuple[Manifest, int]:
    """Read a chunk, write it, read the next one. Like all others it
    returns the manifest, and the most bytes that buffers held at
    once."""

    def fill(w: Writer) -> None:
        data = w.buffer(config.chunk)
        last = False
        chunk = 0
        while not last:
            n, last = w.read(source, data)
            if n:
                w.put(1, chunk, data[:n])
            chunk += 1

    return store(config, name, note, fill)


def per_chunk(
    config: Config, name: str, source: Readable, note: Note
) -> tuple[Manifest, int]:
    """Start a thread for each chunk, with a buffer of its own. Nothing
    bounds them: where the disk is slower than the source, the whole
    file ends up in memory. It stands here to be compared with."""

    def fill(w: Writer) -> None:
        last = False
        chunk = 0

        def put(chunk: int, data: memoryview, n: int) -> None:
            try:
                w.put(chunk + 1, chunk, data[:n])
            finally:
                w.forget(data)

        with Group() as group:
            while not last and not group.failed:
                data = w.buffer(config.chunk)
                n, last = w.read(source, data)
                if n:
                    group.start(put, chunk, data, n)
                chunk += 1

    return store(config, name, note, fill)


def pool(
    config: Config, name: str, source: Readable, note: Note
) -> tuple[Manifest, int]:
    """The same with a bounded number of buffers. They wait in a queue;
    who has written one puts it back, and the reader waits for it. A
    buffer is made when it is needed for the first time."""

    def fill(w: Writer) -> None:
        last = False
        chunk = 0
        free: queue.Queue[tuple[int, memoryview | None]] = queue.Queue()
        for number in range(config.buffers):
            free.put((number + 1, None))

        def put(
            number: int, chunk: int, data: memoryview, n: int
        ) -> None:
            try:
                w.put(number, chunk, data[:n])
            finally:
                free.put((number, data))

        with Group() as group:
            while not last and not group.failed:
                number, data = free.get()
                if data is None:
                    data = w.buffer(config.chunk)
                n, last = w.read(source, data)
                if n:
                    group.start(put, number, chunk, data, n)
                chunk += 1

    return store(config, name, note, fill)


def load(
    config: Config, name: str, sink: Writable, note: Note
) -> Manifest:
    """Read a stored file chunk by chunk, check each against the
    manifest, and pass it on only then."""
    folder = os.path.join(config.folder, name)
    path = os.path.join(folder, MANIFEST)
    with open(path, "rb") as file:
        text = file.read().decode("ascii", "replace")
    try:
        m = parse_manifest(text)
    except ValueError as error:
        raise ValueError(
            f"{name}: its manifest is damaged: {error}"
        ) from None
    # One more than there should be.
    data = memoryview(bytearray(m.length(0) + 1))
    for chunk, want in enumerate(m.sums):
        note(0, "start", "read")
        n = fetch(os.path.join(folder, str(chunk)), data)
        note(0, "finish", "read")
        if n != m.length(chunk):
            raise ValueError(
                f"{name}: chunk {chunk} has the wrong length"
            )
        if crc32(data[:n]) != want:
            raise ValueError(f"{name}: chunk {chunk} is damaged")
        sink.write(data[:n])
    return m


def fetch(path: str, data: memoryview) -> int:
    """Read a file into data, as far as it has room."""
    with open(path, "rb", buffering=0) as file:
        return full(file.readinto, data)


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


# The experiment: to store a file, in memory if it may be there. To
# remove it is part of the work, for nobody else would; the mark says
# how long it took until then.


def stores(
    function: Callable[..., tuple[Manifest, int]],
    size: int,
    chunk: int,
    disk: bool,
    sync: bool,
) -> Work:
    return stores_in_pool(function, size, chunk, 1, disk, sync)


def stores_in_pool(
    function: Callable[..., tuple[Manifest, int]],
    size: int,
    chunk: int,
    buffers: int,
    disk: bool,
    sync: bool,
) -> Work:
    folder, in_memory = scratch(size, disk or sync)
    warm(folder, size)
    config = Config(folder, chunk, buffers, sync)

    def work(note: Note) -> tuple[str, dict[str, float]]:
        try:
            m, held = function(config, "file", Source(size), note)
            note(0, "mark", "stored")
        finally:
            shutil.rmtree(folder)
        return answer(m), {
            "held_bytes": held,
            "is_in_memory": in_memory,
        }

    return work


def reads_back(size: int, chunk: int, disk: bool) -> Work:
    """Load a file, which is stored before the clock runs, and check
    it."""
    folder, in_memory = scratch(size, disk)
    config = Config(folder, chunk, 1)
    try:
        sequential(config, "file", Source(size), silent)
    except BaseException:
        shutil.rmtree(folder)
        raise

    def work(note: Note) -> tuple[str, dict[str, float]]:
        try:
            with open(os.devnull, "wb", buffering=0) as sink:
                m = load(config, "file", sink, note)
            note(0, "mark", "loaded")
        finally:
            shutil.rmtree(folder)
        return answer(m), {"is_in_memory": in_memory}

    return work


VARIANTS = {
    "sequential": (stores, sequential),
    "per-chunk": (stores, per_chunk),
    "pool": (stores_in_pool, pool),
    "read-back": reads_back,
}
