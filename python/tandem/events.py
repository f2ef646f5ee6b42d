"""Lets a variant say what its workers do, and when.

Its one decision: a variant says what happens, never when. It calls a
note; whoever runs the variant owns the clock.

A note is called as note(worker, kind, label): something of that kind
("start", "finish", "sending", "received", "mark", ...) happens now in
a worker, counted from 0. It may be called in any thread, and it can be
sent to other processes, however they are started.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    Note = Callable[[int, str, str], None]
    Event = tuple[int, int, str, str]  # ns, worker, kind, label

# The kind of the events that are recorded in every trial, traced or
# not, because each becomes a metric of its own.
MARK = "mark"

# What is kept of a trial. A timeline shows no more, and with labels of
# that length what a child sends stays within the protocol's limits.
MOST = 50_000  # events, beside the marks
MOST_LABEL = 64  # bytes


def silent(worker: int, kind: str, label: str) -> None:
    """The note that records nothing."""


class Recorder:
    """The note that keeps marks and, with trace, everything else, but
    nothing beyond the first MOST.

    In its own process it keeps events in memory. A copy in another
    process appends each as a line to a file, which nobody creates
    before it is needed. One write of a line is not torn apart by
    others, and the monotonic clock is the same in all processes.
    """

    def __init__(self, trace: bool) -> None:
        self._trace = trace
        self._home = os.getpid()
        self._events: list[Event] = []
        # Nobody can guess the name and put something else there.
        name = "tandem-" + os.urandom(16).hex() + ".events"
        folder = os.environ.get("TMPDIR") or "/tmp"
        self._path = os.path.join(folder, name)

    def __call__(self, worker: int, kind: str, label: str) -> None:
        if kind != MARK and not self._trace:
            return
        at = time.monotonic_ns()
        if kind != MARK:
            count = _counts.get(self._path, 0)
            if count >= MOST:
                return
            _counts[self._path] = count + 1
        if len(label) > MOST_LABEL // 4:
            label = _shortened(label)
        if self._home == os.getpid():
            self._events.append((at, worker, kind, label))
        else:
            text = "\t".join((str(at), str(worker), kind, label))
            line = text.encode("unicode_escape") + b"\n"
            os.write(_opened(self._path), line)

    # What is pickled arrives somewhere else, even where that is
    # another interpreter in the same process: a copy has no home.
    def __getstate__(self) -> tuple[bool, str]:
        return self._trace, self._path

    def __setstate__(self, state: tuple[bool, str]) -> None:
        self._trace, self._path = state
        self._home = -1
        self._events = []

    def close(self) -> list[Event]:
        """Return what all processes recorded, oldest first, by the
        monotonic clock; remove the file."""
        events = self._events
        try:
            with open(self._path, "rb") as file:
                events += map(_event, file)
            os.unlink(self._path)
        except FileNotFoundError:
            pass
        events.sort(key=lambda event: event[0])
        kept, count = [], 0
        for event in events:
            if event[2] != MARK:
                count += 1  # of all processes
                if count > MOST:
                    continue
            kept.append(event)
        return kept


def _shortened(label: str) -> str:
    text = label.encode(errors="replace")[:MOST_LABEL]
    return text.decode(errors="ignore")


_files: dict[str, int] = {}
# How many events, beside the marks, this process has kept, by file. A
# note may come here anew with every task.
_counts: dict[str, int] = {}


def _opened(path: str) -> int:
    """The file's descriptor, opened once in a process."""
    if path not in _files:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        _files[path] = os.open(path, flags | os.O_CLOEXEC, 0o600)
    return _files[path]


def _event(line: bytes) -> Event:
    text = line.rstrip(b"\n").decode("unicode_escape")
    at, worker, kind, label = text.split("\t", 3)
    return int(at), int(worker), kind, label
