"""The child, as the runner meets it: a process of its own that is
spoken to through pipes."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_all_start_methods
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tandem import trial
from tandem.topics import Skip

if TYPE_CHECKING:
    from tandem.events import Note
    from tandem.topics import Work

HALF = Path(trial.__file__).parents[1]
FILE = [sys.executable, str(HALF / "tandem" / "__main__.py")]
FOLDER = [sys.executable, str(HALF / "tandem")]
MODULE = [sys.executable, "-m", "tandem"]
ISOLATED = [sys.executable, "-I", "-S", *FILE[1:]]


class Child:
    """A child under way, with our ends of its pipes."""

    def __init__(self, process: subprocess.Popen[str], fd: int):
        self.process = process
        self.lines = os.fdopen(fd)

    def say(self, message: object) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()

    def hear(self) -> Any:
        line = self.lines.readline()
        return json.loads(line) if line else None

    def end(self) -> tuple[int, str, str]:
        """Close its input; return its status, stdout and stderr."""
        out, err = self.process.communicate()
        return self.process.returncode, out, err


@contextmanager
def child(command: list[str], *path: Path) -> Iterator[Child]:
    ours, theirs = os.pipe()
    python_path = os.pathsep.join(map(str, [HALF, *path]))
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=[theirs],
        env={
            **os.environ,
            "TANDEM_FD": str(theirs),
            "PYTHONPATH": python_path,
        },
        text=True,
    ) as process:
        os.close(theirs)
        one = Child(process, ours)
        with one.lines:
            yield one


def request(variant: str, trace: bool = False, **params: Any) -> Any:
    return {
        "topic": "counting",
        "variant": variant,
        "params": params,
        "trace": trace,
    }


@pytest.mark.parametrize("command", [FILE, FOLDER, MODULE, ISOLATED])
def test_done(command: list[str]) -> None:
    with child(command) as c:
        c.say(request("processes", n=1000, workers=2, start="fork"))
        ready = c.hear()["ready"]
        assert ready["language"] == "python"
        assert ready["version"].startswith(
            "{}.{}.{}".format(*sys.version_info[:3])
        )
        assert ready["implementation"] == sys.implementation.name
        assert type(ready["gil"]) is bool
        c.say({"go": True})
        done = c.hear()["done"]
        assert done["answer"] == "1000"
        pool_ready = done["metrics"].pop("pool_ready_ns")
        assert 0 < pool_ready < done["elapsed_ns"]
        assert done["metrics"] == {}
        assert c.process.poll() is None, "it stays until its input ends"
        assert c.end() == (0, "", "")
        assert c.hear() is None


@pytest.mark.parametrize("command", [FILE, MODULE])
@pytest.mark.parametrize("variant", ["imap", "executor-processes"])
@pytest.mark.parametrize("method", get_all_start_methods())
def test_start_methods(
    command: list[str],
    variant: str,
    method: str,
) -> None:
    """However processes are started, workers find their code, and what
    they note arrives."""
    with child(command) as c:
        c.say(request(variant, True, n=10, workers=2, start=method))
        assert c.hear()["ready"]["details"]["start_method"] == method
        c.say({"go": True})
        done = c.hear()["done"]
        assert done["answer"] == "10"
        assert done["metrics"]["pool_ready_ns"] > 0
        counts = [
            e for e in c.hear()["events"] if e["label"] == "count"
        ]
        assert len(counts) == 4
        assert c.end() == (0, "", "")


def test_trace() -> None:
    with child(FILE) as c:
        c.say(request("executor-threads", True, n=1000, workers=600))
        c.hear()
        c.say({"go": True})
        elapsed = c.hear()["done"]["elapsed_ns"]
        first, second = c.hear()["events"], c.hear()["events"]
        assert len(first) == 1000
        times = [event["at_ns"] for event in first + second]
        assert times == sorted(times)
        assert times[0] > 0
        assert times[-1] < elapsed
        counts = [
            (event["worker"], event["kind"])
            for event in first + second
            if event["label"] == "count"
        ]
        assert len(counts) == len(set(counts)) == 1200
        assert c.end() == (0, "", "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            {"topic": "x", "variant": "threads"},
            'unknown topic "x": have ',
        ),
        (
            {"topic": "counting", "variant": "x"},
            'unknown variant "x": have executor-processes',
        ),
        ({}, "unknown topic null: have"),
        (
            request("threads", n=1),
            'param "workers": missing, want an integer',
        ),
        (
            request("threads", n="two", workers=2),
            'param "n": want an integer, got "two"',
        ),
        ([], "reading the request: want an object"),
    ],
)
def test_bad_request(said: object, why: str) -> None:
    with child(FILE) as c:
        c.say(said)
        heard = c.hear()
        assert set(heard) == {"failed"}
        assert heard["failed"].startswith(why)
        assert c.process.wait() == 1
        _, out, err = c.end()
        assert out == ""
        assert err.startswith(why)


def test_failed_at_work() -> None:
    with child(FILE) as c:
        bad = request("sequential", tasks="1 x", unit=1)
        c.say({**bad, "topic": "collecting"})
        c.hear()
        c.say({"go": True})
        why = 'ValueError: tasks has "x", want a whole number of units'
        assert c.hear() == {"failed": why}
        assert c.process.wait() == 1
        _, out, err = c.end()
        assert out == ""
        assert err.startswith("Traceback")
        assert err.endswith(why + "\n")


def test_no_request() -> None:
    with child(FILE) as c:
        code, _, _ = c.end()
        assert code == 1
        assert c.hear()["failed"].startswith("reading the request")


def test_input_ends_before_go() -> None:
    with child(FILE) as c:
        c.say(request("sequential", n=1))
        c.hear()
        assert c.end() == (1, "", "the runner is gone\n")
        assert c.hear() is None


def test_not_told_to_go() -> None:
    with child(FILE) as c:
        c.say(request("sequential", n=1))
        c.hear()
        c.say({"go": False})
        assert c.hear()["failed"].startswith('want {"go":true}, got')


@pytest.mark.parametrize("fd", [None, "", "x", "-1", "999"])
def test_started_by_hand(fd: str | None) -> None:
    env = {k: v for k, v in os.environ.items() if k != "TANDEM_FD"}
    if fd is not None:
        env["TANDEM_FD"] = fd
    done = subprocess.run(
        FILE, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert re.match("TANDEM_FD does not name", done.stderr)
    assert "Traceback" not in done.stderr


def talk(work: Work) -> tuple[int, list[Any]]:
    """Run some other work within this process."""
    out = io.BytesIO()
    said = b'{"topic":"t","variant":"v"}\n{"go":true}\n'
    code = trial.run(lambda *_: work, io.BytesIO(said), out)
    return code, [json.loads(x) for x in out.getvalue().splitlines()]


def test_metrics() -> None:
    def work(note: Note) -> object:
        note(0, "mark", "half-way")
        note(0, "mark", "own-time")
        note(0, "start", "not traced")
        return 3, {"own_time_ns": 1.5}

    code, heard = talk(work)
    assert code == 0
    assert len(heard) == 2
    assert heard[1]["done"]["answer"] == "3"
    metrics = heard[1]["done"]["metrics"]
    assert metrics.pop("half_way_ns") >= 0
    assert metrics == {"own_time_ns": 1.5}, "its own word counts"


def test_skipped() -> None:
    def work(note: Note) -> object:
        raise Skip("no such thing here")

    assert talk(work)[1][1] == {"skipped": "no such thing here"}
    assert talk(work)[0] == 0


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt()])
def test_even_exit_is_a_failure(
    error: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(note: Note) -> object:
        raise error

    code, heard = talk(work)
    assert code == 1
    assert heard[1]["failed"].startswith(type(error).__name__)
    capsys.readouterr()


def test_metric_that_is_no_number(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, heard = talk(lambda note: ("", {"x": float("nan")}))
    assert code == 1
    assert heard[1]["failed"].startswith("ValueError")
    capsys.readouterr()


def test_start_method_is_no_default(tmp_path: Path) -> None:
    """What an interpreter does by default differs: it is never left to
    that."""
    (tmp_path / "sitecustomize.py").write_text(
        "import multiprocessing\n"
        "multiprocessing.set_start_method('spawn')\n"
    )
    with child(FILE, tmp_path) as c:
        c.say(request("threads", n=10, workers=2))
        assert c.hear()["ready"]["details"]["start_method"] == "fork"
        c.say({"go": True})
        assert c.hear()["done"]["answer"] == "10"
        assert c.end() == (0, "", "")


def test_start_method_that_is_none() -> None:
    with child(FILE) as c:
        c.say(request("processes", n=10, workers=2, start="fax"))
        assert c.hear()["skipped"].startswith("no start method fax")


def test_semaphores_are_called_after_the_runners_folder() -> None:
    # In a process of its own: the prefix is the process's.
    code = """
from tandem import processes
print(processes.start("spawn").Lock()._semlock.name)
"""
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": str(Path(trial.__file__).parent.parent),
            "TMPDIR": "/tmp/tandem-scratch-7",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert out.stdout.startswith("/tandem-scratch-7-")


@pytest.mark.parametrize("method", get_all_start_methods())
@pytest.mark.parametrize(
    ("end", "lost"), [("abort", {"signal": 6}), ("getpid", None)]
)
def test_lost_worker(
    method: str, end: str, lost: dict[str, int] | None
) -> None:
    # In a process of its own: what is watched stays so.
    code = f"""
import multiprocessing.popen_fork, multiprocessing.popen_forkserver
import os, sys
from tandem import trial
trial._watch_workers(sys.stdout.buffer)
start = multiprocessing.get_context({method!r}).Process
worker = start(target=os.{end})
worker.start()
worker.join()
worker.join()
print(worker.pid, file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(HALF)},
        capture_output=True,
        text=True,
        check=True,
    )
    said = [json.loads(line) for line in done.stdout.splitlines()]
    pid = int(done.stderr)
    assert said == ([{"lost": {"pid": pid, **lost}}] if lost else [])
