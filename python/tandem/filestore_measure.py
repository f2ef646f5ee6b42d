"""Stores a file in memory if it may be there. To remove it is part of
the work, for nobody else would; the mark says how long it took until
then."""

from __future__ import annotations

import shutil

from tandem.filestore_manifest import answer
from tandem.filestore_source import Source, scratch, warm
from tandem.filestore_writer import Config

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note
    from tandem.filestore_manifest import Manifest
    from tandem.topics import Work


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
