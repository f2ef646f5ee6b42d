"""Which URLs belong together, and how many may be asked at once."""

from __future__ import annotations

from collections import namedtuple

from tandem import urlcheck_http

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    Check = Callable[[int], None]
    Fetch = Callable[[int], Awaitable[None]]
    Connect = Callable[[int], AbstractAsyncContextManager[Fetch]]


# What must not be asked by more than limit at once. The URLs are
# numbers: their places in a list.
Endpoint = namedtuple("Endpoint", "name urls limit")


def endpoints(urls: Sequence[str], limits: str) -> list[Endpoint]:
    """Sort URLs by the endpoint that they name. The limits, with spaces
    between, are for the endpoints in turn."""
    numbers = limits.split()
    found: dict[str, Endpoint] = {}
    for i, url in enumerate(urls):
        name = urlcheck_http.name(url)
        if name not in found:
            at = len(found)
            found[name] = Endpoint(name, [], limit(numbers, at))
        found[name].urls.append(i)
    return list(found.values())


def limit(limits: Sequence[str], at: int) -> int:
    if not limits:
        raise ValueError("limits is empty, want at least one")
    text = limits[at % len(limits)]
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f'a limit is "{text}", want at least 1')
    return int(text)
