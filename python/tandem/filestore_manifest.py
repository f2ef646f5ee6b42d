"""Says what a stored file consists of, and finds out whether that was
damaged.

It is read beside go/filestore/manifest.go.
"""

from __future__ import annotations

from binascii import crc32


class Manifest:
    """What a stored file consists of: its bytes, those of each chunk,
    the last of which may have fewer, and the CRC-32 of each."""

    def __init__(self, size: int, chunk: int, sums: list[int]) -> None:
        self.size = size
        self.chunk = chunk
        self.sums = sums

    def text(self) -> str:
        """The manifest as a file: three lines, one for each chunk, and
        a last one with the checksum of those before it."""
        lines = [VERSION, f"size {self.size}", f"chunk {self.chunk}"]
        lines += [f"{crc:08x}" for crc in self.sums]
        body = "\n".join(lines) + "\n"
        return body + f"end {crc32(body.encode()):08x}\n"

    def length(self, chunk: int) -> int:
        """How many bytes a chunk has."""
        return min(self.chunk, self.size - chunk * self.chunk)


# What a manifest begins with; another version would be another file.
VERSION = "filestore 1"


def parse_manifest(text: str) -> Manifest:
    """Read what Manifest.text writes, and nothing else: a manifest that
    was cut off or damaged is a ValueError."""
    lines = text.split("\n")
    try:
        size = int(lines[1].split(" ")[1])
        chunk = int(lines[2].split(" ")[1])
        sums = [int(line, 16) for line in lines[3:-2]]
    except (IndexError, ValueError):
        raise ValueError("it is cut off, or none") from None
    m = Manifest(size, chunk, sums)
    if size < 0 or chunk < 1 or len(sums) != -(-size // chunk):
        raise ValueError(
            f"{len(sums)} chunks of {chunk} bytes for {size}"
        )
    # There is one way to write a manifest, so this finds all the rest.
    if m.text() != text:
        raise ValueError("its checksum does not match")
    return m


def answer(m: Manifest) -> str:
    """Sum a manifest up: size, chunks, and a checksum of all."""
    crc = crc32(m.text().encode())
    return f"size={m.size} chunks={len(m.sums)} crc={crc:08x}"
