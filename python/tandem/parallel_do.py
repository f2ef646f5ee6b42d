"""An executor's futures: do stops at the first error, each goes on."""

from __future__ import annotations

import concurrent.futures

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    I = TypeVar("I")  # noqa: E741, as in Go
    O = TypeVar("O")  # noqa: E741
    # What became of one item: its index, value and error.
    Result = tuple[int, Any, "Exception | None"]


def do(
    items: Sequence[I], workers: int, f: Callable[[I], O]
) -> list[O]:
    """Return what f makes of each item, in the order of the items. The
    first error keeps the rest from being started, and is raised; what
    runs already cannot be told to stop."""
    errors: list[BaseException] = []

    def one(item: I) -> Any:
        if errors:
            return None  # nobody needs the result any more
        try:
            return f(item)
        except BaseException as error:
            errors.append(error)

    workers = at_least_one(workers)
    with concurrent.futures.ThreadPoolExecutor(workers) as executor:
        values = list(executor.map(one, items))
    if errors:
        raise errors[0]
    return values


def each(
    items: Sequence[I], workers: int, f: Callable[[I], O]
) -> list[Result]:
    """The same, but go on after errors: return a result for each item,
    in the order of the items."""
    workers = at_least_one(workers)
    with concurrent.futures.ThreadPoolExecutor(workers) as executor:
        every = [executor.submit(f, item) for item in items]
    results: list[Result] = []
    for i, future in enumerate(every):
        error = future.exception()
        if error is None:
            results.append((i, future.result(), None))
        elif isinstance(error, Exception):
            results.append((i, None, error))
        else:
            raise error  # such as KeyboardInterrupt
    return results


def at_least_one(workers: int) -> int:
    if workers >= 1:
        return workers
    from tandem import cores  # only who does not say how many needs it

    return cores.usable()
