"""Pools of interpreters in one process, each with a lock of its own.

Its one decision: a pool is what Python itself has from 3.14 on. In 3.13
it is made of threads and a private module, and before that there is
none. Whoever works in another interpreter gets copies, as another
process would.
"""

from __future__ import annotations

import functools
import os
import sys

from tandem.topics import Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    import concurrent.futures
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

# Where a new interpreter finds this package.
PATH = f"import sys; sys.path[:] = {sys.path!r}"

# How it is handed a call, and hands back what comes of it.
CALL = """
import os, pickle
function, item = pickle.loads(call)
os.write(out, pickle.dumps(function(item)))
"""


def pool(workers: int) -> concurrent.futures.Executor | Private:
    """A pool whose every worker has an interpreter."""
    import concurrent.futures

    ready_made = getattr(
        concurrent.futures, "InterpreterPoolExecutor", None
    )
    if ready_made is not None:
        made: concurrent.futures.Executor = ready_made(
            workers, initializer=exec, initargs=(PATH,)
        )
        return made
    return Private(workers)


class Private:
    """What 3.13 allows."""

    def __init__(self, workers: int) -> None:
        from concurrent.futures import ThreadPoolExecutor
        from threading import local

        try:
            self._module = __import__("_interpreters")
        except ImportError:
            raise Skip(
                "no interpreters here with a lock of their own: "
                "Python has them from 3.13 on"
            ) from None
        self._all: list[int] = []
        self._mine = local()
        self._threads = ThreadPoolExecutor(workers, "", self._create)

    def _create(self) -> None:
        """Make an interpreter for this thread."""
        self._mine.number = self._module.create("isolated")
        self._all.append(self._mine.number)
        self._run(PATH, {})

    def _run(self, code: str, names: dict[str, object]) -> None:
        failed = self._module.exec(self._mine.number, code, names)
        if failed is not None:
            raise RuntimeError(failed.formatted)

    def _call(self, function: Callable[..., Any], item: object) -> Any:
        """Have this thread's interpreter do it. What comes of it must
        not be longer than a pipe holds."""
        import pickle

        call = pickle.dumps((function, item))
        ours, theirs = os.pipe()
        try:
            self._run(CALL, {"call": call, "out": theirs})
            return pickle.loads(os.read(ours, 65536))
        finally:
            os.close(ours)
            os.close(theirs)

    def map(
        self, function: Callable[..., Any], items: Iterable[Any]
    ) -> Iterator[Any]:
        call = functools.partial(self._call, function)
        return self._threads.map(call, items)

    def __enter__(self) -> Private:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()
        for number in self._all:
            self._module.destroy(number)
