"""Topics are found, and their variants are given what they ask for."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandem import events, topics, wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tandem.events import Note
    from tandem.topics import Seconds, Work

HALF = Path(topics.__file__).parents[1]
MAIN = str(HALF / "tandem" / "__main__.py")


def topic(entry: object, **more: object) -> ModuleType:
    module = ModuleType("tandem.example")
    vars(module).update(VARIANTS={"v": entry}, **more)
    return module


def everything(
    i: int,
    b: bool,
    s: str,
    seconds: Seconds,
    texts: Sequence[str],
    note: Note,
) -> object:
    note(0, "mark", "seen")
    return [i, b, s, seconds, texts]


PARAMS = {
    "i": 3,
    "b": True,
    "s": "x",
    "seconds": 2_500_000_000,
    "texts": ["a"],
    "others": None,  # which it does not read
}


async def slowly(i: int, note: Note) -> int:
    await asyncio.sleep(0)
    note(0, "mark", "seen")
    return i


def test_async_is_run() -> None:
    note = events.Recorder(False)
    work = topics.bind(topic(slowly), "v", PARAMS)
    assert work(note) == 3
    assert len(note.close()) == 1


def test_bound_by_name() -> None:
    note = events.Recorder(False)
    work = topics.bind(topic(everything), "v", PARAMS)
    assert work(note) == [3, True, "x", 2.5, ["a"]]
    assert len(note.close()) == 1


def test_first_arguments() -> None:
    params = {**PARAMS, "i": None}
    work = topics.bind(topic((everything, 4)), "v", params)
    assert work(events.silent) == [4, True, "x", 2.5, ["a"]]


def test_result() -> None:
    module = topic(everything, result=len)
    assert topics.bind(module, "v", PARAMS)(events.silent) == 5


def test_prepares() -> None:
    prepared = []

    def prepare(i: int) -> Work:
        prepared.append(i)
        return lambda note: i + 1

    work = topics.bind(topic(prepare), "v", PARAMS)
    assert prepared == [3]
    assert work(events.silent) == 4


def test_package_is_missing() -> None:
    def prepare() -> Work:
        import no_such_package  # type: ignore[import-not-found]  # noqa: F401

        raise AssertionError

    with pytest.raises(topics.Skip, match="package': install it for"):
        topics.bind(topic(prepare), "v", {})


@pytest.mark.parametrize(
    ("name", "value", "want"),
    [
        ("i", "null", "an integer"),
        ("i", "1.0", "an integer"),
        ("i", "true", "an integer"),
        ("b", "0", "true or false"),
        ("s", "[]", "a string"),
        ("seconds", '"1s"', "integer nanoseconds"),
        ("texts", '"a"', "a list of strings"),
        ("texts", '["a",1]', "a list of strings"),
        ("texts", '[1,"a"]', "a list of strings"),
    ],
)
def test_mistyped(name: str, value: str, want: str) -> None:
    params = {**PARAMS, name: json.loads(value)}
    with pytest.raises(topics.BadRequest) as caught:
        topics.bind(topic(everything), "v", params)
    assert str(caught.value) == (
        f'param "{name}": want {want}, got {value}'
    )
    del params[name]
    with pytest.raises(topics.BadRequest) as caught:
        topics.bind(topic(everything), "v", params)
    assert str(caught.value) == f'param "{name}": missing, want {want}'


@pytest.mark.parametrize(
    "name", ["trial", "collecting_memory", "os", "../x", "", None, 3]
)
def test_no_topic(name: object) -> None:
    with pytest.raises(topics.BadRequest, match="have balancer, buf"):
        topics.find(name, "sequential", {})


def test_list() -> None:
    """What the other half is held to."""
    command = [sys.executable, "-I", "-S", MAIN, "--list"]
    out = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    listing: dict[str, Any] = json.loads(out.stdout)
    assert listing == topics.listing()
    assert listing["counting"]["variants"]["sequential"] == ["n"]
    assert "events" not in listing


# What a child has imported when it is ready, and what its work has
# imported of what its topic names.
IMPORTS = """
import sys
from tandem import events, topics
work = topics.find(sys.argv[1], sys.argv[2], {params})
before = set(sys.modules)
work(events.silent)
print(*before)
print(*set(sys.modules) - before)
"""


def imports(
    name: str, variant: str, params: object
) -> tuple[set[str], set[str]]:
    out = subprocess.run(
        [sys.executable, "-S", "-c",
         IMPORTS.format(params=params), name, variant],
        env={"PYTHONPATH": str(HALF)},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    before, at_work = out.stdout.split("\n")[:2]
    return set(before.split()), set(at_work.split())


HEAVY = {
    "asyncio",
    "concurrent.futures",
    "json",
    "multiprocessing",
    "multiprocessing.pool",
    "re",
    "threading",
    "typing",
}


@pytest.mark.parametrize(
    ("name", "variant", "params", "heavy"),
    [
        ("counting", "sequential", {"n": 1}, set()),
        ("sieve", "generators", {"n": 9}, set()),
        ("sieve", "threads", {"n": 9}, {"threading"}),
        ("sieve", "tasks", {"n": 9}, {"asyncio"}),
        ("hashing", "sequential", {"size": 1, "workers": 1, "step": 1},
         set()),
        ("counting", "threads", {"n": 1, "workers": 1},
         {"multiprocessing.pool"}),
        ("counting", "processes",
         {"n": 1, "workers": 1, "start": "spawn"},
         {"multiprocessing.pool", "multiprocessing.popen_spawn_posix"}),
        ("counting", "executor-threads", {"n": 1, "workers": 1},
         {"concurrent.futures", "concurrent.futures.thread"}),
        ("balancer", "heap-threads",
         {"requests": 1, "requesters": 1, "workers": 1, "queue": 1,
          "unit": 1, "heavy": False}, {"threading"}),
    ],
)  # fmt: skip
def test_imports_what_it_needs(
    name: str, variant: str, params: object, heavy: set[str]
) -> None:
    """And it does so before the clock runs."""
    before, at_work = imports(name, variant, params)
    assert heavy <= before
    if not heavy:
        assert not HEAVY & before
    assert not HEAVY & at_work
    # asyncio brings all the others along.
    if "asyncio" not in heavy:
        assert "asyncio" not in before


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=9,
)


@given(JSON)
def test_wire_is_json(value: object) -> None:
    assert json.loads(wire.dumps(value)) == value
    for line in (json.dumps(value), json.dumps(value, indent=1)):
        assert wire.loads(line.encode() + b"\n") == value


@pytest.mark.parametrize(
    "line", [b"", b"{", b"{}{}", b"nul", b'{"a":}', b"\xff", b"[1,]"]
)
def test_wire_refuses(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        wire.loads(line)
