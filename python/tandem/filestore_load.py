"""Reads a stored file and checks it."""

from __future__ import annotations

import os
from binascii import crc32

from tandem.filestore_manifest import parse_manifest
from tandem.filestore_writer import MANIFEST, full

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from typing import Protocol

    from tandem.events import Note
    from tandem.filestore_manifest import Manifest
    from tandem.filestore_writer import Config

    class Writable(Protocol):
        """What can be loaded into."""

        def write(self, data: memoryview) -> object: ...


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
