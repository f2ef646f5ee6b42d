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

from tandem.events import silent
from tandem.filestore_load import load
from tandem.filestore_manifest import answer
from tandem.filestore_measure import stores, stores_in_pool
from tandem.filestore_source import Source, scratch
from tandem.filestore_writer import Config, Group, store

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.filestore_manifest import Manifest
    from tandem.filestore_writer import Readable, Writer
    from tandem.topics import Work


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
