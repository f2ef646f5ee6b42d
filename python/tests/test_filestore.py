"""What is stored comes back, and what fails leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tandem import events, filestore, filestore_load, filestore_writer
from tandem.filestore_manifest import (
    Manifest,
    answer,
    parse_manifest,
)
from tandem.filestore_source import Source
from tandem.filestore_writer import Config

if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.filestore_writer import Readable

Variant = Callable[
    [Config, str, "Readable", "Note"], "tuple[Manifest, int]"
]

VARIANTS: list[Variant] = [
    filestore.sequential,
    filestore.per_chunk,
    filestore.pool,
]
each = pytest.mark.parametrize("variant", VARIANTS)


def everything(size: int) -> bytes:
    return bytes(i % 251 for i in range(size))


class Halves:
    """A source that gives less than it is asked for."""

    def __init__(self, size: int) -> None:
        self._source = Source(size)

    def readinto(self, data: memoryview) -> int:
        return self._source.readinto(data[: (len(data) + 1) // 2])


@each
@given(
    size=st.integers(0, 5000),
    chunk=st.integers(1, 1500),
    buffers=st.integers(1, 5),
    sync=st.booleans(),
)
@settings(max_examples=15, deadline=None)
def test_what_is_stored_comes_back(
    variant: Variant, size: int, chunk: int, buffers: int, sync: bool
) -> None:
    chunk = max(chunk, size // 50)  # not thousands of files
    before = threading.enumerate()
    with tempfile.TemporaryDirectory() as folder:
        config = Config(folder, chunk, buffers, sync)
        m, held = variant(config, "file", Halves(size), events.silent)
        assert os.listdir(folder) == ["file"]
        back = io.BytesIO()
        loaded = filestore_load.load(
            config, "file", back, events.silent
        )
    assert back.getvalue() == everything(size)
    assert loaded.text() == m.text()
    assert held >= chunk
    if variant is filestore.pool:
        assert held <= chunk * buffers
    assert threading.enumerate() == before


@each
def test_same_as_go(variant: Variant, tmp_path: Path) -> None:
    """The same as in filestore_test.go: either half reads what the
    other one has stored."""
    config = Config(str(tmp_path), 1000, 3)
    m, _ = variant(config, "file", Source(2500), events.silent)
    want = "size=2500 chunks=3 crc=6382152a"
    assert answer(m) == want
    empty = "filestore 1\nsize 0\nchunk 1\nend 15e54e60\n"
    assert Manifest(0, 1, []).text() == empty


class Broken:
    """A source that breaks, or is interrupted, after a while."""

    def __init__(self, error: BaseException) -> None:
        self._error = error
        self._source = Source(2500)

    def readinto(self, data: memoryview) -> int:
        n = self._source.readinto(data)
        if n == 0:
            raise self._error
        return n


@each
@pytest.mark.parametrize(
    "error", [OSError("torn"), KeyboardInterrupt()], ids=str
)
def test_a_source_that_breaks(
    variant: Variant, error: BaseException, tmp_path: Path
) -> None:
    config = Config(str(tmp_path), 1000, 3)
    with pytest.raises(type(error)) as caught:
        variant(config, "file", Broken(error), events.silent)
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


@each
@pytest.mark.parametrize("which", ["", filestore_writer.MANIFEST])
@pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="no /dev/full"
)
def test_a_full_disk(
    variant: Variant,
    which: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = filestore_writer.create

    def create(path: str) -> int:
        if which and not path.endswith(which):
            return real(path)
        return os.open("/dev/full", os.O_WRONLY)

    monkeypatch.setattr(filestore_writer, "create", create)
    config = Config(str(tmp_path), 1000, 3)
    with pytest.raises(OSError, match="No space") as caught:
        variant(config, "file", Source(50_000), events.silent)
    assert caught.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


@each
def test_a_name_that_is_taken(variant: Variant, tmp_path: Path) -> None:
    config = Config(str(tmp_path), 1000, 3)
    m, _ = variant(config, "file", Source(3000), events.silent)
    with pytest.raises(OSError, match="file"):
        variant(config, "file", Source(10), events.silent)
    assert os.listdir(tmp_path) == ["file"]
    back = filestore_load.load(
        config, "file", io.BytesIO(), events.silent
    )
    assert back.text() == m.text()


@each
@pytest.mark.skipif(sys.platform != "linux", reason="/sys is Linux's")
def test_read_only(variant: Variant) -> None:
    # Not even root makes a folder there.
    config = Config("/sys", 1000, 3)
    with pytest.raises(PermissionError):
        variant(config, "file", Source(10), events.silent)
    config = Config("/nowhere", 1000, 3)
    with pytest.raises(FileNotFoundError):
        variant(config, "file", Source(10), events.silent)


@pytest.mark.parametrize(
    ("variant", "most"),
    [(filestore.per_chunk, 20), (filestore.pool, 3)],
)
def test_unbounded_memory(
    variant: Variant,
    most: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a disk that stands still a thread for each chunk takes the
    whole file into memory. The pool waits."""
    real = filestore_writer.create
    lock = threading.Lock()
    stuck = threading.Event()
    waiting = 0

    def create(path: str) -> int:
        nonlocal waiting
        with lock:
            waiting += not path.endswith(filestore_writer.MANIFEST)
            if waiting == most:
                stuck.set()
        assert stuck.wait(60)
        return real(path)

    monkeypatch.setattr(filestore_writer, "create", create)
    config = Config(str(tmp_path), 1000, 3)
    _, held = variant(config, "file", Source(20_000), events.silent)
    # One more finds the end.
    assert held in (most * 1000, most * 1000 + 1000)


def cut(folder: Path) -> None:
    (folder / "2").write_bytes(b"x" * 499)


def flip(folder: Path) -> None:
    data = bytearray((folder / "1").read_bytes())
    data[500] ^= 1
    (folder / "1").write_bytes(data)


def swap(folder: Path) -> None:
    path = folder / filestore_writer.MANIFEST
    lines = path.read_text().split("\n")
    lines[3], lines[4] = lines[4], lines[3]
    path.write_text("\n".join(lines))


def shorten(folder: Path) -> None:
    path = folder / filestore_writer.MANIFEST
    path.write_text(path.read_text()[:30])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (flip, "chunk 1 is damaged"),
        (cut, "chunk 2 has the wrong length"),
        (swap, "its checksum does not match"),
        (shorten, "its manifest is damaged"),
    ],
)
def test_damage(
    damage: Callable[[Path], None], says: str, tmp_path: Path
) -> None:
    config = Config(str(tmp_path), 1000, 3)
    filestore.pool(config, "file", Source(2500), events.silent)
    damage(tmp_path / "file")
    with pytest.raises(ValueError, match=says):
        filestore_load.load(config, "file", io.BytesIO(), events.silent)


@given(text=st.text())
def test_any_text_is_refused_or_canonical(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert parse_manifest(text).text() == text


@given(
    size=st.integers(0, 10**12),
    chunk=st.integers(1, 10**9),
    at=st.integers(0, 60),
    by=st.characters(codec="ascii"),
)
def test_manifest(size: int, chunk: int, at: int, by: str) -> None:
    chunk = max(chunk, size // 20 + 1)
    sums = list(range(-(-size // chunk)))
    text = Manifest(size, chunk, sums).text()
    m = parse_manifest(text)
    assert (m.size, m.chunk, m.sums) == (size, chunk, sums)
    assert sum(m.length(i) for i in range(len(sums))) == size
    at %= len(text)
    torn = text[:at] + by + text[at + 1 :]
    if torn != text:
        with pytest.raises(ValueError, match=r"\w"):
            parse_manifest(torn)


@each
def test_refused(variant: Variant, tmp_path: Path) -> None:
    config = Config(str(tmp_path), 1, 1)
    for name in ("", ".", "..", "a/b", ".partial-1", "a\0"):
        with pytest.raises(ValueError, match="want one without slash"):
            variant(config, name, Source(10), events.silent)
    assert list(tmp_path.iterdir()) == []
