"""Has modules imported when they are needed, and not before.

Its one decision: topics stay plain Python. While a topic is imported,
each "import x" at its top gives a stand-in for x. Before a trial's
clock runs, load puts the module itself wherever the variant, and what
it calls, name it. What only other variants name is never loaded. (From
Python 3.15 on this is called "lazy import".)

"from x import y" needs x at once: a topic writes it for what costs
nothing. Anywhere else, in the processes of a pool too, a topic is
imported as it stands.
"""

from __future__ import annotations

import builtins
import sys

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, ModuleType
    from typing import Any


# What some modules import only as they work, which would be part of
# what is measured.
LATE = {
    "http.client": ["encodings.idna"],
    "multiprocessing.pool": ["multiprocessing.dummy"],
    "tandem.interpreters": ["concurrent.futures.thread", "pickle"],
}


class StandIn(type(sys)):  # type: ignore[misc]
    """A module that is imported when something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._module(), name)

    def _module(self, names: Iterable[str] = ()) -> ModuleType:
        """The module itself, with these of its names: some have their
        parts imported only when they are named."""
        __import__(self.__name__)
        module = sys.modules[self.__name__]
        for part in [*vars(self).values()]:
            if isinstance(part, StandIn):
                part._module(names)
        for name in names:
            getattr(module, name, None)
        for name, late in LATE.items():
            if name in sys.modules:
                for each in late:
                    __import__(each)
        return module


def topic(name: str) -> ModuleType:
    """Import a module of this package, with stand-ins for what it
    imports itself."""
    plain = builtins.__import__
    stand_ins: dict[str, StandIn] = {}

    def stand_in(name: str) -> StandIn:
        if name not in stand_ins:
            stand_ins[name] = StandIn(name)
            above, _, last = name.rpartition(".")
            if above:
                setattr(stand_in(above), last, stand_ins[name])
        return stand_ins[name]

    def lazily(
        name: str,
        globals: Any = None,  # noqa: A002
        locals: Any = None,  # noqa: A002
        fromlist: Any = (),
        level: int = 0,
    ) -> Any:
        if (
            fromlist
            or name in sys.modules
            or globals is None
            or globals is not locals  # within a function
            or not globals["__name__"].startswith("tandem.")
        ):
            return plain(name, globals, locals, fromlist, level)
        stand_in(name)
        return stand_ins[name.partition(".")[0]]

    builtins.__import__ = lazily
    try:
        plain("tandem." + name)
    finally:
        builtins.__import__ = plain
    return sys.modules["tandem." + name]


def load(things: Iterable[object]) -> None:
    """Load the modules that these functions name, and the functions and
    classes which they name, and so on."""
    todo, seen = [*things], set()
    while todo:
        thing: Any = todo.pop()
        thing = getattr(thing, "__wrapped__", thing)
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, type):
            todo += [*thing.__bases__, *vars(thing).values()]
        elif isinstance(thing, (classmethod, staticmethod)):
            todo.append(thing.__func__)
        elif isinstance(thing, property):
            todo.append(thing.fget)
        elif isinstance(thing, type(load)):
            space = thing.__globals__ or {}  # PyPy's own have none
            if not space.get("__name__", "").startswith("tandem."):
                continue
            cells = thing.__closure__ or ()
            todo += [cell.cell_contents for cell in cells]
            names = {*_names(thing.__code__)}
            for name in names & space.keys():
                value = space[name]
                if isinstance(value, StandIn):
                    space[name] = value._module(names)
                elif isinstance(value, type(sys)):  # another topic
                    todo += [vars(value).get(name) for name in names]
                else:
                    todo.append(value)


def _names(code: CodeType) -> Iterator[str]:
    """What the code uses of its module, and of anything else."""
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, type(code)):
            yield from _names(const)
