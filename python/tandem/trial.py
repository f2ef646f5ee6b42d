"""The child's half of the protocol in runner/PROTOCOL.md: runs one
variant once, times it, and reports.

Its one decision: the clock runs around the variant and around nothing
else. Parameters are read before it starts and everything is written
after it stops.
"""

from __future__ import annotations

import os
import resource
import sys
import time

from tandem import processes, topics, wire
from tandem.events import MARK, Recorder
from tandem.topics import BadRequest, Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, BinaryIO

    from tandem.events import Event
    from tandem.topics import Work

    Find = Callable[[object, object, object], Work]


class RunnerGone(Exception):
    """Nobody listens any more."""


def main(args: list[str]) -> int:
    """Run the one trial that the runner asks for. Return the exit
    status, which is 0 unless the trial failed."""
    if args == ["--list"]:
        print(wire.dumps(topics.listing()))
        return 0
    try:
        fd = int(os.environ["TANDEM_FD"])
        # Programs that a variant starts must not hold the pipe open.
        os.set_inheritable(fd, False)
        out = os.fdopen(fd, "wb")
    except (KeyError, ValueError, OSError):
        print(
            "TANDEM_FD does not name a file descriptor: the runner "
            "starts this program (try tandem run)",
            file=sys.stderr,
        )
        return 1
    # Many checks at once are many open files. Go's runtime raises its
    # own limit as it starts; here somebody has to.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:  # noqa: SIM105, contextlib is slow to import
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    except (OSError, ValueError):
        pass  # a system may refuse to have no limit
    return run(topics.find, sys.stdin.buffer, out)


def run(find: Find, lines: BinaryIO, out: BinaryIO) -> int:
    """Do what main does with the given ends of the protocol."""
    try:
        try:
            _answer(find, lines, out)
        except RunnerGone:
            raise
        except Skip as skip:
            _send(out, {"skipped": str(skip)})
            return 0
        except BadRequest as bad:
            print(bad, file=sys.stderr)
            _send(out, {"failed": str(bad)})
            return 1
        # Whatever it is, SystemExit too: the runner shall hear why.
        except BaseException as error:
            sys.excepthook(*sys.exc_info())
            _send(out, {"failed": f"{type(error).__name__}: {error}"})
            return 1
        # The runner takes its last readings while this process still
        # stands, and closes our input when it has them.
        while lines.read(65536):
            pass
    except RunnerGone as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _answer(find: Find, lines: BinaryIO, out: BinaryIO) -> None:
    request = _request(lines)
    params = request.get("params") or {}
    work = find(
        request.get("topic"),
        request.get("variant"),
        params,
    )
    # Threads use locks of multiprocessing.
    if "multiprocessing" in sys.modules and "start" not in params:
        processes.start(processes.FORK)
    _watch_workers(out)
    trace = request.get("trace") is True
    note = Recorder(trace)
    _send(out, {"ready": _self()})

    line = lines.readline()
    if not line:
        raise RunnerGone("the runner is gone")
    if wire.loads(line) != {"go": True}:
        raise BadRequest(f'want {{"go":true}}, got {line!r}')

    start = time.monotonic_ns()
    try:
        result = work(note)
        elapsed = time.monotonic_ns() - start
    finally:
        events = note.close()

    answer, own = result if isinstance(result, tuple) else (result, {})
    done = {
        "elapsed_ns": elapsed,
        "answer": str(answer),
        "metrics": {**_metrics(events, start), **own},
    }
    _send(out, {"done": done})
    if trace:
        for i in range(0, len(events), 1000):
            chunk = events[i : i + 1000]
            _send(out, {"events": list(_since(start, chunk))})


def _request(lines: BinaryIO) -> dict[str, Any]:
    try:
        request = wire.loads(lines.readline())
    except ValueError as error:
        raise BadRequest(f"reading the request: {error}") from None
    if type(request) is not dict:
        raise BadRequest("reading the request: want an object")
    return request


def _watch_workers(out: BinaryIO) -> None:
    """Tell the runner when a signal has ended a worker: its pool, which
    buries it, waits for what it had to do forever."""
    for name in ("popen_fork", "popen_forkserver"):
        module = sys.modules.get("multiprocessing." + name)
        if module:
            _tell(out, module.Popen)


def _tell(out: BinaryIO, popen: Any) -> None:
    plain = popen.poll

    def poll(self: Any, *flag: int) -> int | None:
        known = self.returncode
        code = plain(self, *flag)
        # With SIGTERM pools end their workers.
        if known is None and code is not None and code < 0 != code + 15:
            _send(out, {"lost": {"pid": self.pid, "signal": -code}})
        return code  # type: ignore[no-any-return]

    popen.poll = poll


def _self() -> dict[str, object]:
    """What executes the variant."""
    implementation = sys.implementation.name
    details: dict[str, object] = {
        "os": sys.platform,
        "executable": sys.executable,
        "switch_interval_s": sys.getswitchinterval(),
    }
    if implementation != "cpython":
        own = sys.implementation.version
        details["implementation_version"] = _version(own)
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing:
        method = multiprocessing.get_start_method()
        details["start_method"] = method
    # Asked now that the topic is loaded: importing an extension can
    # bring the lock back.
    unlocked = ("jython", "ironpython", "graalpy")
    gil = getattr(sys, "_is_gil_enabled", None)
    return {
        "language": "python",
        "version": _version(sys.version_info),
        "implementation": implementation,
        "gil": gil() if gil else implementation not in unlocked,
        "details": details,
    }


def _version(info: Any) -> str:
    text = "{}.{}.{}".format(*info[:3])
    if info[3] != "final":
        text += f"{info[3][:1]}{info[4]}"
    return text


def _metrics(events: Iterable[Event], start: int) -> dict[str, float]:
    """The marks as metrics: "pool-ready" becomes pool_ready_ns, the
    nanoseconds from the start to the last mark of that label."""
    return {
        label.replace("-", "_") + "_ns": at - start
        for at, _, kind, label in events
        if kind == MARK
    }


def _since(
    start: int, events: Iterable[Event]
) -> Iterable[dict[str, object]]:
    for at, worker, kind, label in events:
        yield {
            "at_ns": at - start,
            "worker": worker,
            "kind": kind,
            "label": label,
        }


def _send(out: BinaryIO, message: dict[str, object]) -> None:
    text = wire.dumps(message)
    try:
        out.write(text.encode() + b"\n")
        out.flush()
    except OSError as error:
        raise RunnerGone(f"the runner is gone: {error}") from None
