"""Makes the checks of several endpoints, and counts those under way.

It is read beside go/dynpoolsites/survey.go.
"""

from __future__ import annotations

import contextlib
import threading
import time

from tandem import urlcheck_http
from tandem.dynpool_sites_endpoints import endpoints

TYPE_CHECKING = False  # typing is slow to import
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from tandem.dynpool_sites_endpoints import Endpoint, Fetch
    from tandem.events import Note
    from tandem.topics import Seconds


def surveyed(
    way: Callable[..., None],
    how: str,
    targets: Sequence[str],
    workers: int,
    limits: str,
    timeout: Seconds,
    note: Note,
) -> tuple[str, dict[str, float]]:
    """Check the URLs in one of the ways above, with that method of a
    Survey. The answer sums the checks up."""
    found = endpoints(targets, limits)
    survey = Survey(targets, found, timeout, note)
    way(found, workers, getattr(survey, how))
    return urlcheck_http.answer(survey.results), survey.metrics()


class Survey:
    """Makes checks, and counts how many are under way."""

    def __init__(
        self,
        urls: Sequence[str],
        endpoints: Sequence[Endpoint],
        timeout: float,
        note: Note,
    ) -> None:
        failed = urlcheck_http.Result(0, urlcheck_http.FAILED)
        self.results = [failed] * len(urls)
        self._urls, self._timeout, self._note = urls, timeout, note
        self._of = {url: e for e in endpoints for url in e.urls}
        self._lock = threading.Lock()
        self._lanes: list[bool] = []  # of the timeline: whether taken
        self._now = dict.fromkeys((e.name for e in endpoints), 0)
        self._busy = 0.0  # seconds, of all checks
        self._began = time.perf_counter()
        self._all = self._most = 0
        self._most_of_limit = 0.0

    def check(self, url: int) -> None:
        """Check a URL."""
        lane = self._enter(url)
        self.results[url] = urlcheck_http.check(
            self._urls[url], self._timeout
        )
        self._leave(url, *lane)

    @contextlib.asynccontextmanager
    async def connect(self, workers: int) -> AsyncIterator[Fetch]:
        """Give what checks a URL in a task of asyncio's, by a client
        for so many at once that is closed at the end."""
        from tandem.urlcheck_aiohttp import check_in, session

        async with session(workers, self._timeout) as client:

            async def fetch(url: int) -> None:
                lane = self._enter(url)
                self.results[url] = await check_in(
                    client, self._urls[url]
                )
                self._leave(url, *lane)

            yield fetch

    def metrics(self) -> dict[str, float]:
        """How many checks were under way at most, and on average; and
        how many of an endpoint's at most, as a share of its limit,
        which is above 1 where one was exceeded."""
        elapsed = time.perf_counter() - self._began
        return {
            "most_at_once": self._most,
            "mean_at_once": self._busy / elapsed,
            "most_of_limit": self._most_of_limit,
        }

    def _enter(self, url: int) -> tuple[int, float]:
        """Count one more. Return the first lane of the timeline that is
        free, and the time."""
        name, _, limit = self._of[url]
        began = time.perf_counter()
        with self._lock:
            self._all += 1
            self._now[name] += 1
            self._most = max(self._most, self._all)
            share = self._now[name] / limit
            self._most_of_limit = max(self._most_of_limit, share)
            if all(self._lanes):
                self._lanes.append(False)
            lane = self._lanes.index(False)
            self._lanes[lane] = True
        self._note(lane, "start", name)
        return lane, began

    def _leave(self, url: int, lane: int, began: float) -> None:
        name = self._of[url].name
        self._note(lane, "finish", name)
        took = time.perf_counter() - began
        with self._lock:
            self._all -= 1
            self._now[name] -= 1
            self._lanes[lane] = False
            self._busy += took
