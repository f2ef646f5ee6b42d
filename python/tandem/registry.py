"""What the Python half can run: a topic's variants under the names of
runner/catalog. The Go half is go/registry.

Its one decision: a topic is imported when it is asked for, and no
other, so that one that imports much does not slow down the rest.
"""

from __future__ import annotations

import sys
from functools import partial

from tandem.trial import Skip

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from tandem.events import Note
    from tandem.trial import Func, Params, Topics, Work


def counting() -> dict[str, Func]:
    from tandem import counting

    def whole(p: Params) -> Work:
        """The variant that does not split n."""
        return partial(counting.sequential, p.int("n"))

    def split(function: Callable[[int, int, Note], int]) -> Func:
        """A variant that splits n between workers."""

        def func(p: Params) -> Work:
            return partial(function, p.int("n"), p.int("workers"))

        return func

    return {
        "sequential": whole,
        "threads": split(counting.threads),
        "processes": split(counting.processes),
        "imap": split(counting.imap),
        "imap-unordered": split(counting.imap_unordered),
        "executor-threads": split(counting.executor_threads),
        "executor-processes": split(counting.executor_processes),
    }


def urlcheck() -> dict[str, Func]:
    from tandem import urlcheck

    def checks(function: Callable[..., Any], *counts: str) -> Func:
        """A variant that reads targets, timeout and these counts."""

        def func(p: Params) -> Work:
            urls, timeout = p.strings("targets"), p.duration("timeout")
            numbers = (p.int(name) for name in counts)
            work = partial(function, urls, *numbers, timeout / 1e9)
            return lambda note: urlcheck.answer(work(note))

        return func

    def asyncio(p: Params) -> Work:
        try:
            import aiohttp  # noqa: F401
        except ImportError as missing:
            raise Skip(
                f"{missing}: install aiohttp for {sys.executable}"
            ) from missing
        return checks(urlcheck.coroutines, "workers")(p)

    return {
        "sequential": checks(urlcheck.sequential),
        "threads": checks(urlcheck.threads, "workers"),
        "threads-keep-alive": checks(
            urlcheck.threads_keep_alive, "workers"
        ),
        "processes": checks(urlcheck.processes, "workers"),
        "imap-unordered": checks(urlcheck.imap_unordered, "workers"),
        "asyncio": asyncio,
    }


# Every topic. A new one adds a line here and a function above.
TOPICS: Topics = {
    "counting": counting,
    "urlcheck": urlcheck,
}
