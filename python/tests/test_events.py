"""A note reaches its recorder from wherever it is called."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from tandem import counting
from tandem.events import MOST, Recorder, silent


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "method", multiprocessing.get_all_start_methods()
)
def test_from_processes(method: str, folder: Path) -> None:
    note = Recorder(trace=True)
    context = multiprocessing.get_context(method)
    note(9, "start", "all")
    with context.Pool(2, note, (7, "mark", "ready")) as pool:
        work = partial(counting.count, note=note)
        pool.map(work, counting.chunks(10, 4))
        pool.close()
        pool.join()
    note(9, "finish", "all")

    seen = note.close()
    times = [event[0] for event in seen]
    assert times == sorted(times)
    assert seen[0][1:] == (9, "start", "all")
    assert seen[-1][1:] == (9, "finish", "all")
    assert sorted(event[1:] for event in seen[1:-1]) == sorted(
        [(7, "mark", "ready")] * 2
        + [
            (i, kind, "count")
            for i in range(4)
            for kind in ("start", "finish")
        ]
    )
    assert list(folder.iterdir()) == [], "nothing is left on disk"


def test_from_threads() -> None:
    note = Recorder(trace=True)
    threads = [
        Thread(target=note, args=(i, "step", "")) for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(e[1] for e in note.close()) == list(range(8))


def test_marks_are_kept_without_trace() -> None:
    note = Recorder(trace=False)
    for place in (note, pickle.loads(pickle.dumps(note))):
        place(1, "start", "A")
        place(2, "mark", "B")
    assert [event[1:] for event in note.close()] == [
        (2, "mark", "B"),
        (2, "mark", "B"),
    ]


def test_no_file_unless_needed(folder: Path) -> None:
    note = Recorder(trace=True)
    note(0, "start", "")
    assert list(folder.iterdir()) == []
    assert len(note.close()) == 1


def test_any_label_arrives() -> None:
    note = Recorder(trace=True)
    label = "tab\there\nline \\ é 漢"
    pickle.loads(pickle.dumps(note))(0, "step", label)
    assert note.close()[0][3] == label


def test_file_is_private(folder: Path) -> None:
    note = Recorder(trace=True)
    pickle.loads(pickle.dumps(note))(0, "step", "")
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_uid == os.getuid()
    note.close()


def test_trace_is_bounded() -> None:
    """However much happens. A mark is always kept."""
    note = Recorder(trace=True)
    copy = pickle.loads(pickle.dumps(note))
    copy(1, "start", "\u00e9" * 1000)
    for _ in range(MOST + 10):
        note(0, "start", "A")
    note(0, "mark", "ready")
    seen = note.close()
    assert len(seen) == MOST + 1
    assert seen[0][1:] == (1, "start", "\u00e9" * 32)
    assert seen[-1][1:] == (0, "mark", "ready")


def test_silent() -> None:
    pickle.loads(pickle.dumps(silent))(0, "start", "")
