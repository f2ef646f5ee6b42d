"""What the Python half can run: a topic's variants under the names of
runner/catalog. The Go half is go/registry.

Its one decision: a topic is imported when it is asked for, and no
other, so that one that imports much does not slow down the rest.
"""

from __future__ import annotations

from functools import partial

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable

    from tandem.events import Note
    from tandem.trial import Func, Params, Topics, Work


def counting() -> dict[str, Func]:
    from tandem import counting

    def split(function: Callable[[int, int, Note], int]) -> Func:
        """A variant that splits n between workers."""

        def func(p: Params) -> Work:
            return partial(function, p.int("n"), p.int("workers"))

        return func

    return {
        "sequential": lambda p: partial(counting.sequential, p.int("n")),
        "threads": split(counting.threads),
        "processes": split(counting.processes),
        "imap": split(counting.imap),
        "imap-unordered": split(counting.imap_unordered),
        "executor-threads": split(counting.executor_threads),
        "executor-processes": split(counting.executor_processes),
    }


# Every topic. A new one adds a line here and a function above.
TOPICS: Topics = {
    "counting": counting,
}
