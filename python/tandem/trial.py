"""The child's half of the protocol in runner/PROTOCOL.md: runs one
variant once, times it, and reports.

Its one decision: the clock runs around the variant and around nothing
else. Parameters are read before it starts and everything is written
after it stops.
"""

from __future__ import annotations

import json
import os
import sys
import time

from tandem.events import MARK, Recorder

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    import builtins
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, BinaryIO, TypeVar

    from tandem.events import Event, Note

    T = TypeVar("T")

    # What is timed. It returns the answer, the same for every variant
    # in both languages; or a tuple of the answer and metrics of its
    # own, whose names end in their unit.
    Work = Callable[[Note], object]
    # Reads the parameters of a variant and returns its work, which it
    # must not start.
    Func = Callable[["Params"], Work]
    # A topic is imported, and its variants made, when it is asked for.
    Topics = Mapping[str, Callable[[], Mapping[str, Func]]]


class Skip(Exception):
    """This work cannot run on this machine, and why. No failure."""


class BadRequest(Exception):
    """The runner asked for what cannot be done, and why."""


class RunnerGone(Exception):
    """Nobody listens any more."""


class Params:
    """The parameters of one trial, by name. One that is missing or of
    another type is a BadRequest."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def int(self, name: str) -> builtins.int:
        """An integer. A number such as 1e3 or 1.0 is none."""
        value = self._get(name, "an integer", int)
        assert isinstance(value, int)
        return value

    def float(self, name: str) -> builtins.float:
        """A number."""
        return float(self._get(name, "a number", int, float))

    def bool(self, name: str) -> builtins.bool:
        """True or false."""
        return bool(self._get(name, "true or false", bool))

    def string(self, name: str) -> str:
        """A text."""
        return str(self._get(name, "a string", str))

    def duration(self, name: str) -> builtins.int:
        """An integer number of nanoseconds."""
        return int(self._get(name, "integer nanoseconds", int))

    def strings(self, name: str) -> list[str]:
        """A list of texts."""
        want = "a list of strings"
        texts = list(self._get(name, want, list))
        if not all(type(text) is str for text in texts):
            raise _mistyped(name, want, texts)
        return texts

    def _get(self, name: str, want: str, *types: type) -> Any:
        if name not in self._values:
            raise BadRequest(f"param {_q(name)}: missing, want {want}")
        value = self._values[name]
        # Not isinstance: True is no integer here.
        if type(value) not in types:
            raise _mistyped(name, want, value)
        return value


def _mistyped(name: str, want: str, value: object) -> BadRequest:
    got = json.dumps(value, separators=(",", ":"))
    if len(got) > 100:
        got = got[:100] + "..."
    return BadRequest(f"param {_q(name)}: want {want}, got {got}")


def _q(text: object) -> str:
    """The text in quotes, as the Go half writes it."""
    return json.dumps(text, ensure_ascii=False)


def main(topics: Topics) -> int:
    """Run the one trial that the runner asks for. Return the exit
    status, which is 0 unless the trial failed."""
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
    return run(topics, sys.stdin.buffer, out)


def run(topics: Topics, lines: BinaryIO, out: BinaryIO) -> int:
    """Do what main does with the given ends of the protocol."""
    try:
        try:
            _answer(topics, lines, out)
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


def _answer(topics: Topics, lines: BinaryIO, out: BinaryIO) -> None:
    request = _request(lines)
    work = _find(topics, request)
    trace = request.get("trace") is True
    note = Recorder(trace)
    _send(out, {"ready": _self()})

    line = lines.readline()
    if not line:
        raise RunnerGone("the runner is gone")
    if json.loads(line) != {"go": True}:
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
        request = json.loads(lines.readline())
    except ValueError as error:
        raise BadRequest(f"reading the request: {error}") from None
    if type(request) is not dict:
        raise BadRequest("reading the request: want an object")
    return request


def _find(topics: Topics, request: dict[str, Any]) -> Work:
    topic = _pick("topic", request, topics)
    func = _pick("variant", request, topic())
    params = request.get("params") or {}
    if type(params) is not dict:
        raise BadRequest("reading params: want an object")
    return func(Params(params))


def _pick(
    what: str, request: dict[str, Any], known: Mapping[str, T]
) -> T:
    name = request.get(what)
    if type(name) is str and name in known:
        return known[name]
    have = ", ".join(sorted(known))
    raise BadRequest(f"unknown {what} {_q(name)}: have {have}")


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
    text = json.dumps(message, separators=(",", ":"), allow_nan=False)
    try:
        out.write(text.encode() + b"\n")
        out.flush()
    except OSError as error:
        raise RunnerGone(f"the runner is gone: {error}") from None
