"""Finds the topics and their variants, and calls a variant with the
parameters of a trial.

Its one decision: a topic says itself what it is. It is a module of this
package, with "-" in its name for "_", that has a table VARIANTS of what
runner/catalog lists, in that order: a function, or a tuple of one and
its first arguments. The others are the parameters, by name, and their
annotations say of which type:

    int, bool, str     that
    Sequence[str]      a list of texts
    Seconds            a float; the runner sends whole nanoseconds
    Start              multiprocessing, which starts processes so
    Note               note, to be told what the workers do

What the parameters may be, the catalog says and the runner checks. A
function that takes no note prepares: it is called before the clock runs
and returns the work, which takes the note. One that is async is run by
asyncio. What a variant returns is
the answer, or a tuple of the answer and metrics of its own, whose names
end in their unit; a topic that has a function result has that made of
it.
"""

from __future__ import annotations

import os
import sys

from tandem import lazy, wire

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType
    from typing import Any

    from tandem.events import Note

    # What is timed.
    Work = Callable[[Note], object]
    Seconds = float
    # A function, or a tuple of one and its first arguments.
    Variants = Mapping[
        str, "Callable[..., Any] | tuple[Callable[..., Any], Any]"
    ]


class Skip(Exception):
    """This work cannot run on this machine, and why. No failure."""


class BadRequest(Exception):
    """The runner asked for what cannot be done, and why."""


# The types of parameters: how the protocol calls each, and Python.
TYPES: dict[str, tuple[str, type]] = {
    "int": ("an integer", int),
    "bool": ("true or false", bool),
    "str": ("a string", str),
    "Sequence[str]": ("a list of strings", list),
    "Seconds": ("integer nanoseconds", int),
    "Start": ("a string", str),
}


# The flag of a function that is async, as module inspect has it.
ASYNC = 0x80


def find(topic: object, variant: object, params: object) -> Work:
    """The work of a variant, with all that it needs loaded."""
    module = _module(topic) if isinstance(topic, str) else None
    if module is None:
        raise _unknown("topic", topic, every())
    variants = module.VARIANTS
    if not isinstance(variant, str) or variant not in variants:
        raise _unknown("variant", variant, variants)
    if not isinstance(params, dict):
        raise BadRequest("reading params: want an object")
    return bind(module, variant, params)


def bind(
    module: ModuleType, variant: str, params: dict[str, Any]
) -> Work:
    """The work of a variant with these parameters."""
    function, first = _entry(module, variant)
    arguments = {
        name: _value(name, kind, params)
        for name, kind in _arguments(function, first).items()
    }
    takes_note = "note" in _names(function)
    result = vars(module).get("result", lambda value: value)
    try:
        lazy.load([function, *first, result])
        call = plain(function)
        if takes_note:
            return lambda note: result(
                call(*first, **arguments, note=note)
            )
        work = call(*first, **arguments)
    except ModuleNotFoundError as missing:
        raise Skip(
            f"{missing}: install it for {sys.executable}"
        ) from missing
    return lambda note: result(work(note))


def plain(function: Any) -> Any:
    """The function, or one that has asyncio run it."""
    if not function.__code__.co_flags & ASYNC:
        return function
    import asyncio

    return lambda *args, **more: asyncio.run(function(*args, **more))


def every() -> dict[str, ModuleType]:
    """All topics, by name."""
    found = {}
    for file in sorted(os.listdir(os.path.dirname(__file__))):
        name, extension = os.path.splitext(file)
        if extension == ".py" and not name.startswith("_"):
            topic = name.replace("_", "-")
            module = _module(topic)
            if module is not None:
                found[topic] = module
    return found


def listing() -> dict[str, Any]:
    """What each topic has: the parameters of its variants."""
    return {
        topic: {
            "variants": {
                name: [*_arguments(*_entry(module, name))]
                for name in module.VARIANTS
            },
        }
        for topic, module in every().items()
    }


def _module(topic: str) -> ModuleType | None:
    """The topic's module; None if it is no topic."""
    name = topic.replace("-", "_")
    file = os.path.join(os.path.dirname(__file__), name + ".py")
    if "_" in topic or not name.isidentifier():
        return None
    if not os.path.isfile(file):
        return None
    with open(file, "rb") as source:
        if b"\nVARIANTS = " not in source.read():
            return None
    return lazy.topic(name)


def _entry(module: ModuleType, variant: str) -> tuple[Any, list[Any]]:
    """A variant's function and its first arguments."""
    entry = module.VARIANTS[variant]
    function, *first = entry if isinstance(entry, tuple) else (entry,)
    return function, first


def _names(function: Any) -> tuple[str, ...]:
    """The names of a function's arguments, in order."""
    code = function.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    names: tuple[str, ...] = code.co_varnames[:count]
    return names


def _arguments(function: Any, first: list[Any]) -> dict[str, str]:
    """The parameters that a function reads, and their types."""
    names = _names(function)[len(first) :]
    types = function.__annotations__
    return {name: types[name] for name in names if name != "note"}


def _value(name: str, kind: str, params: dict[str, Any]) -> Any:
    """A parameter's value. Not isinstance: True is no integer here."""
    want, type_ = TYPES[kind]
    if name not in params:
        raise BadRequest(f"param {_q(name)}: missing, want {want}")
    value = params[name]
    fits = type(value) is type_
    if fits and type_ is list:
        fits = all(type(each) is str for each in value)
    if not fits:
        got = wire.dumps(value)
        if len(got) > 100:
            got = got[:100] + "..."
        raise BadRequest(f"param {_q(name)}: want {want}, got {got}")
    if kind == "Start":
        from tandem import processes

        return processes.start(value)
    return value / 1e9 if kind == "Seconds" else value


def _unknown(
    what: str, name: object, known: Iterable[str]
) -> BadRequest:
    have = ", ".join(sorted(known))
    return BadRequest(f"unknown {what} {_q(name)}: have {have}")


def _q(text: object) -> str:
    """The text in quotes, as the Go half writes it."""
    import json

    return json.dumps(text, ensure_ascii=False)
